"""The limit of a conversation: its own, and what the model can hold."""

import pytest

from ai_sessions.conversations import messages
from ai_sessions.conversations.memory import Memory
from ai_sessions.conversations.summaries import Rules
from ai_sessions.memory.recall import Recalled
from ai_sessions.records import About, Message
from ai_sessions.stopping import Stop


@pytest.mark.parametrize(
    ("own", "window", "limit"),
    [
        (None, None, None),
        (4000, None, 4000),
        (4000, 200_000, 4000),
        (None, 32_000, 32_000 - 4096),
        (None, 2000, 1500),  # a small window keeps three quarters for what it is told
        (4000, 2000, 1500),
    ],
)
def test_the_limit_is_the_smaller_of_both(store, own, window, limit):
    session = store.ensure("chat", About(kind="chat", token_limit=own))

    assert Memory().limit(session, window) == limit


def test_what_is_asked_is_looked_for_in_what_is_not_told(store, now):
    looked = []

    def recall(session, question, until, most_tokens):
        looked.append((session.name, question, until, most_tokens))
        return (Recalled("The port is 8080.", "1.0", "user", "2026-11-01"),)

    store.ensure("chat", About(kind="chat"))
    for number in range(30):
        messages.add_message(store, now, "chat", Message("user", f"number {number}"))
    told = Memory(recall=recall).context(store, "chat", 4, limit=2000, question="which port?")

    assert looked == [("chat", "which port?", 26, 200)]
    assert "The port is 8080." in told.messages[0].text
    assert [part.name for part in told.parts] == ["recall", "tail"]


def test_nothing_is_looked_for_where_all_is_told(store, now):
    def recall(*_asked):
        raise AssertionError("nothing was folded away")

    store.ensure("chat", About(kind="chat"))
    messages.add_message(store, now, "chat", Message("user", "hello"))

    assert len(Memory(recall=recall).context(store, "chat", limit=2000).messages) == 1


def test_who_waits_for_a_summary_may_stop_it():
    class Waits:
        name, needs_model = "waits", True

        def stopped_by(self, stop):
            return stop

    stop, by_rules = Stop(), Memory()
    assert Memory(Rules(summarizer=Waits())).stopped_by(stop).rules.summarizer is stop
    assert by_rules.stopped_by(stop) is by_rules
