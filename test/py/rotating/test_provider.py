"""`--model auto`: who is asked next, what is on record of who was passed over, and when it ends."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ai_sessions.catalog.rotation import ModelEntry, Pool
from ai_sessions.errors import ConfigError, LimitReached, ProviderError, QuotaSpent, TimedOut
from ai_sessions.jobs import Job, Kit
from ai_sessions.providers.contract import Failure, Offer, Quirks, Reply, Tool
from ai_sessions.records import About, Cost, Interaction, Message, ToolCall, Usage
from ai_sessions.rotating.provider import Rotation
from ai_sessions.rotation import failures, learning
from ai_sessions.rotation.records import Candidate, ModelState, Place, Ranked
from ai_sessions.run import attempt, run
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
JOB = Job(session="talk", about=About("chat"), prompt="what?", cwd=Path("/tmp"), purpose="chat")


def place(name, at="pool"):
    pool = Pool(at, at, "http://127.0.0.1:1", "POOL_KEY")
    window = 16_000 if name == "large" else 8_000
    return Place(pool, ModelEntry(name, name, at, window=window, free=True), "ab")


class InOrder:
    """The first that may answer."""

    name = "in-order"

    def __init__(self):
        self.needs = []

    def rank(self, candidates, need, now, *, tried=(), current="", draw=None):
        self.needs.append((need, current))
        ranked = [Ranked(one.key, 1.0, {}, self._why(one, now, tried)) for one in candidates]
        return tuple(sorted(ranked, key=lambda one: bool(one.excluded)))

    def _why(self, one, now, tried):
        if one.key in tried:
            return "asked already"
        is_open = one.state.open_until and one.state.open_until > now
        return one.state.why if is_open else ""


class Late(InOrder):
    """Takes all the time there is, and finds nobody."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock

    def rank(self, candidates, need, now, **more):
        self.clock[0] += timedelta(seconds=10)
        return ()


@dataclass
class Book:
    """What is known of models, in memory."""

    states: dict = field(default_factory=dict)
    learnt: list = field(default_factory=list)

    def candidates(self, places, now):
        return tuple(
            Candidate(one.model, self.states.get(one.model.key, ModelState()), has_key=one.has_key)
            for one in places
        )

    def learn(self, where, outcome, now, *, told=(), offline=False):
        state = self.states.get(where.model.key, ModelState())
        mark = failures.mark(outcome, state, (), now, offline=offline)
        self.states[where.model.key] = learning.after(state, outcome, mark, now)
        self.learnt.append((where.model.id, outcome.status))
        return mark


@dataclass
class Model:
    """One model, which says what it was told to."""

    replies: list
    name: str = "pool"
    quirks: Quirks = Quirks(keeps_context=False, edits_files=False, takes_tools=True)
    asked: list = field(default_factory=list)

    def run(self, request, watch):
        self.asked.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return replace(reply, model=request.model)


def answer(text="well"):
    return Reply(text, "", Usage(100, 20), cost=Cost(0, "free"))


def failed(status, http=0, message="no luck", **more):
    return Reply("", "", failure=Failure(status, message, http=http, **more))


@pytest.fixture
def clock():
    return [NOW]


@pytest.fixture
def events():
    return []


@pytest.fixture
def kit(book, clock, events):
    def learn(job, provider, call, reply):
        from ai_sessions.rotating.outcomes import learnt

        learnt(book, job, call, reply, clock[0])

    return Kit(
        MemoryStore(),
        lambda usage, model, at: Cost(0, "free"),
        now=lambda: clock[0],
        learn=learn,
        watch=events.append,
    )


@pytest.fixture
def book():
    return Book()


@pytest.fixture
def among(book):
    """A rotation of models that reply as told."""

    def made(**replies):
        models = {name: Model(list(said)) for name, said in replies.items()}
        places = tuple(place(*name.split("_")) for name in models)
        by_id = {name.split("_")[0]: model for name, model in models.items()}
        found = Rotation(places, InOrder(), book, lambda where: by_id[where.model.id])
        return found, models

    return made


def calls(kit):
    return [one for one in kit.store.entries("talk") if isinstance(one, Interaction)]


def test_a_limit_and_an_error_are_passed_over_and_the_record_says_why(kit, among, events):
    auto, _ = among(
        a=[failed("rate_limit", 429, "20 requests a minute")],
        b=[failed("server", 500, "it broke")],
        c=[answer()],
    )
    result = run(JOB, auto, kit)

    assert result.text == "well"
    assert [one.status for one in calls(kit)] == ["rate_limit", "server", "ok"]
    decision = result.interaction.detail["rotation"]
    assert (decision["model"], decision["strategy"]) == ("pool:c", "in-order")
    over = {one["model"]: one["why"] for one in decision["passed_over"]}
    assert list(over) == ["pool:a", "pool:b"]
    assert "20 requests a minute" in over["pool:a"]
    assert "it broke" in over["pool:b"]
    assert [one.status for one in result.before] == ["rate_limit", "server"]
    switches = [one.text for one in events if one.kind == "switch"]
    assert len(switches) == 2
    assert switches[1].startswith("pool:b: ")
    assert switches[1].endswith("; asking pool:c")


def test_a_model_that_bills_though_it_is_listed_as_free_is_named(kit, among):
    billed = replace(answer(), cost=Cost(500_000_000, "client"))
    auto, _ = among(a=[billed])

    [told] = run(JOB, auto, kit).warnings
    assert told.startswith("pool:a is listed as free and has billed $0.5000: auto:free ")


def test_a_model_that_cannot_be_asked_with_these_settings_is_no_limit(kit, among):
    auto, _ = among(a=[ConfigError("URL is not set")])

    with pytest.raises(ConfigError, match="no model can be asked: pool:a: URL is not set"):
        run(JOB, auto, kit)


def test_a_further_call_names_the_first_of_its_request(kit, among):
    auto, _ = among(a=[failed("server", 500)], b=[answer()])
    run(replace(JOB, id="first"), auto, kit)

    first, second = calls(kit)
    assert first.id == "first"
    assert second.id != "first"
    assert second.detail["request"] == "first"


def test_what_failed_is_no_part_of_the_conversation(kit, among):
    auto, models = among(a=[failed("server", 500), answer()], b=[answer("one")])
    run(JOB, auto, kit)
    kit.store.read("talk")
    models["a"].replies = [answer("two")]
    run(replace(JOB, prompt="and now?"), auto, kit)

    told = models["a"].asked[-1].history or models["b"].asked[-1].history
    assert [one.text for one in told] == ["what?", "one"]


def test_at_most_three_models_are_asked_and_none_twice(kit, among):
    broken = {name: [failed("server", 500)] * 2 for name in "abcde"}
    auto, models = among(**broken)
    result = attempt(JOB, auto, kit)

    assert isinstance(result.error, ProviderError)
    assert [len(one.asked) for one in models.values()] == [1, 1, 1, 0, 0]
    assert len(result.before) == 2
    assert "pool:a" in result.error.message
    assert "pool:c" in result.error.message


@pytest.mark.parametrize(("status", "http"), [("model", 404), ("billing", 402), ("auth", 401)])
def test_what_cannot_answer_anybody_uses_up_no_attempt(kit, among, status, http):
    gone = {name: [failed(status, http)] for name in "abcd"}
    auto, models = among(**gone, e=[failed("server", 500)], f=[answer()])

    if status == "model":
        assert run(JOB, auto, kit).text == "well"
        assert [len(one.asked) for one in models.values()] == [1] * 6
    else:  # of one account: the others are closed with it
        assert attempt(JOB, auto, kit).error is None or models["a"].asked


def test_a_missing_key_uses_up_no_attempt(kit, among):
    auto, _ = among(**{name: [ConfigError("POOL_KEY is not set")] for name in "abcd"}, e=[answer()])

    result = run(JOB, auto, kit)
    assert result.text == "well"
    assert len(result.interaction.detail["rotation"]["passed_over"]) == 4


def test_when_all_say_404_it_is_a_limit_and_nobody_is_asked_again_that_day(kit, among, clock):
    auto, models = among(**{name: [failed("model", 404, "No endpoints")] for name in "abcde"})

    with pytest.raises(LimitReached, match="none of 5 models can answer now"):
        run(JOB, auto, kit)
    clock[0] += timedelta(hours=23)
    with pytest.raises(LimitReached, match="No endpoints"):
        run(JOB, auto, kit)
    assert [len(one.asked) for one in models.values()] == [1] * 5
    assert len(calls(kit)) == 5


def test_models_with_one_reason_are_told_together_without_their_names_in_it(kit, among):
    served = {
        name: [failed("model", 404, f"No endpoints found for {name}.")] for name in ("a-1", "b-2")
    }
    auto, _models = among(**served)

    with pytest.raises(LimitReached) as caught:
        run(JOB, auto, kit)

    assert "pool:a-1, pool:b-2: 404 No endpoints found, until " in caught.value.message


def test_when_all_are_at_a_limit_the_hint_says_when_the_first_may_answer_again(kit, among, clock):
    ends = {"a": clock[0] + timedelta(hours=5), "b": clock[0] + timedelta(hours=2)}
    auto, _models = among(
        **{name: [failed("rate_limit", 429, until=at)] for name, at in ends.items()}
    )

    with pytest.raises(LimitReached) as caught:
        run(JOB, auto, kit)

    assert "the next may answer at " in caught.value.hint
    assert "(in 2 h); run it again later" in caught.value.hint


@pytest.mark.parametrize(("status", "http"), [("auth", 401), ("billing", 402)])
def test_when_the_account_is_refused_it_is_no_limit_that_passes(kit, among, status, http):
    auto, _models = among(a=[failed(status, http)], b=[failed(status, http)])

    with pytest.raises(ProviderError, match="none of 2 models can answer now") as caught:
        run(JOB, auto, kit)

    assert "check POOL_KEY" in caught.value.hint


def test_a_quota_that_another_process_took_lets_the_next_model_be_asked(kit, among, book):
    auto, models = among(a=[QuotaSpent("taken")], b=[answer()])

    def spent():
        book.states["pool:a"] = ModelState(open_until=NOW + timedelta(hours=1), why="spent")
        return QuotaSpent("taken")

    class Taking(Model):
        def run(self, request, watch):
            raise spent()

    models["a"].run = Taking([]).run
    assert run(JOB, auto, kit).text == "well"


def test_what_is_too_long_for_one_is_not_sent_to_others_as_small(kit, among):
    auto, models = among(a=[failed("context_too_long", 400)], b=[], large=[answer()])

    assert run(JOB, auto, kit).text == "well"
    assert models["b"].asked == []


def test_a_request_has_one_deadline(kit, among, clock):
    auto, models = among(a=[], b=[])

    def slow(request, watch):
        models["a"].asked.append(request)
        clock[0] += timedelta(seconds=60)
        return failed("timeout", message="it took longer than 60 s")

    models["a"].run = models["b"].run = slow
    result = attempt(replace(JOB, timeout_s=90), auto, kit)

    assert isinstance(result.error, TimedOut)
    assert [one.timeout_s for one in models["a"].asked] == [90, 30]


def test_when_time_is_up_before_anybody_was_asked_it_is_a_time_out(kit, among, clock):
    auto, models = among(a=[answer()])
    late = replace(auto, strategy=Late(clock))

    with pytest.raises(TimedOut, match="no model has answered in time"):
        run(replace(JOB, timeout_s=5), late, kit)
    assert models["a"].asked == []


def test_a_quota_that_others_always_take_is_a_limit_at_last(kit, among):
    auto, _ = among(a=[])

    def taken(job, provider, id_):
        raise QuotaSpent("taken")

    with pytest.raises(LimitReached, match="again and again"):
        run(JOB, auto, replace(kit, reserve=taken))


def test_what_no_other_model_could_mend_ends_it(kit, among):
    auto, models = among(a=[failed("denied", 400, "flagged")], b=[answer()])
    result = attempt(JOB, auto, kit)

    assert result.interaction.status == "denied"
    assert models["b"].asked == []


UNREACHABLE = failed("network", message="cannot connect", refused=True)


def test_a_machine_without_a_network_blames_no_model(kit, among, book):
    auto, _ = among(a_one=[UNREACHABLE], b_two=[UNREACHABLE], c_three=[UNREACHABLE])
    result = attempt(JOB, auto, kit)

    assert isinstance(result.error, ProviderError)
    assert "no model could be reached: one:a, two:b, three:c: cannot connect" in str(result.error)
    assert book.learnt == []


def test_when_the_only_server_cannot_be_reached_it_is_said_once(kit, among):
    auto, _ = among(a=[UNREACHABLE], b=[], c=[])
    result = attempt(JOB, auto, kit)

    assert str(result.error) == "no model could be reached: pool:a: cannot connect"
    assert result.error.exit_code == 9


def test_a_server_that_alone_cannot_be_reached_is_blamed(kit, among, book):
    auto, _ = among(a_one=[UNREACHABLE], b_two=[answer()])
    run(JOB, auto, kit)

    assert sorted(book.learnt) == [("a", "network"), ("b", "ok")]


def test_a_server_that_cannot_be_reached_is_tried_once_for_all_its_models(kit, among):
    auto, models = among(a=[UNREACHABLE], b=[answer()], c_two=[answer("other")])

    assert run(JOB, auto, kit).text == "other"
    assert models["b"].asked == []


def test_the_model_of_the_conversation_is_known_to_the_strategy(kit, among):
    auto, models = among(a=[failed("server", 500)], b=[answer(), answer()])
    first = run(JOB, auto, kit)
    models["a"].replies = [answer("two")]
    result = run(replace(JOB, prompt="more"), auto, kit)

    need, current = auto.strategy.needs[-1]
    assert current == "pool:b"
    assert need.history_tokens == 120
    assert "from" not in first.interaction.detail["rotation"]
    assert result.interaction.detail["rotation"]["from"] == "pool:b"


def test_ahead_in_the_users_list_is_worth_more_and_favourites_most(among):
    auto, _ = among(a=[], b=[], c=[])
    listed = replace(auto, is_ordered=True, favourites=frozenset({"pool:c"}))

    first, second, third = listed.candidates(NOW)
    assert first.value - 0.1 > second.value > 0.8
    assert (third.favourite, third.value) == (True, None)


def test_far_down_the_list_a_model_is_worth_a_little_less_each_and_never_nothing(among):
    auto, _ = among(**{f"m{number}": [] for number in range(30)})
    values = [one.value for one in replace(auto, is_ordered=True).candidates(NOW)]

    assert values == sorted(values, reverse=True)
    assert values[1] > values[2] > values[-1] >= 0.7


def test_the_window_is_that_of_the_largest_model(among):
    auto, _ = among(a=[], large=[])

    assert auto.window("auto") == 16_000


def test_a_schema_is_asked_for_and_counts_in_the_prompt(kit, among):
    auto, models = among(a=[answer("{}"), answer("{}")])
    run(JOB, auto, kit)
    run(replace(JOB, schema={"type": "object", "title": "a long one " * 20}), auto, kit)

    assert (auto.quirks.takes_schema, auto.quirks.edits_files) == (True, False)
    plain, schema = (need.prompt_tokens for need, _current in auto.strategy.needs)
    assert schema > plain + 20
    assert models["a"].asked[1].schema


def test_the_only_model_is_told_as_one(kit, among):
    auto, _models = among(a=[failed("server", 500, "broken")])

    with pytest.raises(ProviderError, match=r"^no model has answered: pool:a: 500 broken$"):
        run(JOB, auto, kit)


def test_what_a_server_names_as_its_limit_counts_more_than_a_written_window(kit, among):
    too_long = failed("context_too_long", 400, limit_tokens=4000)
    auto, models = among(a=[too_long], b=[answer()])

    assert run(JOB, auto, kit).text == "well"
    assert len(models["b"].asked) == 1


def test_models_that_pause_with_their_account_stand_beside_the_one_that_was_refused(
    kit, among, book
):
    why = "402 no credit"
    auto, _models = among(a=[failed("billing", 402, "no credit")], b=[])
    until = NOW + timedelta(days=1)
    book.states["pool:b"] = ModelState(open_until=until, why=f"pauses for 1 d: {why}")

    with pytest.raises(ProviderError) as caught:
        run(JOB, auto, kit)
    assert f"pool:a, pool:b: {why}, until " in caught.value.message


def used_up(held):
    """Budgets without room; `held` gets the model of each call that asks."""

    def reserve(job, provider, id_):
        held.append(job.model)
        raise LimitReached("the day budget is used up", "raise BUDGET_DAY")

    return reserve


def test_a_budget_that_is_used_up_ends_it(kit, among):
    auto, models = among(a=[answer()], b=[answer()])
    held = []

    with pytest.raises(LimitReached, match="day budget"):
        run(JOB, auto, replace(kit, reserve=used_up(held)))
    assert models["a"].asked == []
    assert held == ["a"]


def test_where_all_cost_money_that_is_not_there_the_hint_is_to_raise_the_budget(kit, among):
    auto, _ = among(a=[answer()], b=[answer()])
    paid = [replace(one, model=replace(one.model, free=False)) for one in auto.places]
    held = []

    with pytest.raises(LimitReached) as refused:
        run(JOB, replace(auto, places=tuple(paid)), replace(kit, reserve=used_up(held)))
    assert refused.value.hint == "raise BUDGET_DAY"
    assert held == ["a", "b"]


def test_a_history_that_the_job_brings_counts_as_its_prompt(kit, among):
    rotation, _models = among(one=[answer(), answer()])
    run(JOB, rotation, kit)
    run(replace(JOB, history=(Message("user", "word " * 1000),)), rotation, kit)

    need, current = rotation.strategy.needs[-1]
    assert (need.history_tokens, current) == (0, "pool:one")
    assert need.prompt_tokens > 1000


@pytest.mark.parametrize(("one_answer", "said"), [(True, "We"), (False, "well")])
def test_what_cannot_be_taken_back_is_not_followed_by_another_answer(kit, among, one_answer, said):
    broke = Reply("We", "", failure=Failure("network", "cut"))
    auto, _models = among(a=[broke], b=[answer()])
    result = attempt(replace(JOB, one_answer=one_answer), auto, kit)

    assert (result.text, bool(result.error)) == (said, one_answer)


def test_a_call_that_has_begun_is_not_followed_by_another_answer(kit, among):
    begun = (ToolCall("c1", "add", "{"),)
    broke = Reply("", "", failure=Failure("network", "cut"), tool_calls=begun)
    auto, _models = among(a=[broke], b=[answer()])

    assert attempt(replace(JOB, one_answer=True), auto, kit).error


def test_tools_and_images_are_asked_of_models_that_can(kit, among):
    auto, _models = among(a=[answer("x")] * 2)
    offer = Offer((Tool("add", "Adds two numbers, and no more than two at once"),))
    image = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    seen = Message("user", "What is this?", parts=(image,))
    run(JOB, auto, kit)
    run(replace(JOB, tools=offer, history=(seen,)), auto, kit)

    plain, able = (need for need, _current in auto.strategy.needs)
    assert (plain.tools, plain.vision, able.tools, able.vision) == (False, False, True, True)
    assert able.prompt_tokens > plain.prompt_tokens + 20
