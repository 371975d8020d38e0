"""Records as entries of a journal, and back."""

import dataclasses

import pytest

from ai_sessions.records import (
    About,
    Change,
    Message,
    Note,
    Parent,
    Pin,
    Said,
    Segment,
    Summary,
    Unknown,
)
from ai_sessions.store.entries import first_entry, numbered, plain_of, record_of, shortened

AT = "2026-11-29T07:00:00.000Z"
ITEM = {"text": "amber-42", "from": ["1.0"]}
RECORDS = [
    Said(Message("user", "hi", at=AT)),
    Change("state.a", {"b": [1]}, AT),
    Note("todo", {"event": "start"}, AT),
    Summary("so far", 9, 2, "model", "haiku", 40, "provider", (ITEM,), 1, {"tries": 2}, AT),
    Summary("", 0, at=AT),
    Segment("threshold", {"tokens": 4100}, AT),
    Pin("name", "I am Priya", "4.0", "asked to", AT),
    Pin("name", None, at=AT),
    Unknown("mood", {"v": 3, "shape": "round"}),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: type(one).__name__)
def test_a_record_comes_back_as_it_was(record):
    found = record_of(numbered(plain_of(record, AT), 7))

    assert (found.seq, bool(found.id)) == (7, True)
    if isinstance(record, Unknown):
        assert (found.kind, found.plain["shape"]) == ("mood", "round")
    else:
        assert dataclasses.replace(found, seq=-1, id="") == record


def test_without_content_no_words_of_a_summary_or_message_are_kept():
    for record in (RECORDS[3], RECORDS[0]):
        assert plain_of(record, AT, "none")["text"] == ""
    assert "amber-42" not in str(plain_of(RECORDS[3], AT, "none"))


def test_the_first_line_has_only_what_the_session_is():
    assert "conversation" not in first_entry(About("plan", "auth", "/repo"), AT)
    about = About(interface="api", conversation_id="9", parent=Parent("old", "u1"))
    assert first_entry(about, AT)["conversation"] == {
        "interface": "api",
        "conversation_id": "9",
        "parent": {"name": "old", "uid": "u1"},
    }


@pytest.mark.parametrize("record", [RECORDS[1], RECORDS[3], RECORDS[6]], ids=["set", "sum", "pin"])
def test_only_what_was_said_is_cut(record):
    with pytest.raises(ValueError, match="too long to keep"):
        shortened(plain_of(record, AT), 10)


def test_notes_leave_out_what_was_said_where_no_words_are_kept():
    note = Note("tool_attempt", {"tool": "add", "error": "amber-42"}, words=("error", "missing"))

    assert plain_of(note, AT, "none")["body"] == {"tool": "add"}
    assert plain_of(note, AT)["body"] == note.body
