"""The call for a summary goes through the line: counted like any other, told the prompt alone."""

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from ai_sessions.conversations import lineage, messages, summaries
from ai_sessions.conversations.memory import Memory
from ai_sessions.conversations.model_summaries import Answer, ModelSummarizer, Stopped
from ai_sessions.conversations.summaries import Rules
from ai_sessions.conversations.summary_calls import SummaryCalls
from ai_sessions.errors import LimitReached, LockBusy, TimedOut
from ai_sessions.jobs import Job, Kit
from ai_sessions.memory import failures
from ai_sessions.memory.extractive import ExtractiveItems
from ai_sessions.providers.contract import Event, Failure, Quirks, Reply
from ai_sessions.records import About, Cost, Interaction, Message, Resume, Usage
from ai_sessions.run import run
from ai_sessions.stopping import Stop

NOW = datetime(2026, 11, 29, tzinfo=UTC)
NAME = "plan-pay"
SCHEMA = {"type": "object"}


@dataclass
class Model:
    """Answers each request by `reply`, and keeps the requests."""

    reply: object = "{}"
    quirks: Quirks = Quirks(keeps_context=False, edits_files=False)
    name: str = "openai"
    asked: list = field(default_factory=list)

    def run(self, request, watch):
        self.asked.append(request)
        watch(Event("text", "the answer as it comes"))
        told = self.reply(request) if callable(self.reply) else self.reply
        if isinstance(told, Reply):
            return told
        return Reply(told, "haiku", Usage(100, 20), resume=Resume("its-own"))


def price(usage, _model, _at):
    return Cost(usage.total_tokens * 1000, "prices:x")


@pytest.fixture
def kit(store):
    def unexpected(*_what):
        raise AssertionError("a call for a summary has no steps")

    def watch(event):
        assert event.kind == "phase"
        assert event.text.endswith("summary")

    store.ensure(NAME, About("plan", "pay", kind="chat"))
    return Kit(store, price, lambda: NOW, watch=watch, steps=(unexpected,))


def calls(kit, model):
    return SummaryCalls(kit, lambda: (model, "haiku-1"), 1800.0)


def test_a_model_is_told_the_prompt_alone_in_an_empty_folder_and_keeps_nothing(kit):
    seen = []
    model = Model(lambda request: str(seen.append(os.listdir(request.cwd))))
    messages.add_message(kit.store, NOW, NAME, Message("user", "secret"))
    answer = calls(kit, model).ask(NAME, "sum it up", SCHEMA)

    (asked,) = model.asked
    assert answer == Answer("None", "haiku")
    assert (asked.prompt, asked.history, asked.resume) == ("sum it up", (), None)
    assert (asked.model, asked.schema, asked.access) == ("haiku-1", SCHEMA, "read")
    assert asked.ephemeral
    assert asked.timeout_s == 300.0
    assert seen == [[]]
    assert not asked.cwd.exists()


def test_it_counts_and_is_no_part_of_the_conversation(kit):
    messages.add_message(kit.store, NOW, NAME, Message("user", "hello"))
    calls(kit, Model()).ask(NAME, "sum it up", SCHEMA)

    session = kit.store.read(NAME)
    assert (session.totals.interactions, session.totals.cost_nusd) == (1, 120_000)
    assert (session.totals.messages, session.resume) == (1, {})
    (call,) = [one for one in kit.store.entries(NAME) if isinstance(one, Interaction)]
    assert (call.purpose, call.provider, call.status) == ("summary", "openai", "ok")
    assert [one.text for one in messages.said(kit.store, NAME)] == ["hello"]


def test_the_task_of_the_call_before_pays_for_it(kit):
    calls(kit, Model()).ask(NAME, "sum it up", SCHEMA)
    kit.store.append(NAME, [Interaction("i", "", "claude", "m", (), task="T1.1")])
    for _ in range(2):
        calls(kit, Model()).ask(NAME, "sum it up", SCHEMA)

    told = [one for one in kit.store.entries(NAME) if isinstance(one, Interaction)]
    assert [one.task for one in told] == ["", "T1.1", "T1.1", "T1.1"]


def test_the_log_has_the_answer_and_not_the_messages_once_more(kit):
    calls(kit, Model("an answer")).ask(NAME, "all that was said", SCHEMA)

    (call,) = [one for one in kit.store.entries(NAME) if isinstance(one, Interaction)]
    assert [one.text for one in call.messages] == [
        "[what to summarize and how, 17 characters]",
        "an answer",
    ]


def test_who_has_the_turn_is_not_waited_for(kit):
    model = Model()
    with kit.store.turn(NAME, 0), pytest.raises(LockBusy):
        calls(kit, model).ask(NAME, "sum it up", SCHEMA)

    assert model.asked == []


def test_a_budget_that_is_used_up_is_told_before_anything_is_called(kit):
    def used_up(_job, _provider, _id):
        raise LimitReached("the day budget is used up")

    model = Model()
    with pytest.raises(LimitReached):
        calls(replace(kit, reserve=used_up), model).ask(NAME, "sum it up", SCHEMA)

    assert model.asked == []


def test_a_call_that_was_stopped_is_no_failure_of_the_model(kit):
    stop = Stop()
    ended = Reply("half", "haiku", failure=Failure("interrupted", "stopped"))
    model = Model(lambda request: ended if request.stop is stop else "{}")
    with pytest.raises(Stopped):
        calls(kit, model).stopped_by(stop).ask(NAME, "sum it up", SCHEMA)

    summary = summed_up_by(kit, calls(kit, model).stopped_by(stop))
    assert (summary.kind, summary.detail["failures"]) == ("extractive", 0)


def summed_up_by(kit, model):
    say(kit, 12)
    made = ModelSummarizer(model, ExtractiveItems(), "openai haiku-1")
    return Memory(Rules(summarizer=made)).fold(kit.store, NOW, NAME)


def test_a_call_that_failed_is_on_record(kit):
    late = Reply("", "haiku", failure=Failure("timeout", "took too long"))
    with pytest.raises(TimedOut):
        calls(kit, Model(late)).ask(NAME, "sum it up", SCHEMA)

    assert kit.store.read(NAME).totals.errors == 1


def test_an_agent_that_writes_summaries_goes_on_with_its_conversation_afterwards(kit):
    agent = Model("done", Quirks(keeps_context=True, edits_files=True), name="claude")
    quiet = replace(kit, watch=lambda _event: None, steps=())
    job = Job(NAME, kit.store.read(NAME).about, "work", cwd=".", purpose="chat")
    run(job, agent, quiet)
    calls(kit, agent).ask(NAME, "sum it up", SCHEMA)
    run(replace(job, prompt="go on"), agent, quiet)

    assert [one.resume and one.resume.id for one in agent.asked] == [None, None, "its-own"]
    assert agent.asked[2].prompt == "go on"


# --- a whole fold


def say(kit, count):
    for number in range(count):
        role = "assistant" if number % 2 else "user"
        text = f"payment number {number} goes by the gateway of the other bank to port 8080"
        messages.add_message(kit.store, NOW, NAME, Message(role, text))


def memory(kit, model):
    summarizer = ModelSummarizer(calls(kit, model), ExtractiveItems(), "openai haiku-1")
    return Memory(Rules(summarizer=summarizer, most_tokens=60))


TELLS = '{"items": [{"kind": "fact", "text": "Payments go to port 8080", "sources": ["1.0"]}]}'


def test_a_model_writes_the_summary_of_a_conversation(kit):
    say(kit, 12)
    summary = memory(kit, Model(TELLS)).fold(kit.store, NOW, NAME)

    assert (summary.kind, summary.model) == ("model", "haiku")
    assert "Payments go to port 8080" in summary.text
    assert kit.store.read(NAME).totals.cost_nusd == 120_000


def test_messages_that_come_while_the_model_thinks_stay_in_the_tail(kit):
    say(kit, 12)

    def slowly(_request):
        messages.add_message(kit.store, NOW, NAME, Message("user", "meanwhile"))
        return TELLS

    summary = memory(kit, Model(slowly)).fold(kit.store, NOW, NAME)

    after = messages.said(kit.store, NAME, after=summary.covers_to)
    assert after[-1].text == "meanwhile"
    whole = [one for entry in kit.store.entries(NAME) for one in lineage.messages(entry)]
    assert len(whole) == 13


def test_of_two_who_summarize_at_once_one_wins_and_both_calls_are_on_record(kit):
    say(kit, 12)
    others = []

    def slowly(_request):
        rules = Memory(Rules(most_tokens=60))
        others.append(rules.fold(kit.store, NOW, NAME))
        return TELLS

    mine = memory(kit, Model(slowly)).fold(kit.store, NOW, NAME)

    session = kit.store.read(NAME)
    newest = summaries.newest(kit.store, session)
    assert (newest.kind, newest.seq) == ("extractive", others[0].seq)
    assert mine is None or mine.seq == newest.seq
    assert session.totals.interactions == 1
    assert sum(type(one).__name__ == "Summary" for one in kit.store.entries(NAME)) == 1


def test_a_model_that_fails_costs_nobody_their_conversation(kit):
    say(kit, 12)
    model = Model(Reply("", "haiku", failure=Failure("server", "broken")))
    summary = memory(kit, model).fold(kit.store, NOW, NAME)

    assert summary.kind == "extractive"
    assert "broken" in summary.detail["failed"]
    assert "broken" in failures.warning(summary)
    assert kit.store.read(NAME).calling == {}


@pytest.mark.parametrize(("known", "window"), [(None, 32_000), (8_000, 8_000)])
def test_a_model_holds_as_much_as_is_known_of_it(kit, known, window):
    told = replace(kit, window_of=lambda _provider, _model: known)

    assert calls(told, Model()).window(NAME) == window
