"""System texts stay word for word over summaries and breaks, whoever wrote these."""

import pytest

from ai_sessions.conversations import family, messages, segments, summaries, system_texts
from ai_sessions.conversations.forking import fork
from ai_sessions.records import About, Message, Segment, Summary

NAME = "chat"


@pytest.fixture
def say(store, now):
    store.ensure(NAME, About(kind="chat"))

    def add(*told, name=NAME):
        for one in told:
            role = "system" if one.startswith("rule") else "user"
            messages.add_message(store, now, name, Message(role, one))

    return add


def texts(store, name=NAME):
    session = store.read(name)
    found = system_texts.before(store, session, summaries.newest(store, session))
    return [one.text for one in found]


def test_before_anything_is_covered_they_are_those_of_the_beginning(store, say):
    say("rule 1", "rule 2", "hello", "rule 3")

    assert texts(store) == ["rule 1", "rule 2"]


def test_a_break_keeps_those_of_the_middle_too(store, say):
    say("rule 1", "hello", "rule 2", "bye")
    for _ in range(2):
        segments.clear(store, NAME)
        say("again")

    assert texts(store) == ["rule 1", "rule 2"]


@pytest.mark.parametrize(
    "entry", [Segment("clear"), Summary("They spoke.", covers_to=4, kind="native", model="m")]
)
def test_where_nobody_noted_them_the_log_tells(store, say, entry):
    say("rule 1", "hello", "rule 2", "bye")
    store.append(NAME, [entry])

    assert texts(store) == ["rule 1", "rule 2"]
    say("rule 3")
    segments.clear(store, NAME)
    assert texts(store) == ["rule 1", "rule 2", "rule 3"]


def test_the_log_is_not_read_again_for_those_that_are_noted(store, say, monkeypatch):
    say("rule 1", "hello")
    segments.clear(store, NAME)
    say("rule 2", "bye")
    monkeypatch.setattr(system_texts, "_own", None)

    segments.clear(store, NAME)
    assert texts(store) == ["rule 1", "rule 2"]


def test_a_fork_has_those_of_the_past_that_it_shares(store, say, now):
    say("rule 1", "hello", "rule 2")
    fork(store, NAME, "other", now)
    say("rule 3", "bye", name="other")
    segments.clear(store, "other")

    assert texts(store, "other") == ["rule 1", "rule 2", "rule 3"]


def test_a_link_is_no_rule_so_a_break_ends_it(store, say, now):
    say("rule 1", "hello")
    store.ensure("other", About())
    family.link(store, NAME, "other", "same customer")
    segments.clear(store, NAME)

    assert texts(store) == ["rule 1"]
