"""A gauge never says too little: what may be due is looked at."""

import pytest

from ai_sessions.conversations import messages, summaries
from ai_sessions.conversations.gauges import Gauges
from ai_sessions.conversations.summaries import Rules
from ai_sessions.records import About, Message


def test_what_nobody_looked_at_may_have_all_that_was_said():
    assert Gauges().may_have("u", 700, 700)
    assert not Gauges().may_have("u", 700, 699)


def test_what_is_told_grows_no_faster_than_what_was_said():
    gauges = Gauges()
    gauges.set("u", told=300, at_most=10_000)

    assert not gauges.may_have("u", 700, 10_399)
    assert gauges.may_have("u", 700, 10_400)
    assert gauges.may_have("another", 700, 10_399)


def test_those_that_were_looked_at_longest_ago_are_forgotten():
    gauges = Gauges(most=1)
    gauges.set("u", 300, 10_000)
    gauges.set("v", 300, 10_000)

    assert gauges.may_have("u", 700, 10_000)
    assert not gauges.may_have("v", 700, 10_000)


@pytest.mark.parametrize("size", [1, 40, 400])
def test_it_folds_when_it_would_without(store, now, size):
    gauges, folded = Gauges(), {True: [], False: []}
    for name in ("with", "without"):
        store.ensure(name, About(kind="chat"))
    for number in range(60):
        for name in ("with", "without"):
            message = Message("user", f"{number}: " + "some words " * size)
            messages.add_message(store, now, name, message)
            known = gauges if name == "with" else None
            session = store.read(name)
            found = summaries.fold_if_due(store, now, session, Rules(fewest=2), 4000, known)
            folded[name == "with"].append(bool(found))

    assert folded[True] == folded[False]


def test_a_message_that_cannot_be_due_makes_no_log_be_read(store, now, monkeypatch):
    store.ensure("chat", About(kind="chat"))
    gauges, looks = Gauges(), []
    look = messages.said
    monkeypatch.setattr(messages, "said", lambda *a, **k: looks.append(a) or look(*a, **k))
    for number in range(300):
        messages.add_message(store, now, "chat", Message("user", f"{number}: some more words"))
        summaries.fold_if_due(store, now, store.read("chat"), Rules(), 1000, gauges)

    assert store.read("chat").summary_seq >= 0
    assert len(looks) < 60
