"""A fork is told of its parents' past what they were told of it, wherever it left them."""

import pytest

from ai_sessions.conversations import context, inherited, messages, segments, summaries
from ai_sessions.conversations.forking import fork
from ai_sessions.conversations.summaries import Rules
from ai_sessions.records import About, Message

NAME = "parent"
WORDS = "and the retries of card payments are counted by the gateway of the other bank"


@pytest.fixture
def say(store, now):
    store.ensure(NAME, About(kind="chat"))

    def more(first, last, name=NAME):
        for number in range(first, last):
            role = "assistant" if number % 2 else "user"
            text = f"number {number:03} {WORDS}"
            messages.add_message(store, now, name, Message(role, text))

    return more


def told(store, name):
    return [one.text[:10] for one in context.build(store, name, 500).messages]


def rule(store, now, text, name=NAME):
    messages.add_message(store, now, name, Message("system", text))


def test_a_session_that_is_no_fork_inherits_nothing(store, say):
    assert inherited.of(store, store.read(NAME)) == inherited.Inherited()


def test_a_fork_has_the_summary_of_its_parent(store, now, say):
    rule(store, now, "be brief")
    say(0, 20)
    rule(store, now, "be kind")
    say(20, 40)
    summary = summaries.fold(store, now, NAME, Rules())
    fork(store, NAME, "child", now)

    assert told(store, "child") == told(store, NAME)
    assert summaries.newest(store, store.read("child")).text == summary.text
    say(40, 60, "child")
    own = summaries.fold(store, now, "child", Rules())
    assert own.based_on == -1
    assert "number" in own.text
    assert told(store, "child")[:2] == ["be brief", "be kind"]


def test_what_was_cleared_before_the_fork_is_not_told(store, now, say):
    rule(store, now, "be brief")
    say(0, 10)
    segments.clear(store, NAME)
    say(10, 14)
    fork(store, NAME, "child", now)

    assert told(store, "child") == [
        "be brief",
        "number 010",
        "number 011",
        "number 012",
        "number 013",
    ]
    assert told(store, "child") == told(store, NAME)


def test_what_came_after_the_point_of_the_fork_counts_for_the_parent_alone(store, now, say):
    say(0, 20)
    point = messages.said(store, NAME)[9].id
    first = summaries.fold(store, now, NAME, Rules())
    segments.clear(store, NAME)
    fork(store, NAME, "child", now, point)

    assert first.covers_to > 0
    assert told(store, "child") == [f"number {number:03}" for number in range(10)]


def test_a_fork_of_a_fork_has_what_either_has(store, now, say):
    say(0, 20)
    summary = summaries.fold(store, now, NAME, Rules())
    fork(store, NAME, "child", now)
    say(20, 22, "child")
    segments.clear(store, "child")
    say(22, 24, "child")
    fork(store, "child", "grandchild", now)

    newest = summaries.newest(store, store.read("grandchild"))
    assert newest.text == summary.text
    assert told(store, "grandchild")[1:] == ["number 022", "number 023"]
    segments.clear(store, "grandchild")
    assert len(told(store, "grandchild")) == 1


def test_of_a_past_no_more_is_read_than_is_told(store, now, say, monkeypatch):
    rule(store, now, "be brief")
    say(0, 300)
    summaries.fold(store, now, NAME, Rules(), 1_000)
    fork(store, NAME, "child", now)
    expected, read, entries = told(store, NAME), [], type(store).entries

    def reading(self, *args, **named):
        for entry in entries(self, *args, **named):
            read.append(entry)
            yield entry

    monkeypatch.setattr(type(store), "entries", reading)

    assert told(store, "child") == expected
    assert len(read) < 60
