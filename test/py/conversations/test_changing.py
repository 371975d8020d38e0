"""Facts of a session that people change, all in one write or none."""

import pytest

from ai_sessions.conversations import changing
from ai_sessions.errors import Conflict, NotFound, UsageError


def change(store, now, talk, **values):
    return changing.change(store, now, talk, values)


def test_a_description_and_a_title_are_said_apart(store, now, talk):
    change(store, now, talk, description="Plans\nthings.")
    session = change(store, now, talk, title="Plan")

    assert (session.description, session.about.title) == ("Plans\nthings.", "Plan")
    assert change(store, now, talk) == session
    assert change(store, now, talk, description="", title="").description == ""


def test_all_of_it_is_one_write(store, now, talk):
    last = store.read(talk).last_seq
    session = change(store, now, talk, title="A", tags=["a", "b", "a"], pinned=True)

    assert (session.about.title, session.tags, session.pinned) == ("A", ("a", "b"), True)
    assert session.last_seq == last + 3


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"title": "a\nb"}, "title"),
        ({"title": 3}, "title: must be text, not 3"),
        ({"description": "x" * 8193}, "description: 8,193 bytes"),
        ({"tags": ["fine", "a,b"]}, "tag 'a,b'"),
        ({"tags": [1]}, "tag: must be text, not 1"),
        ({"token_limit": 0}, "above 0, not 0"),
        ({"token_limit": True}, "not True"),
        ({"token_limit": 2**70}, "a limit is a whole number"),
        ({"expires_in_ms": 0}, "not a time to expire after: 0 ms"),
        ({"expires_in_ms": "7d"}, "not a time to expire after: '7d' ms"),
        ({"status": "gone"}, "no status to set: 'gone'"),
        ({"pinned": 1}, "pinned is true or false, not 1"),
        ({"uid": "x"}, "no fact of a session: 'uid'"),
    ],
    ids=str,
)
def test_what_does_not_fit_changes_nothing(store, now, talk, values, told):
    before = store.read(talk)
    with pytest.raises(UsageError, match=told):
        changing.change(store, now, talk, {"description": "fine", **values})

    assert store.read(talk) == before


def test_a_limit_and_a_life_are_taken_away(store, now, talk):
    change(store, now, talk, token_limit=8000, expires_in_ms=1)
    assert store.read(talk).is_over("2999-11-30T00:00:00.000Z")

    about = change(store, now, talk, token_limit=None, expires_in_ms=None).about
    assert (about.token_limit, about.expires_in_ms) == (None, None)


def test_who_read_it_before_somebody_wrote_is_refused(store, now, talk):
    last = store.read(talk).last_seq
    change(store, now, talk, title="Theirs")

    with pytest.raises(Conflict):
        changing.change(store, now, talk, {"title": "Ours"}, last)
    assert store.read(talk).about.title == "Theirs"


def test_no_session_is_made_for_it(store, now):
    with pytest.raises(NotFound):
        change(store, now, "nobody", title="x")
    assert store.names() == []
