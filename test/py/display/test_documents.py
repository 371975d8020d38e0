"""A session as one JSON document."""

import json

from ai_sessions.display import documents
from ai_sessions.records import (
    About,
    Change,
    Cost,
    Interaction,
    Message,
    Note,
    Pin,
    Said,
    Session,
    Usage,
)

AT = "2026-11-28T10:00:00.000Z"
SESSION = Session(
    *("plan-pay", "u", About("plan", "pay"), AT, AT),
    tags=("a",), state={"k": 1}, pins={"p": Pin("p", "words")},
)  # fmt: skip
SAID = (Message("user", "Add.", id="1.0"), Message("assistant", "Done."))
CALL = Interaction("i", AT, "claude", "opus", SAID, Usage(10, 2), Cost(1_500_000))


def shown(*entries):
    return "".join(documents.document(SESSION, entries))


def test_it_has_the_facts_and_the_messages_and_what_calls_cost():
    found = json.loads(shown(CALL, Change("tags", []), Said(Message("user", "More.", AT))))

    assert [one["content"] for one in found["messages"]] == ["Add.", "Done.", "More."]
    assert found["messages"][0] == {"id": "1.0", "role": "user", "content": "Add.", "timestamp": AT}
    assert found["messages"][1]["call"]["cost"] == 0.0015
    assert (found["metadata"]["session_id"], found["metadata"]["tags"]) == ("u", ["a"])
    assert (found["metadata"]["state"], found["metadata"]["pins"]) == ({"k": 1}, {"p": "words"})


def test_a_session_without_messages_is_a_document_too():
    assert json.loads(shown())["messages"] == []


def test_every_message_is_a_line():
    assert len(shown(CALL, CALL).splitlines()) == 2 + 4 + 1


def test_metadata_of_the_session_is_in_its_head():
    found = json.loads(shown(Note("metadata", {"team": "a"})))

    assert found["metadata"]["metadata"] == {"team": "a"}


def test_the_end_takes_more_members():
    pieces = (
        documents.head(SESSION),
        documents.piece(CALL, 0),
        documents.end({"recorded": {"n": 2}}),
    )

    assert json.loads("".join(pieces))["recorded"] == {"n": 2}
