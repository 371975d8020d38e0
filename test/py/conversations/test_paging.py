"""Pages of what was said are all of it, once, from either end, with what a fork shares."""

from datetime import UTC, datetime

import pytest

from ai_sessions.conversations import forking, messages, paging
from ai_sessions.errors import UsageError
from ai_sessions.records import About, Interaction, Message

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def say(store, name, count):
    for number in range(count):
        messages.add_message(store, NOW, name, Message("user", f"{name} {number}"))


@pytest.fixture
def long(store):
    """A fork of a fork: `c` shares the first messages of `b`, which shares some of `a`."""
    store.ensure("a", About())
    said = (Message("user", "a asked"), Message("assistant", "a answered"))
    store.append("a", [Interaction("call", "", "echo", "m", said)])
    say(store, "a", 3)
    forking.fork(store, "a", "b", NOW, "2.0")
    say(store, "b", 3)
    forking.fork(store, "b", "c", NOW)
    say(store, "c", 70)
    return "c"


def walked(store, name, limit, **more):
    """Ids on all pages."""
    found, place = [], {}
    session = store.read(name)
    while True:
        page = paging.page(store, session, limit, **{**more, **place})
        assert len(page.messages) <= limit
        found += [one.message.id for one in page.messages]
        if not page.next:
            return found
        place = {"before" if more.get("newest_first") else "after": page.next}


@pytest.mark.parametrize("limit", [1, 7, 200])
def test_each_message_is_on_one_page_from_either_end(store, long, limit):
    whole = [one.id for one in messages.said(store, long)]

    assert len(whole) == 2 + 1 + 3 + 70
    assert walked(store, long, limit) == whole
    assert walked(store, long, limit, newest_first=True) == whole[::-1]


def test_a_page_is_between_two_messages(store, long):
    whole = [one.id for one in messages.said(store, long)]
    session = store.read(long)
    for ends in ((1, 4), (0, 75), (2, 3), (70, 71)):
        low, high = (whole[at] for at in ends)
        wanted = whole[ends[0] + 1 : ends[1]]
        for first in (False, True):
            page = paging.page(store, session, 99, after=low, before=high, newest_first=first)
            assert [one.message.id for one in page.messages] == wanted[:: -1 if first else 1]
            assert page.next == ""


def test_the_call_of_a_message_is_told(store, long):
    first, second, third = paging.page(store, store.read(long), 3).messages

    assert (first.call, second.call, third.call) == ("call", "call", "")


@pytest.mark.parametrize("place", ["x", "1", "1.", ".1", "-1.0", "²•.1", "no:1.0", "9" * 40 + ".0"])
def test_an_id_that_no_message_has_is_refused(store, long, place):
    for end in ("after", "before"):
        with pytest.raises(UsageError, match="no id of a message"):
            paging.page(store, store.read(long), 5, **{end: place})


def test_a_session_without_messages_is_an_empty_page(store):
    store.ensure("empty", About())

    assert walked(store, "empty", 5) == walked(store, "empty", 5, newest_first=True) == []


def test_the_newest_page_reads_the_end_of_the_log_alone(store, monkeypatch):
    store.ensure("a", About())
    say(store, "a", 200)
    asked = []
    entries = store.entries
    monkeypatch.setattr(
        store,
        "entries",
        lambda name, after=-1, last=None: asked.append(after) or entries(name, after),
    )
    paging.page(store, store.read("a"), 10, newest_first=True)

    assert asked == [200 - 64]
