"""Calls that are told the whole conversation: what is passed on, and what is left of failures."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ai_sessions.conversations import whole
from ai_sessions.conversations.whole import Heard
from ai_sessions.errors import ConfigError, NotFound, StorageError
from ai_sessions.jobs import Job, Kit
from ai_sessions.providers.contract import CallPiece, Event, Failure, Quirks, Reply
from ai_sessions.records import About, Cost, Message, ToolCall
from ai_sessions.rotating.fallback import Answerer
from ai_sessions.store.concurrent import Concurrent
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 11, 30, tzinfo=UTC)


class Model:
    name = "model"

    def __init__(self, *, is_agent=False, failure=None):
        self.quirks = Quirks(keeps_context=is_agent, edits_files=is_agent)
        self.failure = failure

    def run(self, _request, watch):
        watch(Event("text", "let me see" if self.quirks.keeps_context else "Yo"))
        return Reply("Yo", "m", failure=self.failure)


class Full(MemoryStore):
    """The medium is full."""

    error = StorageError("no space left")

    def append(self, *_given, **_more):
        raise self.error


@pytest.fixture
def store():
    return MemoryStore()


def ask(store, model, heard, **more):
    def made():
        if isinstance(model, Exception):
            raise model
        return model, "m"

    history = (Message("user", "Hi"), Message("assistant", "Yo"))
    job = Job("s", About(kind="chat"), "And?", Path(), "chat", history=history)
    kit = Kit(store, lambda *_: Cost(0), lambda: NOW, **more)
    store.ensure("s", job.about)
    return whole.ask(job, [Answerer("model", made)], kit, Concurrent(store), heard)


def test_the_pieces_of_a_model_are_passed_on_and_an_agents_answer_when_it_is_whole(store):
    pieces, of_agent = [], []
    ask(store, Model(), Heard(pieces.append))
    ask(store, Model(is_agent=True), Heard(of_agent.append))

    assert (pieces, of_agent) == (["Yo"], ["Yo"])


def test_what_an_agent_said_before_it_failed_is_not_passed_on(store):
    pieces = []
    result = ask(store, Model(is_agent=True, failure=Failure("server", "x")), Heard(pieces.append))

    assert (result.error.message, pieces) == ("model: x", [])


def test_who_may_not_be_asked_is_not(store):
    def refuse(_provider):
        raise ConfigError("not this one")

    with pytest.raises(ConfigError, match="not this one"):
        ask(store, Model(), Heard(lambda _piece: None, refuse))


def test_a_session_that_was_made_for_a_call_that_nobody_took_is_gone(store):
    with pytest.raises(ConfigError):
        ask(store, ConfigError("no key"), Heard(lambda _piece: None))
    with pytest.raises(NotFound):
        store.read("s")


def test_an_answer_is_given_though_it_cannot_be_kept_and_nothing_follows_it():
    steps, noted = [], []

    result = ask(
        Full(),
        Model(),
        Heard(lambda _piece: None),
        steps=(lambda *_: steps.append(1),),
        on_recorded=noted.append,
    )

    assert (result.text, steps, noted) == ("Yo", [], [])
    assert result.warnings == ("an answer is not on record: no space left",)


def test_who_is_told_of_a_lost_answer_is_told_where_it_is_safe():
    class Spooled(Full):
        error = StorageError("in use by pid 7", "the answer is safe in .spool")

    result = ask(Spooled(), Model(), Heard(lambda _piece: None))

    told = "an answer is not on record: in use by pid 7 (the answer is safe in .spool)"
    assert result.warnings == (told,)


def test_the_calls_of_an_answer_are_passed_on_as_they_come_or_at_its_end(store):
    call, live, late = ToolCall("c1", "add", {"a": 1}), [], []
    piece = CallPiece(0, "{", "c1", "add")

    class Calling(Model):
        def run(self, _request, watch):
            if self.failure is None:
                watch(Event("call", call=piece))
            return Reply("", "m", tool_calls=(call,))

    ask(store, Calling(), Heard(print, hear_call=live.append))
    result = ask(store, Calling(failure="tells no pieces"), Heard(print, hear_call=late.append))

    assert (live, late) == ([piece], [CallPiece(0, '{"a": 1}', "c1", "add")])
    assert result.interaction.messages[-1].tool_calls == result.tool_calls == (call,)
