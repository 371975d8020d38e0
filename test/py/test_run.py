"""The line: what was paid for is saved, what continues is verified, what is unknown stays so."""

import multiprocessing
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ai_sessions import tokens
from ai_sessions.accounting.budgets import Allowance, Reserved
from ai_sessions.conversations import family, forking, segments
from ai_sessions.conversations.memory import Memory
from ai_sessions.conversations.requests import window_in
from ai_sessions.conversations.summaries import Rules
from ai_sessions.errors import (
    AiSessionsError,
    ConfigError,
    ContextLost,
    LimitReached,
    LockBusy,
    NotFound,
    ProviderError,
    TimedOut,
    Unsupported,
)
from ai_sessions.jobs import Job, Kit
from ai_sessions.memory.extractive import ExtractiveItems
from ai_sessions.processes import leftovers
from ai_sessions.providers.contract import Edits, Event, Failure, Quirks, Reply
from ai_sessions.providers.local import Local
from ai_sessions.providers.meters import Used
from ai_sessions.records import (
    About,
    Change,
    Cost,
    Interaction,
    Message,
    Resume,
    Said,
    Segment,
    ToolCall,
    Usage,
    stamp,
)
from ai_sessions.run import attempt, run
from ai_sessions.sessions import projects
from ai_sessions.stopping import Stop
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

NAME = "implement-payments"
JOB = Job(
    session=NAME,
    about=About("implement", "payments"),
    prompt="write it",
    cwd=Path("/tmp"),
    purpose="green",
    task="T1.1",
)


@dataclass
class Scripted:
    """A provider that gives the replies it was told to, and keeps what it was asked."""

    replies: list[Reply]
    quirks: Quirks = Quirks(keeps_context=True, edits_files=True, chooses_id=True)
    name: str = "scripted"
    asked: list = field(default_factory=list)

    def run(self, request, watch):
        self.asked.append(request)
        return self.replies.pop(0)


def answer(text="done", resume="id-1", **more):
    return Reply(text, "m-1", Usage(100, 20), resume=Resume(resume) if resume else None, **more)


def failed(status, **more):
    return answer(text="", failure=Failure(status, "no luck"), **more)


def price(usage, model, at):
    return Cost(usage.total_tokens * 1000, "prices:today") if model == "m-1" else Cost()


@pytest.fixture
def kit():
    return Kit(MemoryStore(), price, now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def _used_up(job, provider, id_):
    raise LimitReached("the day budget is used up")


def texts(messages):
    return [message.text for message in messages]


def interactions(kit):
    return [entry for entry in kit.store.entries(NAME) if isinstance(entry, Interaction)]


def test_a_reply_is_saved_with_usage_cost_and_task(kit):
    result = run(JOB, Scripted([answer()]), kit)

    saved = interactions(kit)[0]
    assert (saved.task, saved.usage.total_tokens, saved.cost.nusd) == ("T1.1", 120, 120_000)
    assert [message.role for message in saved.messages] == ["user", "assistant"]
    assert result.session.totals.interactions == 1


def test_what_its_tools_did_to_files_comes_back(kit):
    edits = Edits(("a.py",))

    assert run(JOB, Scripted([answer(edits=edits)]), kit).edits == edits
    assert run(JOB, Scripted([answer()]), kit).edits is None


def test_the_second_call_resumes_the_id_of_the_first(kit):
    agent = Scripted([answer(), answer()])
    run(JOB, agent, kit)
    second = run(JOB, agent, kit)

    assert agent.asked[0].resume is None
    assert agent.asked[0].new_id
    assert agent.asked[1].resume.id == "id-1"
    assert second.continuity == "resumed"


def test_another_id_than_asked_for_is_context_lost_and_saved_as_such(kit):
    agent = Scripted([answer(), answer(resume="id-2")])
    run(JOB, agent, kit)

    assert run(JOB, agent, kit).continuity == "lost"
    assert interactions(kit)[1].continuity == "lost"


def test_require_resume_makes_a_lost_context_an_error_after_saving_what_was_paid(kit):
    agent = Scripted([answer(), answer(resume="id-2")])
    run(JOB, agent, kit)

    with pytest.raises(ContextLost, match="id-1"):
        run(replace(JOB, require_resume=True), agent, kit)
    assert len(interactions(kit)) == 2


def test_a_conversation_that_is_gone_begins_anew_with_our_record_and_says_so(kit):
    agent = Scripted([answer("I made a plan"), failed("session_gone"), answer(resume="id-3")])
    run(JOB, agent, kit)
    result = run(JOB, agent, kit)

    assert result.continuity == "lost"
    assert "context lost" in result.warnings[0]
    assert "I made a plan" in agent.asked[2].prompt
    assert agent.asked[2].resume is None


@pytest.mark.parametrize("id_", ["--dangerously-skip-permissions", "-c", "a b", "a\nb", "x" * 129])
def test_what_no_agent_calls_a_conversation_is_not_asked_for(kit, id_):
    agent = Scripted([answer("I made a plan", resume=id_), answer(resume="id-2"), answer()])
    run(JOB, agent, kit)
    result = run(JOB, agent, kit)

    assert agent.asked[1].resume is None
    assert "I made a plan" in agent.asked[1].prompt
    assert "context lost" in result.warnings[0]
    run(JOB, agent, kit)
    assert agent.asked[2].resume.id == "id-2"


def test_what_is_no_conversation_is_no_reason_to_spend_with_require_resume(kit):
    agent = Scripted([answer(resume="--last")])
    run(JOB, agent, kit)

    with pytest.raises(ContextLost):
        run(replace(JOB, require_resume=True), agent, kit)
    assert len(agent.asked) == 1


def test_a_gone_conversation_with_require_resume_spends_nothing_more(kit):
    agent = Scripted([answer(), failed("session_gone")])
    run(JOB, agent, kit)

    with pytest.raises(ContextLost):
        run(replace(JOB, require_resume=True), agent, kit)
    assert len(agent.asked) == 2
    assert kit.store.read(NAME).calling == {}, "the next run must not take it for cut off"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("auth", ProviderError),
        ("timeout", TimedOut),
        ("budget", LimitReached),
        ("model", NotFound),
    ],
)
def test_a_failed_call_is_saved_with_its_cost_and_then_raised(kit, status, error):
    with pytest.raises(error, match="scripted: no luck"):
        run(JOB, Scripted([failed(status)]), kit)

    saved = interactions(kit)[0]
    assert (saved.status, saved.cost.nusd) == (status, 120_000)
    assert kit.store.read(NAME).totals.errors == 1


def test_an_unknown_price_is_none_and_never_zero(kit):
    reply = replace(answer(), model="mystery")
    run(JOB, Scripted([reply]), kit)

    assert interactions(kit)[0].cost == Cost(None, "unknown")
    assert kit.store.read(NAME).totals.unknown_costs == 1


def test_one_unknown_share_makes_the_sum_unknown(kit):
    reply = answer(by_model={"m-1": Usage(1, 1), "mystery": Usage(1, 1)})
    run(JOB, Scripted([reply]), kit)

    assert interactions(kit)[0].cost.nusd is None


def test_the_clients_own_figure_wins_over_the_table(kit):
    run(JOB, Scripted([answer(cost=Cost(7, "client"))]), kit)

    assert interactions(kit)[0].cost == Cost(7, "client")


def test_a_broken_step_does_not_lose_the_paid_reply(kit):
    def full_disk(interaction, session):
        raise OSError("no space left")

    result = run(JOB, Scripted([answer()]), replace(kit, steps=(full_disk,)))

    assert result.warnings == ("full_disk: no space left",)
    assert len(interactions(kit)) == 1


def test_a_provider_without_memory_gets_the_conversation_from_us(kit):
    forgetful = Quirks(keeps_context=False, edits_files=False)
    agent = Scripted([answer("one", resume=""), answer("two", resume="")], quirks=forgetful)
    run(JOB, agent, kit)
    second = run(JOB, agent, kit)

    assert [message.text for message in agent.asked[1].history] == ["write it", "one"]
    assert second.continuity == "resumed"


def test_another_agent_in_the_same_session_is_told_what_was_said(kit):
    run(JOB, Scripted([answer("I chose tokens")], name="first"), kit)
    second = Scripted([answer(resume="id-9")], name="second")
    result = run(JOB, second, kit)

    assert "I chose tokens" in second.asked[0].prompt
    assert second.asked[0].prompt.endswith("write it")
    assert result.interaction.messages[0].text == "write it"


def test_an_agent_that_comes_back_is_told_what_was_said_meanwhile(kit):
    agents = {name: Scripted([], name=name) for name in ("claude", "codex")}
    words = ("APRICOT", "BANANA", "CHERRY", "DATE")
    for word, name in zip(words, ("claude", "codex", "claude", "codex"), strict=True):
        agents[name].replies.append(answer(word, resume=f"id-{name}"))
        run(JOB, agents[name], kit)

    told = [[word for word in words if word in asked.prompt] for asked in agents["claude"].asked]
    assert told == [[], ["BANANA"]]
    told = [[word for word in words if word in asked.prompt] for asked in agents["codex"].asked]
    assert told == [["APRICOT"], ["CHERRY"]]
    assert agents["claude"].asked[1].resume.id == "id-claude"


def test_an_agent_that_comes_back_is_told_what_came_without_a_call(kit):
    agent = Scripted([answer("APRICOT"), answer()])
    run(JOB, agent, kit)
    kit.store.append(NAME, [Said(Message("system", "BANANA")), Said(Message("tool", "CHERRY"))])
    run(JOB, agent, kit)

    assert "system: BANANA" in agent.asked[1].prompt
    assert "tool: CHERRY" in agent.asked[1].prompt
    assert "APRICOT" not in agent.asked[1].prompt


@pytest.mark.parametrize("status", ["auth", "rate_limit", "network", "busy"])
def test_what_came_meanwhile_is_told_again_after_a_call_that_reached_nobody(kit, status):
    refused = Reply("", "m-1", resume=Resume("id-1"), failure=Failure(status, "no luck"))
    agent = Scripted([answer(), refused, answer()])
    run(JOB, agent, kit)
    kit.store.append(NAME, [Said(Message("user", "BANANA"))])
    with pytest.raises(AiSessionsError):
        run(JOB, agent, kit)
    run(JOB, agent, kit)

    assert ["BANANA" in asked.prompt for asked in agent.asked] == [False, True, True]
    assert agent.asked[2].resume.id == "id-1"


def test_what_came_meanwhile_is_told_once_to_an_agent_that_failed_later(kit):
    agent = Scripted([answer(), failed("timeout"), answer()])
    run(JOB, agent, kit)
    kit.store.append(NAME, [Said(Message("user", "BANANA"))])
    with pytest.raises(TimedOut):
        run(JOB, agent, kit)
    run(JOB, agent, kit)

    assert ["BANANA" in asked.prompt for asked in agent.asked] == [False, True, False]


def test_an_agent_that_was_alone_is_told_nothing_twice(kit):
    agent = Scripted([answer("APRICOT"), answer("BANANA")])
    run(JOB, agent, kit)
    run(JOB, agent, kit)

    assert agent.asked[1].prompt == JOB.prompt


def test_what_was_said_long_ago_is_found(kit):
    agent, other = Scripted([answer(), answer()], name="claude"), Scripted([], name="codex")
    run(JOB, agent, kit)
    other.replies = [answer("BANANA", resume="id-2")] * 60
    for _call in range(60):
        run(JOB, other, kit)
    run(JOB, agent, kit)

    assert agent.asked[1].prompt.count("assistant: BANANA") == 60


@pytest.mark.parametrize(
    ("status", "cost"),
    [
        *((status, None) for status in ("timeout", "interrupted", "other", "empty", "limit")),
        *((status, None) for status in ("network", "server")),
        *((status, 0) for status in ("auth", "rate_limit", "session_gone")),
    ],
)
def test_a_call_that_was_stopped_without_a_count_cost_what_nobody_knows(kit, status, cost):
    stopped = replace(failed(status), usage=Usage(), cost=None)
    with pytest.raises(AiSessionsError):
        run(JOB, Scripted([stopped]), replace(kit, price_of=lambda *_call: Cost(0, "prices")))

    assert interactions(kit)[0].cost.nusd == cost


@pytest.mark.parametrize("of_client", [None, Cost(300, "client")])
@pytest.mark.parametrize(
    ("status", "estimated", "known"),
    [
        *((status, True, False) for status in ("interrupted", "timeout", "network")),
        *((status, False, True) for status in ("interrupted", "timeout", "network")),
        ("", True, True),
    ],
)
def test_what_broke_off_costs_what_is_counted_and_not_what_is_estimated(
    kit, of_client, status, estimated, known
):
    reply = failed(status, cost=of_client) if status else answer(cost=of_client)
    reply = replace(reply, usage=replace(reply.usage, estimated=estimated))
    with pytest.raises(AiSessionsError) if status else nullcontext():
        run(JOB, Scripted([reply]), kit)

    cost = (of_client or Cost(120_000, "prices:today")) if known else Cost()
    assert (interactions(kit)[0].cost, interactions(kit)[0].usage) == (cost, reply.usage)


def test_what_broke_off_at_a_model_without_a_charge_is_free(kit):
    reply = replace(failed("network"), usage=Usage(100, 20, estimated=True))
    with pytest.raises(AiSessionsError):
        run(JOB, Scripted([reply]), replace(kit, price_of=lambda *_call: Cost(0, "prices")))

    assert interactions(kit)[0].cost.nusd == 0


@pytest.mark.parametrize("model", ["m-1", "mystery", ""])
@pytest.mark.parametrize("failure", [Failure("auth", "x"), Failure("server", "x", refused=True)])
def test_a_refused_call_cost_nothing_whatever_the_model(kit, model, failure):
    refused = replace(answer(text=""), usage=Usage(), model=model, failure=failure)
    with pytest.raises(AiSessionsError):
        run(JOB, Scripted([refused]), kit)

    assert interactions(kit)[0].cost == Cost(0, "refused")


def test_a_first_try_that_was_paid_is_a_call_of_its_own(kit):
    first = failed("session_gone", cost=Cost(300, "client"))
    agent = Scripted([answer("a plan"), first, answer(resume="id-2", cost=Cost(1, "client"))])
    run(JOB, agent, kit)
    run(JOB, agent, kit)

    assert [one.cost.nusd for one in interactions(kit)] == [120_000, 300, 1]
    assert kit.store.read(NAME).resume["scripted"].id == "id-2"


def test_a_first_try_that_was_paid_is_kept_when_nothing_else_is_asked(kit):
    agent = Scripted([answer("a plan"), failed("session_gone", cost=Cost(300, "client"))])
    run(JOB, agent, kit)
    with pytest.raises(ContextLost):
        run(replace(JOB, require_resume=True), agent, kit)

    assert interactions(kit)[1].cost.nusd == 300


def test_what_each_model_cost_adds_up_to_the_cost(kit):
    used = {"m-1": Usage(100, 10), "m-2": Usage(7, 1)}

    def priced(usage, model, at):
        return Cost(usage.total_tokens, "prices:user" if model == "m-2" else "prices:today")

    run(JOB, Scripted([answer(by_model=used)]), replace(kit, price_of=priced))
    saved = interactions(kit)[0]

    assert (saved.cost, dict(saved.cost_by_model)) == (
        Cost(118, "prices:today+prices:user"),
        {"m-1": 110, "m-2": 8},
    )
    totals = kit.store.read(NAME).totals
    assert {name: one.cost_nusd for name, one in totals.by_model.items()} == {"m-1": 110, "m-2": 8}


@pytest.mark.parametrize(("told", "kept"), [(4, {"m-1": 3, "m-2": 4}), (5, {})])
def test_the_clients_own_figures_by_model_are_taken_when_they_add_up(kit, told, kept):
    used = {"m-1": Usage(1, 1), "m-2": Usage(1, 1)}
    reply = answer(by_model=used, cost=Cost(7, "client"), cost_by_model={"m-1": 3, "m-2": told})
    run(JOB, Scripted([reply]), kit)

    assert interactions(kit)[0].cost_by_model == kept


def test_an_answer_that_says_nothing_of_its_tokens_cost_what_nobody_knows(kit):
    run(JOB, Scripted([replace(answer(), usage=Usage(), cost=None)]), kit)

    assert interactions(kit)[0].cost == Cost()


def test_a_failed_call_is_not_part_of_the_conversation(kit):
    agent = Scripted([failed("server"), answer()])
    with pytest.raises(ProviderError):
        run(JOB, agent, kit)
    run(JOB, agent, kit)

    assert texts(kit.memory.context(kit.store, NAME).messages) == ["write it", "done"]


def test_a_busy_session_spends_nothing(kit):
    agent = Scripted([answer()])
    kit.store.ensure(NAME, JOB.about)
    with kit.store.turn(NAME, 1), pytest.raises(LockBusy):
        run(replace(JOB, lock_wait_s=0.01), agent, kit)

    assert agent.asked == []


def cut_off(kit):
    """What a process leaves that was killed during its call."""
    kit.store.ensure(NAME, JOB.about)
    known = kit.store.read(NAME).resume.get("scripted")
    begun = {"id": "call-9", "at": "2026-01-02T03:00:00.000Z", "provider": "scripted"}
    begun |= {"purpose": "green", "task": "T1.1", "resume": known.id if known else "begun-here"}
    kit.store.append(NAME, [Change("calling", begun)])


def test_a_call_that_was_cut_off_is_said_and_counted_as_unknown(kit):
    cut_off(kit)
    agent = Scripted([answer()])
    result = run(JOB, agent, kit)

    assert "was cut off; it may have cost" in result.warnings[0]
    assert [call.status for call in interactions(kit)] == ["interrupted", "ok"]
    assert kit.store.read(NAME).totals.unknown_costs == 1


def test_what_a_call_sends_is_on_record_before_it_is_made(kit):
    noted = []

    class Plain(Scripted):
        def run(self, request, watch):
            noted.append(kit.store.read(NAME).calling)
            return super().run(request, watch)

    plain = Plain([answer(), answer()], quirks=Quirks(keeps_context=False, edits_files=False))
    run(JOB, plain, kit)
    run(replace(JOB, prompt="and the tests?"), plain, kit)

    whole = "\n".join([*(one.text for one in plain.asked[1].history), "and the tests?"])
    assert [one["has_history"] for one in noted] == [False, True]
    assert [one["sent"] for one in noted] == [tokens.estimate("write it"), tokens.estimate(whole)]


def test_a_call_that_was_cut_off_is_taken_up_under_the_id_it_began_with(kit):
    cut_off(kit)
    begun = kit.store.read(NAME).calling["resume"]
    agent = Scripted([answer(resume=begun)])

    assert run(JOB, agent, kit).continuity == "resumed"
    assert agent.asked[0].resume.id == begun


def test_a_conversation_that_was_cut_off_keeps_what_it_carries(kit):
    first = replace(answer(), resume=Resume("id-1", carry={"totals": 7}))
    run(JOB, Scripted([first]), kit)
    cut_off(kit)
    agent = Scripted([answer(resume="id-1")])
    run(JOB, agent, kit)

    assert agent.asked[0].resume.carry == {"totals": 7}


def test_an_answered_call_leaves_nothing_open(kit):
    run(JOB, Scripted([answer()]), kit)

    assert kit.store.read(NAME).calling == {}


@pytest.mark.parametrize(
    "error", [ProviderError("x"), ConfigError("x"), Unsupported("response_format", "x")]
)
def test_a_provider_that_could_not_be_called_leaves_nothing_open(kit, error):
    class Missing(Scripted):
        def run(self, request, watch):
            raise error

    run(JOB, Scripted([answer()]), kit)
    with pytest.raises(type(error)):
        run(JOB, Missing([]), kit)

    assert kit.store.read(NAME).calling == {}
    assert len(interactions(kit)) == 1


@pytest.mark.parametrize("error", [ProviderError, ConfigError, LimitReached])
def test_a_call_that_was_not_made_leaves_no_session_behind(kit, error):
    def refused(job, provider, id_):
        raise error("not installed")

    with pytest.raises(error):
        run(JOB, Scripted([answer()]), replace(kit, reserve=refused))

    assert list(kit.store.sessions()) == []


def test_a_session_that_was_there_before_stays_when_a_call_is_not_made(kit):
    kit.store.ensure(NAME, JOB.about)
    kit.store.append(NAME, [Said(Message("user", "remember this"))])

    with pytest.raises(LimitReached):
        run(JOB, Scripted([]), replace(kit, reserve=_used_up))

    assert [session.name for session in kit.store.sessions()] == [NAME]


def test_a_conversation_that_somebody_created_stays_when_a_call_is_not_made(kit):
    kit.store.append(NAME, [Change("status", "active")], about=JOB.about)

    with pytest.raises(LimitReached):
        run(JOB, Scripted([]), replace(kit, reserve=_used_up))

    assert [session.name for session in kit.store.sessions()] == [NAME]


@pytest.mark.parametrize("status", ["auth", "timeout", "network"])
def test_a_call_that_failed_on_its_way_is_kept_in_its_session(kit, status):
    with pytest.raises(AiSessionsError):
        run(JOB, Scripted([failed(status)]), kit)

    assert [call.status for call in interactions(kit)] == [status]


def test_a_cleared_conversation_is_not_gone_on_with_at_the_agent_either(kit):
    agent = Scripted([answer("APRICOT"), answer("BANANA", resume="id-2"), answer(resume="id-2")])
    run(JOB, agent, kit)
    segments.clear(kit.store, NAME)
    second = run(JOB, agent, kit)
    run(JOB, agent, kit)

    assert [asked.resume and asked.resume.id for asked in agent.asked] == [None, None, "id-2"]
    assert (agent.asked[1].prompt, second.continuity) == (JOB.prompt, "new")
    assert second.warnings == ()


def test_the_compaction_of_an_agent_is_a_break_before_its_call_and_no_end_of_its_context(kit):
    told = {"compacted": True, "compaction": {"trigger": "auto"}, "summary": "We chose APRICOT."}
    agent = Scripted([answer("one"), answer("two", **told), answer("three")])
    for _time in range(3):
        run(JOB, agent, kit)

    summary, segment, call = list(kit.store.entries(NAME))[-5:-2]
    assert (summary.text, summary.kind, summary.model) == ("We chose APRICOT.", "native", "m-1")
    assert summary.covers_to == summary.seq - 1
    assert (segment.reason, dict(segment.detail)) == (
        "compaction",
        {"provider": "scripted", "trigger": "auto"},
    )
    assert call.messages[1].text == "two"
    session = kit.store.read(NAME)
    assert (session.summary_seq, session.segment_seq) == (summary.seq, segment.seq)
    assert [asked.resume is None for asked in agent.asked] == [True, False, False]


def test_a_compaction_without_a_summary_is_a_break_alone(kit):
    run(JOB, Scripted([answer(compacted=True)]), kit)

    assert [one.reason for one in kit.store.entries(NAME) if isinstance(one, Segment)] == [
        "compaction"
    ]
    assert kit.store.read(NAME).summary_seq == -1


def test_another_model_is_told_what_came_before_the_compaction_of_an_agent(kit):
    run(JOB, Scripted([answer("APRICOT")]), kit)
    run(JOB, Scripted([answer("BANANA", compacted=True)]), kit)
    plain = Scripted([answer(resume=None)], Quirks(keeps_context=False, edits_files=False))
    run(JOB, plain, kit)

    assert [one.text for one in plain.asked[0].history][1::2] == ["APRICOT", "BANANA"]


def test_a_call_that_was_interrupted_leaves_its_session(kit):
    class Stopped(Scripted):
        def run(self, request, watch):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(JOB, Stopped([]), kit)

    assert kit.store.read(NAME).calling == {}
    (call,) = interactions(kit)
    assert (call.status, call.task, call.cost) == ("interrupted", "T1.1", Cost())


def test_whoever_writes_sessions_down_is_told_each_call_that_is_on_record(kit):
    class Stopped(Scripted):
        def run(self, request, watch):
            raise KeyboardInterrupt

    told = []
    noting = replace(kit, on_recorded=lambda name: told.append((name, len(interactions(kit)))))
    run(JOB, Scripted([answer("Done.")]), noting)
    with pytest.raises(KeyboardInterrupt):
        run(JOB, Stopped([]), noting)

    assert told == [(NAME, 1), (NAME, 2)]


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([], ["write it"]),
        ([Event("text", "One ", begins=True), Event("text", "two")], ["write it", "One two"]),
        (
            [Event("text", "Let me see", begins=True), Event("tool", "Read"), Event("usage")],
            ["write it", "Let me see"],
        ),
        (
            [Event("text", "Let me see", begins=True), Event("text", "It is 4", begins=True)],
            ["write it", "It is 4"],
        ),
    ],
    ids=["nothing", "pieces", "tool", "two-messages"],
)
def test_what_was_said_before_an_interruption_is_on_record(kit, events, said):
    class Stopped(Scripted):
        def run(self, request, watch):
            for event in events:
                watch(event)
            raise SystemExit(143)

    with pytest.raises(SystemExit):
        run(JOB, Stopped([]), kit)

    (call,) = interactions(kit)
    assert [message.text for message in call.messages] == said
    assert texts(kit.memory.context(kit.store, NAME).messages) == said[: 2 * len(said) - 2]


def test_an_answer_that_was_stopped_belongs_to_the_conversation(kit):
    plain = Scripted([], Quirks(keeps_context=False, edits_files=False))
    stopped = Failure("interrupted", "it was stopped")
    plain.replies = [
        Reply("One, two", "m-1", Usage(10, 2, estimated=True), failure=stopped),
        Reply("", "m-1", failure=stopped),
        answer(resume=None),
    ]
    stop = Stop()
    for _time in range(2):
        with pytest.raises(ProviderError, match="it was stopped"):
            run(replace(JOB, stop=stop), plain, kit)
    run(JOB, plain, kit)

    assert plain.asked[0].stop is stop
    assert [one.text for one in plain.asked[2].history] == ["write it", "One, two"]
    first = interactions(kit)[0]
    assert (first.status, first.cost) == ("interrupted", Cost())


def test_a_call_that_was_interrupted_costs_what_the_agents_log_tells(kit):
    class Stopped(Scripted):
        def run(self, request, watch):
            watch(Event("conversation", "begun-here"))
            raise KeyboardInterrupt

    def logged(provider, conversation, since, until):
        asked.append((provider, conversation))
        return Used({"m-1": Usage(7, 1)}, Cost(99, "prices:x"), {"m-1": 99})

    asked = []
    with pytest.raises(KeyboardInterrupt):
        run(JOB, Stopped([]), replace(kit, logged=logged))

    (call,) = interactions(kit)
    assert asked == [("scripted", "begun-here")]
    assert (call.cost, call.usage, call.resume.id) == (
        Cost(99, "prices:x"),
        Usage(7, 1),
        "begun-here",
    )


def test_a_call_gets_the_least_of_its_own_limit_and_what_budgets_leave(kit):
    agent = Scripted([answer(), answer(), answer()])
    reserved = Reserved(Allowance(5, ("nearly gone",)))
    tight = replace(kit, reserve=lambda job, provider, id_: nullcontext(reserved))

    result = run(JOB, agent, tight)
    run(replace(JOB, budget_nusd=3), agent, tight)
    run(JOB, agent, kit)

    assert [request.budget_nusd for request in agent.asked] == [5, 3, None]
    assert result.warnings == ("nearly gone",)


def test_a_used_up_budget_stops_before_anything_is_asked_or_noted(kit):
    agent = Scripted([answer(), answer()])
    run(JOB, agent, kit)

    with pytest.raises(LimitReached):
        run(JOB, agent, replace(kit, reserve=_used_up))
    assert len(agent.asked) == 1
    assert kit.store.read(NAME).calling == {}


def test_a_killed_call_is_settled_and_what_it_left_ended_before_money_is_asked_for(
    kit, monkeypatch
):
    cut_off(kit)
    seen = []
    monkeypatch.setattr(leftovers, "end", seen.append)

    def refused(_job, _provider, _id):
        seen.append([call.status for call in interactions(kit)])
        raise LimitReached("used up")

    with pytest.raises(LimitReached):
        run(JOB, Scripted([]), replace(kit, reserve=refused))

    assert seen == [leftovers.usual_folder(), ["interrupted"]]


def test_room_is_held_until_the_call_is_on_record(kit):
    seen = []

    @contextmanager
    def held(job, provider, id_):
        reserved = Reserved(Allowance(9))
        yield reserved
        seen.append((reserved.called, [call.id == id_ for call in interactions(kit)]))

    run(JOB, Scripted([answer()]), replace(kit, reserve=held))

    assert seen == [(True, [True])]


def test_a_call_that_was_not_made_after_all_is_not_taken_for_one(kit):
    seen = []

    @contextmanager
    def held(job, provider, id_):
        reserved = Reserved()
        try:
            yield reserved
        finally:
            seen.append(reserved.called)

    class Missing(Scripted):
        def run(self, request, watch):
            raise ProviderError("not installed")

    with pytest.raises(ProviderError):
        run(JOB, Missing([]), replace(kit, reserve=held))

    assert seen == [False]


def test_two_repositories_that_begin_at_once_get_two_sessions(kit):
    def asked(project):
        return replace(JOB, about=About("implement", "payments", project))

    first = run(asked("/w/shop"), Scripted([answer(resume="a")]), kit)
    second = run(asked("/w/bank"), Scripted([answer(resume="b")]), kit)

    assert (first.session.name, second.session.name) == (NAME, f"{NAME}@bank")
    assert kit.store.read(NAME).resume["scripted"].id == "a"


def test_a_call_that_somebody_else_makes_meanwhile_does_not_hide_that_ours_was_cut_off(kit):
    cut_off(kit)
    kit.store.append(NAME, [Interaction("summary", "", "demo", "m", (), purpose="summary")])
    assert kit.store.read(NAME).calling["purpose"] == "green"

    result = run(JOB, Scripted([answer()]), kit)
    assert any("was cut off" in warning for warning in result.warnings)
    assert result.session.calling == {}
    assert [one.status for one in interactions(kit)] == ["ok", "interrupted", "ok"]


def begun_in_a_process(root, project, begin, done):
    """A command that chose the plain name and makes its call when the other one does."""
    store = FileStore(root, fsync="none", same_project=projects.same)
    kit = Kit(store, price, lambda: datetime.now(UTC))
    job = replace(JOB, about=About("implement", "payments", project))
    begin.wait()
    run(job, Scripted([answer(resume=project)]), kit)
    done.put((project, run(job, Scripted([answer(resume=project)]), kit).session.name))


def test_two_processes_that_begin_in_two_repositories_never_share_a_session(tmp_path):
    begin, done = multiprocessing.Barrier(2), multiprocessing.Queue()
    projects_ = ("/w/shop", "/w/bank")
    processes = [
        multiprocessing.Process(target=begun_in_a_process, args=(tmp_path, one, begin, done))
        for one in projects_
    ]
    for process in processes:
        process.start()
    found = dict(done.get(timeout=60) for _process in processes)
    for process in processes:
        process.join()
    store = FileStore(tmp_path)

    assert sorted(found) == sorted(projects_)
    assert len(set(found.values())) == 2
    for project, name in found.items():
        assert store.read(name).about.project == project
        calls = [one for one in store.entries(name) if isinstance(one, Interaction)]
        assert [one.resume.id for one in calls] == [project] * 2


def limited(until=None, **more):
    failure = Failure("rate_limit", "You've hit your limit", until=until, **more)
    return answer(text="", failure=failure)


def stopped(kit, reply):
    with pytest.raises(LimitReached) as caught:
        run(JOB, Scripted([reply]), kit)
    return caught.value


def test_a_limit_of_the_provider_says_until_when_in_local_time(kit, local_zone):
    local_zone("Asia/Tokyo")
    error = stopped(kit, limited(kit.now() + timedelta(hours=2, minutes=10)))

    # it is 12:04:05 there
    assert error.message.startswith("scripted: limit reached until 14:14 (in 2 h 10 min): You've")
    assert error.exit_code == 7
    assert "--retry-wait" in error.hint


def test_the_words_of_a_limit_tell_when_it_ends(kit):
    error = stopped(kit, limited(told="You've hit your limit. Try again in 2 hours 10 minutes."))

    assert "(in 2 h 10 min)" in error.message
    assert error.facts["until"] == stamp(kit.now() + timedelta(hours=2, minutes=10))


def test_a_limit_without_an_end_is_told_as_it_is(kit):
    error = stopped(kit, limited(hint="wait a little"))

    assert (error.message, error.hint) == ("scripted: You've hit your limit", "wait a little")


def test_a_limit_is_on_record_with_its_window(kit):
    until = kit.now() + timedelta(hours=1)
    stopped(kit, limited(until, window="five_hour"))

    (call,) = interactions(kit)
    assert call.detail["limit"] == {"until": stamp(until), "window": "five_hour", "account": ""}
    assert call.detail["retry_at"] == stamp(until)


def test_a_server_that_is_busy_is_no_limit_and_may_say_for_how_long(kit):
    until = kit.now() + timedelta(minutes=2)
    failure = Failure("overloaded", "busy", until=until)
    with pytest.raises(ProviderError):
        run(JOB, Scripted([answer(text="", failure=failure)]), kit)

    (call,) = interactions(kit)
    assert "limit" not in call.detail
    assert call.detail["retry_at"] == stamp(until)


def test_a_step_is_told_each_call_and_its_account(kit):
    told = []
    kit = replace(kit, limits=lambda *facts: told.append(facts))
    provider = Scripted([limited(), answer()])
    provider.account = "acc"
    with pytest.raises(LimitReached):
        run(JOB, provider, kit)
    run(JOB, provider, kit)

    assert [(call.status, session.name, account) for call, session, account in told] == [
        ("rate_limit", NAME, "acc"),
        ("ok", NAME, "acc"),
    ]


def test_a_failed_call_is_returned_with_its_error_to_who_keeps_a_record(kit):
    result = attempt(JOB, Scripted([failed("overloaded")]), kit)

    assert isinstance(result.error, ProviderError)
    assert result.interaction.status == "overloaded"
    assert [one.id for one in interactions(kit)] == [result.interaction.id]


def test_a_conversation_that_nobody_will_continue_is_not_kept(kit):
    agent = Scripted([answer(), answer()])
    job = replace(JOB, ephemeral=True)
    run(job, agent, kit)
    run(job, agent, kit)

    assert [one.ephemeral for one in agent.asked] == [True, True]
    assert [one.resume for one in agent.asked] == [None, None]
    assert kit.store.read(NAME).resume == {}


def test_a_fork_is_told_what_it_shares_and_a_link_what_it_is_linked_with(kit):
    provider = Scripted([answer("APRICOT"), answer("BANANA", "id-2"), answer("CHERRY", "id-2")])
    run(JOB, provider, kit)
    kit.store.ensure("plan-payments", About("plan", "payments", title="The plan"))
    forking.fork(kit.store, NAME, "other-way", kit.now())
    run(replace(JOB, session="other-way"), provider, kit)
    family.link(kit.store, "other-way", "plan-payments", "same tables")
    run(replace(JOB, session="other-way"), provider, kit)

    first, second = (request.prompt for request in provider.asked[1:])
    assert "APRICOT" in first
    assert provider.asked[1].resume is None
    assert "linked with the session plan-payments (The plan): same tables" in second
    assert "APRICOT" not in second


ALONE = replace(JOB, purpose="summary", prompt="sum it up", alone=True, ephemeral=True, kept="(1)")


@pytest.mark.parametrize("keeps", [True, False])
def test_a_call_alone_is_told_nothing_of_the_conversation_and_leaves_it_as_it_was(kit, keeps):
    agent = Scripted([answer(), answer(resume="id-2")], Quirks(keeps, edits_files=True))
    before = run(JOB, agent, kit).session
    after = run(ALONE, agent, kit).session

    asked = agent.asked[1]
    assert (asked.prompt, asked.history, asked.resume) == ("sum it up", (), None)
    assert asked.ephemeral
    assert after.resume == before.resume
    assert texts(kit.memory.context(kit.store, NAME).messages) == ["write it", "done"]


def test_a_call_alone_counts_like_any_other(kit):
    agent = Scripted([answer(), answer()])
    sums = [run(job, agent, kit).session.totals for job in (JOB, ALONE)]

    assert [one.interactions for one in sums] == [1, 2]
    assert [one.cost_nusd for one in sums] == [120_000, 240_000]
    assert [one.messages for one in sums] == [2, 2]


def test_an_agent_that_cuts_its_memory_short_in_a_call_alone_leaves_no_break(kit):
    run(ALONE, Scripted([answer(compacted=True, summary="all there was")]), kit)

    session = kit.store.read(NAME)
    assert (session.segment_seq, session.summary_seq) == (-1, -1)


def test_of_an_endless_answer_of_a_call_alone_the_log_has_the_beginning(kit):
    endless = "x" * 10_000_000
    result = run(ALONE, Scripted([answer(endless)]), kit)

    assert result.text == endless
    assert len(interactions(kit)[0].messages[1].text) == 100_000


def test_the_log_may_have_other_words_than_the_prompt(kit):
    run(ALONE, Scripted([answer()]), kit)

    assert [one.text for one in interactions(kit)[0].messages] == ["(1)", "done"]


FORGETFUL = Quirks(keeps_context=False, edits_files=False)
TOO_LONG = Failure("context_too_long", "too long", limit_tokens=4096)


def talked(kit, *replies, window=100_000):
    """A model without memory, after 20 calls of some length; and the kit that knows its window."""
    usage = Usage(500, 500)
    model = Scripted([Reply(f"{n} {LONG}", "m-1", usage) for n in range(20)], FORGETFUL)
    kit = replace(kit, window_of=lambda _provider, _model: window)
    for _time in range(20):
        run(JOB, model, kit)
    model.asked.clear()
    model.replies += replies
    return model, kit


LONG = "some words that take a little room " * 40


def test_what_is_more_than_a_model_holds_is_summarized_and_asked_again_once(kit):
    model, kit = talked(kit, answer("", "", failure=TOO_LONG), answer("done", ""))
    result = run(JOB, model, kit)

    whole, less = (request.history for request in model.asked)
    assert 0 < kit.memory.rules.count("".join(texts(less))) < 4096
    assert len(less) < len(whole)
    assert result.text == "done"
    assert result.continuity == "resumed"
    assert kit.store.read(NAME).summary_seq > 0
    assert result.warnings == (
        "scripted was told more than it holds, and is asked again with at most 3,072 tokens",
    )


def test_the_try_that_was_too_long_is_on_record_and_was_for_free(kit):
    model, kit = talked(
        kit, Reply("", "m-1", failure=replace(TOO_LONG, refused=True)), answer("done", "")
    )
    result = run(JOB, model, kit)

    first, second = interactions(kit)[-2:]
    assert (first.status, first.cost.nusd, second.status) == ("context_too_long", 0, "ok")
    assert first.detail["repeated_as"] == second.id
    assert [one.id for one in result.before] == [first.id]


def test_what_a_server_said_of_its_model_is_minded_from_then_on(kit):
    model, kit = talked(kit, answer("", "", failure=TOO_LONG), answer(), answer())
    run(JOB, model, kit)
    result = run(JOB, model, kit)

    assert len(model.asked) == 3
    assert kit.memory.rules.count("".join(texts(model.asked[2].history))) < 4096
    assert result.warnings == ()


def test_a_second_refusal_is_the_error(kit):
    refused = answer("", "", failure=TOO_LONG)
    model, kit = talked(kit, refused, refused)
    result = attempt(JOB, model, kit)

    assert isinstance(result.error, ProviderError)
    assert len(model.asked) == 2
    assert [one.status for one in interactions(kit)[-2:]] == ["context_too_long"] * 2
    assert f"ai-session.sh context {NAME}" in result.error.hint


def test_an_answer_to_far_less_than_was_sent_is_warned_of(kit):
    model, kit = talked(kit, answer("done"))

    assert "has read 100 tokens of about" in run(JOB, model, kit).warnings[0]


def test_a_second_refusal_teaches_what_the_second_request_was(kit):
    unsaid = answer("", "", failure=Failure("context_too_long", "too long"))
    model, kit = talked(kit, unsaid, unsaid)
    attempt(JOB, model, kit)

    first, second = (
        entry.value["tokens"]
        for entry in kit.store.entries(NAME)
        if isinstance(entry, Change) and entry.key.startswith("window.")
    )
    assert second < first * 3 // 4


def test_a_question_that_is_too_long_by_itself_is_asked_once(kit):
    model = Scripted([answer("", "", failure=TOO_LONG)], FORGETFUL)

    with pytest.raises(ProviderError, match="too long"):
        run(JOB, model, kit)
    assert window_in(kit, NAME, model, "") < 4096


def test_an_agent_that_keeps_its_context_is_not_asked_again(kit):
    agent = Scripted([answer(), failed("context_too_long")])
    run(JOB, agent, kit)

    with pytest.raises(ProviderError):
        run(JOB, agent, kit)
    assert kit.store.read(NAME).windows == {}


def test_a_conversation_is_summarized_before_it_fills_the_window(kit):
    _model, kit = talked(kit, window=4000)

    session = kit.store.read(NAME)
    assert session.summary_seq > 0
    asked = kit.memory.context(kit.store, NAME, limit=3000)
    assert asked.left_out == 0


def test_a_summary_that_fails_is_a_warning(kit):
    class Broken(ExtractiveItems):
        def fold(self, fold):
            raise ConfigError("no summary today")

    broken = replace(kit, memory=Memory(Rules(Broken())))
    done = Reply("done", "m-1", Usage(5000, 20))
    model, broken = talked(broken, done, window=4000)
    result = run(JOB, model, broken)

    assert result.text == "done"
    assert result.warnings == (
        "nothing was summarized: no summary today",
        "summarize: no summary today",
    )


def test_an_agent_that_takes_over_is_told_how_the_work_stands_and_one_that_goes_on_is_not(kit):
    job = replace(JOB, brief=lambda: "T1.1 is done.")
    first, second = Scripted([answer(), answer()], name="first"), Scripted([answer()], name="other")
    for agent in (first, second, first):
        run(job, agent, kit)

    prompts = [request.prompt for request in (*first.asked, *second.asked)]
    assert ["T1.1 is done." in prompt for prompt in prompts] == [False, False, True]


class Engine:
    """A loaded model that counts four characters as a token, and refuses more than it holds."""

    def __init__(self, holds):
        self.holds, self.sent = holds, []

    def handle_chat_completions(self, body, hear):
        tokens = sum(len(one["content"]) // 4 for one in body["messages"])
        self.sent.append(tokens)
        if tokens > self.holds:
            told = f"request ({tokens} tokens) exceeds the available context size"
            error = {"code": 400, "message": told, "type": "exceed_context_size_error"}
            hear({"error": {**error, "n_prompt_tokens": tokens, "n_ctx": self.holds}})
            return
        hear({"choices": [{"index": 0, "finish_reason": "stop", "delta": {"content": LONG}}]})


def local(tmp_path, engine, context):
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF")
    return Local(str(tmp_path / "tiny.gguf"), tmp_path, context, lambda _path, _context: engine)


def window_of(provider, model):
    return provider.window(model)


def test_a_model_in_this_process_is_never_told_more_than_it_is_loaded_with(kit, tmp_path):
    engine = Engine(4096)
    for _time in range(30):
        run(JOB, local(tmp_path, engine, 4096), replace(kit, window_of=window_of))

    assert max(engine.sent) <= 4096
    assert engine.sent[-1] > 500


def test_a_model_in_this_process_that_holds_less_is_asked_again(kit, tmp_path):
    engine = Engine(4096)
    model = local(tmp_path, engine, 32_000)
    calls = [run(JOB, model, replace(kit, window_of=window_of)) for _time in range(30)]

    assert sum(bool(one.before) for one in calls) == 1
    assert sum(tokens > 4096 for tokens in engine.sent) == 1


OWN = (Message("system", "Be brief."), Message("user", "1 + 1?"), Message("assistant", "2"))
TALKS = Quirks(keeps_context=False, edits_files=False)


def asks(*said, prompt="And 2 + 2?"):
    """A job that brings its history."""
    return replace(JOB, prompt=prompt, history=said)


def test_of_a_history_that_a_job_brings_the_log_gets_what_it_lacks(kit):
    run(asks(*OWN), Scripted([answer("4")], TALKS), kit)
    more = (*OWN, Message("user", "And 2 + 2?"), Message("assistant", "4"))
    run(asks(*more, prompt="Sure?"), Scripted([answer("Yes.")], TALKS), kit)

    assert [texts(one.messages) for one in interactions(kit)] == [
        ["Be brief.", "1 + 1?", "2", "And 2 + 2?", "4"],
        ["Sure?", "Yes."],
    ]


def test_tool_calls_and_images_of_it_are_on_record(kit):
    call = Message("assistant", "", tool_calls=(ToolCall("c1", "add", {"a": 1}),))
    result = Message("tool", "2", name="add", tool_call_id="c1")
    image = Message("user", "", parts=({"type": "image_url", "image_url": {"url": "http://a/b"}},))
    run(asks(image, call, result, prompt=""), Scripted([answer("two")], TALKS), kit)

    said = interactions(kit)[0].messages
    assert [replace(one, at="") for one in said[:3]] == [image, call, result]
    assert [one.role for one in said] == ["user", "assistant", "tool", "assistant"]
    assert all(one.at for one in said)


def test_an_agent_goes_on_in_no_conversation_that_it_keeps_when_the_job_brings_its_own(kit):
    agent = Scripted([answer(), answer("4", "id-2"), answer()])
    run(JOB, agent, kit)
    run(asks(*OWN), agent, kit)

    assert (agent.asked[1].resume, agent.asked[1].ephemeral) == (None, True)
    assert kit.store.read(NAME).resume["scripted"].id == "id-1"


def test_a_history_of_its_own_that_is_too_long_is_not_cut(kit):
    model = Scripted([failed("context_too_long"), answer()], TALKS)
    result = attempt(asks(*OWN), model, kit)

    assert (len(model.asked), type(result.error)) == (1, ProviderError)


def test_the_log_of_a_broken_call_has_what_the_history_lacked(kit):
    class Breaks(Scripted):
        def run(self, request, watch):
            watch(Event("text", "4 it", begins=True))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(asks(*OWN), Breaks([], TALKS), kit)

    assert texts(interactions(kit)[0].messages) == [
        *("Be brief.", "1 + 1?", "2", "And 2 + 2?", "4 it"),
    ]
