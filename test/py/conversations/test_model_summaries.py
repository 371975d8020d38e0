"""A model's summary is taken when it holds; whatever else it does, rules write one and say so."""

import json

import pytest

from ai_sessions.conversations.model_summaries import Answer, ModelSummarizer, Stopped
from ai_sessions.errors import (
    ConfigError,
    LimitReached,
    LockBusy,
    NotFound,
    ProviderError,
    TimedOut,
)
from ai_sessions.memory.failures import warning
from ai_sessions.memory.items import Item, to_json
from ai_sessions.memory.summarizer import Draft, Fold
from ai_sessions.records import Message, Summary
from ai_sessions.stopping import Stop

MESSAGES = (
    Message("user", "Deploy the payments service to port 8080. " * 5, id="1.0"),
    Message("assistant", "Deployed; 12 tests passed. " * 5, id="2.0"),
)
COMMAND = Item("command", "make test", ("2.0",))


class ByRules:
    name = "rules"
    needs_model = False

    def __init__(self, text="by rules"):
        self.text = text

    def fold(self, _fold):
        return Draft(self.text, (Item("said", "by rules", ("1.0",)), COMMAND), detail={"own": 1})


class Model:
    """Answers as it is told, raises what is an error, and keeps what it was asked."""

    def __init__(self, *answers, window=None):
        self.answers, self.asked, self.stops = list(answers), [], []
        self.window = window if callable(window) else lambda _session: window

    def stopped_by(self, stop):
        self.stops.append(stop)
        return self

    def ask(self, session, prompt, schema):
        self.asked.append((session, prompt, schema))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Answer(answer, "haiku-9")


def told(text, *sources):
    items = [{"kind": "fact", "text": text, "sources": sources or ["1.0"]}]
    return json.dumps({"items": items})


GOOD, LIE = told("Payments are on port 8080"), told("Payments are on port 9999")


def fold(before=None, **more):
    return Fold(before, MESSAGES, 100, session="chat", **more)


def summarized(model, before=None, by="openai haiku", **more):
    return ModelSummarizer(model, ByRules(), by).fold(fold(before, **more))


def summary(draft):
    items = tuple(map(to_json, draft.items))
    return Summary(draft.text, 2, kind=draft.kind, detail=draft.detail, items=items, seq=3)


def test_an_answer_that_holds_is_taken_with_the_commands_that_passed():
    model = Model(GOOD)
    draft = summarized(model)

    assert (draft.kind, draft.model, draft.detail) == ("model", "haiku-9", {})
    assert "Payments are on port 8080" in draft.text
    assert draft.items[1:] == (COMMAND,)
    assert len(model.asked) == 1
    assert model.asked[0][0] == "chat"
    assert warning(summary(draft)) == ""


def test_an_answer_that_lies_is_asked_for_once_more_with_the_lie():
    model = Model(LIE, GOOD)

    assert summarized(model).kind == "model"
    assert "do not say: 9999" in model.asked[1][1]
    assert model.asked[1][1].startswith(model.asked[0][1])


@pytest.mark.parametrize("bad", [LIE, "", "I cannot.", GOOD[:-9], "{}", told(""), "x" * 10**7])
def test_after_two_answers_that_do_not_hold_rules_write_it(bad):
    model = Model(bad, bad)
    draft = summarized(model)

    assert (draft.text, draft.kind) == ("by rules", "extractive")
    assert (draft.detail["own"], draft.detail["failures"]) == (1, 1)
    assert "answers could not be taken" in draft.detail["failed"]
    assert model.answers == []


@pytest.mark.parametrize(
    ("error", "failures"),
    [
        (TimedOut("too long"), 1),
        (ProviderError("openai: server"), 1),
        (NotFound("no such model"), 1),
        (LimitReached("the day budget is used up"), 0),
        (ConfigError("OPENAI_API_KEY is not set"), 0),
        (LockBusy("session chat is in use"), 0),
        (Stopped("it was stopped"), 0),
    ],
    ids=repr,
)
def test_where_no_answer_came_rules_write_it_at_once(error, failures):
    model = Model(error)
    draft = summarized(model)

    assert draft.text == "by rules"
    assert (draft.detail["failed"], draft.detail["failures"]) == (error.message, failures)
    assert len(model.asked) == 1
    assert f"rules wrote it: {error.message}" in warning(summary(draft))


def failed(times, before=None):
    """The summary after so many failures in a row."""
    for _ in range(times):
        before = summary(summarized(Model(TimedOut("too long")), before))
    return before


def test_after_three_failures_in_a_row_it_is_not_asked_any_more():
    before, model = failed(3), Model()
    draft = summarized(model, before)

    assert model.asked == []
    assert draft.detail["failures"] == 3
    assert "asked no more in this session" in warning(before)
    assert "asked no more in this session" in warning(summary(draft))
    assert summarized(model, summary(draft)).text == "by rules"


@pytest.mark.parametrize(
    ("before", "more"),
    [
        (failed(2), {}),
        (failed(3), {"insists": True}),
        (failed(3), {"by": "openai other"}),
        (Summary("x", 1, detail={"failures": "many", "by": "openai haiku"}), {}),
    ],
    ids=["two", "somebody insists", "another model", "edited"],
)
def test_else_it_is_asked_again_and_what_it_says_ends_the_row(before, more):
    draft = summarized(Model(GOOD), before, **more)

    assert (draft.kind, draft.detail) == ("model", {})


def test_what_was_not_its_fault_leaves_the_row_as_it_is():
    before = failed(2)
    busy = summarized(Model(LockBusy("busy")), before)

    assert busy.detail["failures"] == 2


def test_it_is_asked_no_more_than_it_can_hold():
    model = Model(GOOD, window=2000)
    long = Fold(None, (Message("user", "Payments to port 8080. " * 9000, id="1.0"),), 100)
    ModelSummarizer(model, ByRules()).fold(long)

    assert long.count(model.asked[0][1]) < 2000


def test_a_window_that_cannot_be_found_out_is_a_failure_as_any_other():
    def nobody(_session):
        raise ConfigError("AI_MODEL is not set")

    assert ModelSummarizer(Model(window=nobody), ByRules()).fold(fold()).text == "by rules"


def test_what_was_said_of_a_summary_by_somebody_else_is_no_warning():
    assert warning(Summary("x", 1, detail={"failed": 3})) == ""


LONG = Fold(
    None,
    tuple(
        Message("user", f"Part {number} goes to port {8000 + number}. " * 300, id=f"{number}.0")
        for number in range(1, 5)
    ),
    100,
    session="chat",
)


def in_steps(model):
    model.window = lambda _session: 14_000
    return ModelSummarizer(model, ByRules(), "x").fold(LONG)


def test_more_than_it_can_hold_is_summarized_in_steps_on_top_of_each_other():
    first = told("Part 1 goes to port 8001")
    second = told("Part 1 goes to port 8001 and part 4 to port 8004", "1.0", "4.0")
    model = Model(first, second)
    draft = in_steps(model)

    assert "port 8004" in draft.text
    assert draft.items[0].sources == ("1.0", "4.0")
    prompts = [prompt for _session, prompt, _schema in model.asked]
    assert "message 4.0" not in prompts[0]
    assert "item of 1.0, fact\nPart 1 goes to port 8001\n" in prompts[1]
    assert "message 1.0" not in prompts[1]


def test_a_step_that_fails_leaves_it_to_rules():
    assert (
        in_steps(Model(told("Part 1 goes to port 8001"), TimedOut("too long"))).text == "by rules"
    )


def test_who_may_stop_it_is_told_to_the_model():
    stop, model = Stop(), Model(GOOD)
    made = ModelSummarizer(model, ByRules(), "x").stopped_by(stop)

    assert made.fold(fold()).kind == "model"
    assert model.stops == [stop]


def test_where_words_are_not_kept_nobody_is_asked():
    model = Model()
    silent = Fold(None, (Message("user", "", id="1.0"), Message("assistant", " ", id="2.0")), 100)

    assert ModelSummarizer(model, ByRules()).fold(silent).text == "by rules"
    assert model.asked == []


def test_a_failure_is_kept_where_rules_find_nothing_to_say():
    draft = ModelSummarizer(Model(TimedOut("too long")), ByRules(" "), "x").fold(fold())

    assert draft.text == "Nothing was said that rules could keep."
    assert draft.detail["failures"] == 1
