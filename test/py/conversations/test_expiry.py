"""Conversations end when nobody talks in them, and go where they can be brought back from."""

from datetime import timedelta

import pytest

from ai_sessions.conversations.expiry import (
    cleanup_expired,
    cleanup_inactive,
    deactivate,
    life_ms,
)
from ai_sessions.conversations.messages import add_message
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.records import About, Change, Message, Parent, Said

DAY = timedelta(days=1)
DAY_MS = 86_400_000


@pytest.fixture
def talked(store, now):
    """One session of each kind; `bot` and `kept` expire a day after now."""
    bot = About(kind="chat", interface="api", conversation_id="1", expires_in_ms=DAY_MS)
    for name, about in [
        ("bot", bot),
        ("kept", bot),
        ("chat", About()),
        ("work", About("plan", "x")),
    ]:
        store.ensure(name, about)
        add_message(store, now, name, Message("user", "hi"))
    store.append("kept", [Change("pinned", True)])


@pytest.mark.parametrize(
    ("interface", "asked", "life"),
    [
        ("telegram", None, DAY_MS),
        ("discord", None, DAY_MS),
        ("api", None, DAY_MS),
        ("slack", None, None),
        ("", None, None),
        ("telegram", 0, None),
        ("slack", 5, 5),
    ],
)
def test_how_long_a_conversation_lives(interface, asked, life):
    assert life_ms(interface, asked, DAY_MS) == life


@pytest.mark.parametrize("asked", [-1, 1.5, "7d", True])
def test_what_is_no_time_is_refused(asked):
    with pytest.raises(UsageError, match="not a time to expire after"):
        life_ms("api", asked, DAY_MS)


def test_a_session_that_is_not_there_does_not_end(store, now):
    with pytest.raises(NotFound):
        deactivate(store, now, "nobody")
    assert store.names() == []


def test_a_conversation_is_ended_once(store, now, talked):
    ended = deactivate(store, now, "chat")

    assert (ended.status, ended.is_over("")) == ("inactive", True)
    assert deactivate(store, now, "chat") == ended


def test_only_what_has_expired_goes_to_the_trash(store, now, talked):
    assert cleanup_expired(store, now + DAY - timedelta(milliseconds=1)).gone == ()

    assert cleanup_expired(store, now + DAY).gone == ("bot",)
    assert store.names() == ["chat", "kept", "work"]
    assert store.restore("bot").totals.messages == 1


def test_one_in_use_stays(store, now, talked):
    with store.turn("bot", 0):
        done = cleanup_expired(store, now + DAY)

    assert (done.gone, done.busy) == ((), ("bot",))


def test_one_that_is_used_after_the_look_stays(store, now, talked):
    def names():
        yield "bot"
        store.append("bot", [Said(Message("user", "hi", "2026-11-30T00:00:00.001Z"))])

    assert cleanup_expired(store, now + DAY, names()).busy == ("bot",)


def test_only_what_was_ended_goes_to_the_trash(store, now, talked):
    for name in ("chat", "kept"):
        deactivate(store, now, name)

    assert cleanup_inactive(store, now, unused_for=DAY).gone == ()
    assert cleanup_inactive(store, now + DAY, unused_for=DAY).gone == ("chat",)
    assert store.names() == ["bot", "kept", "work"]


def test_only_named_sessions_are_looked_at_and_one_that_went_is_no_matter(store, now, talked):
    deactivate(store, now, "chat")

    assert cleanup_inactive(store, now, ["work", "gone"]).gone == ()
    assert cleanup_inactive(store, now, ["chat", "gone"]).gone == ("chat",)


def test_calls_that_were_cut_off_are_settled_first(store, now, talked):
    settled = []
    store.append("bot", [Change("calling", {"id": "i-1"})])
    cleanup_expired(store, now + DAY, settle=settled.append)

    assert settled == [["bot"]]


def test_one_whose_messages_a_fork_shares_stays_as_long_as_the_fork(store, now, talked):
    source = store.read("bot")
    store.ensure("fork", About(parent=Parent("bot", source.uid, source.last_seq)))

    assert cleanup_expired(store, now + 2 * DAY).gone == ()
    deactivate(store, now, "bot")
    assert cleanup_inactive(store, now + 2 * DAY).gone == ()
    assert [one.message.text for one in store.entries("bot") if isinstance(one, Said)] == ["hi"]


def test_work_that_an_older_version_called_completed_was_not_ended(store, now, talked):
    store.append("work", [Change("status", "completed")])

    assert cleanup_inactive(store, now + 2 * DAY).gone == ()
