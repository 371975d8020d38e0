"""What a program says of a session beside what is said in it."""

from datetime import UTC, datetime

import pytest

from ai_sessions.library import errors
from ai_sessions.library.views.metadata import SessionMetadata
from ai_sessions.library.views.session import Session

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_properties_of_no_session_are_set_and_read():
    given = {"a": 1}
    found = SessionMetadata.create(given)
    found.set_property("b", 2)

    assert (found.get_property("a"), found.get_property("b")) == (1, 2)
    assert (found.get_property("c"), given) == (None, {"a": 1})


@pytest.mark.parametrize(
    "change", [SessionMetadata.update_timestamp, lambda one: one.set_property("a", 1)]
)
def test_a_change_is_newer_than_the_session(change):
    found = SessionMetadata(LONG_AGO, LONG_AGO)
    change(found)

    assert (found.created_at, found.updated_at > LONG_AGO) == (LONG_AGO, True)


def test_a_property_that_cannot_be_kept_is_not_set(core):
    chat = Session.create("chat", store=core)
    with pytest.raises(errors.InvalidSessionOperation, match="metadata"):
        chat.metadata.set_property("a", "x" * (2 << 20))

    assert chat.metadata.properties == {}


def test_metadata_are_compared_and_shown_without_their_session(chat):
    mine = SessionMetadata(LONG_AGO, LONG_AGO, {"a": 1}, chat)

    assert mine == SessionMetadata(LONG_AGO, LONG_AGO, {"a": 1})
    assert "Session object" not in repr(mine)
