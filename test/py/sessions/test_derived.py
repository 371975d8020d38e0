"""What counts as made of an entry: more than the entry itself, and no more than needed."""

from dataclasses import replace

import pytest

from ai_sessions.records import (
    About,
    Change,
    Interaction,
    Message,
    Parent,
    Pin,
    Said,
    Segment,
    Summary,
)
from ai_sessions.sessions import derived
from ai_sessions.store.memory import MemoryStore

TEXT = "Please call Ann Miller\n at 5, not before."


def made_of(*entries, text=TEXT):
    """Kinds of those of `entries` that are made of a message before them."""
    store = MemoryStore()
    store.append("chat", [Said(Message("user", text)), *entries])
    source = list(store.plain_entries("chat"))[1]
    return [one.kind for one in derived.places(store, "chat", [source])]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (Summary("x", 1), ["summary"]),
        (Summary("x", 9, 1), ["summary"]),
        (Summary("x", 9, 2), []),
        (Pin("k", "x", "1.0"), ["pin"]),
        (Pin("k", "x", "11.0"), []),
        (Pin("k", "call Ann  MILLER at 5"), ["pin"]),
        (Pin("k", f"Keep: {TEXT}"), ["pin"]),
        (Pin("k", "at"), ["pin"]),
        (Pin("k", "An"), []),
        (Pin("k", None), []),
        (Change("title", "Please call Ann Mil…"), ["title"]),
        (Change("title", "Please call Ann Mil..."), ["title"]),
        (Change("title", "Please call Ann Mil"), []),
        (Change("title", "Please phone Ann"), []),
        (Change("title", "…"), []),
        (Change("description", "Ann Miller"), ["description"]),
        (Change("tags", ["Ann Miller"]), []),
        (Segment("clear", {"system": [{"id": "1.0", "text": TEXT}]}), ["segment"]),
        (Segment("clear", {"system": [{"id": "11.0", "text": "be brief"}]}), []),
        (Segment("clear", {"system": "none"}), []),
        (Said(Message("user", TEXT)), []),
    ],
    ids=str,
)
def test_what_is_made_of_a_message(entry, expected):
    assert made_of(entry) == expected


def test_a_short_answer_is_not_taken_for_a_part_of_every_pin():
    assert made_of(Pin("k", "ok, whatever you say"), text="ok") == []


def test_a_summary_that_continues_one_that_covers_it():
    assert made_of(Summary("a", 1), Summary("b", 9, 8, based_on=2), Summary("c", 9, 8)) == [
        "summary",
        "summary",
    ]


def test_a_fork_that_left_before_shares_nothing_of_it():
    store = MemoryStore()
    store.append("chat", [Said(Message("user", "first")), Said(Message("user", TEXT))])
    uid = store.read("chat").uid
    for name, seq in (("before", 1), ("after", 2), ("child", None)):
        store.ensure(name, About(parent=Parent("chat", uid, seq)))
        store.append(name, [Summary("x", 1)])
    source = list(store.plain_entries("chat"))[2]

    assert [one.session for one in derived.places(store, "chat", [source])] == ["after"]


def test_a_break_of_a_fork_that_keeps_a_shared_system_text():
    store = MemoryStore()
    store.append("chat", [Said(Message("system", TEXT))])
    uid = store.read("chat").uid
    store.ensure("fork", About(parent=Parent("chat", uid, 1)))
    kept = [{"id": f"{uid}:1.0", "text": TEXT}]
    store.append("fork", [Segment("clear", {"system": kept}), Segment("clear", {"system": []})])
    source = list(store.plain_entries("chat"))[1]

    found = [(one.session, one.seq) for one in derived.places(store, "chat", [source])]
    assert found == [("fork", 1)]


def test_what_is_redacted_already_is_not_told_again():
    store = MemoryStore()
    store.append("chat", [Said(Message("user", TEXT)), Summary("x", 1), Summary("y", 1)])
    store.redact("chat", 2)
    source = list(store.plain_entries("chat"))[1]

    assert [one.seq for one in derived.places(store, "chat", [source])] == [3]


def test_a_title_that_was_there_before_is_not_made_of_it():
    store = MemoryStore()
    store.ensure("chat", About(kind="chat", title="Ann Miller"))
    store.append("chat", [Change("description", "call Ann Miller"), Said(Message("user", TEXT))])
    store.append("chat", [Change("title", "Please call Ann")])
    store.ensure(
        "same", About(title="Ann Miller", parent=Parent("chat", store.read("chat").uid, 2))
    )
    store.ensure("fork", About(title="Please call Ann", parent=store.read("same").about.parent))
    source = list(store.plain_entries("chat"))[2]

    found = derived.places(store, "chat", [source])
    assert [(one.session, one.seq) for one in found] == [("fork", 0), ("chat", 3)]


def test_a_call_for_a_summary_may_quote_all_before_it_and_nothing_after():
    said = (Message("user", "sum up"), Message("assistant", "she wants to be called"))
    aside = Interaction("s", "", "claude", "haiku", said, purpose="summary")
    store = MemoryStore()
    store.append("chat", [aside, Said(Message("user", TEXT)), replace(aside, id="t")])
    source = list(store.plain_entries("chat"))[2]

    assert [one.seq for one in derived.places(store, "chat", [source])] == [3]
