"""Pages of a log are all of it, once, in either direction, and cost what they show."""

from datetime import UTC, datetime

import pytest

from ai_sessions.conversations import forking, lineage, log_pages, messages
from ai_sessions.errors import UsageError
from ai_sessions.records import About, Message, Said

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def say(store, name, count):
    store.append(name, [Said(Message("user", f"{name} {number}")) for number in range(count)])


@pytest.fixture
def fork(store):
    """Shares the first messages of `a`, which goes on."""
    store.ensure("a", About())
    say(store, "a", 5)
    (shared, *_) = messages.said(store, "a")[3:]
    forking.fork(store, "a", "b", NOW, shared.id)
    say(store, "a", 3)
    say(store, "b", 30)
    return store.read("b")


def seqs(page):
    return [one.seq for one in page.entries]


def test_the_newest_page_leads_through_all_of_the_log(store, fork):
    whole = list(lineage.entries(store, fork))
    page = log_pages.page(store, fork, 7)
    found = list(page.entries)

    assert page.newer == ""
    while page.older:
        page = log_pages.page(store, fork, 7, before=page.older)
        found = [*page.entries, *found]
    assert found == whole


def test_the_oldest_page_leads_back_to_the_newest(store, fork):
    whole = list(lineage.entries(store, fork))
    page = log_pages.page(store, fork, 7, at=f"{fork.about.parent.uid}:1")
    found = list(page.entries)

    assert found[0] == whole[0]
    assert page.older == ""
    while page.newer:
        page = log_pages.page(store, fork, 7, after=page.newer)
        assert page.entries
        found += page.entries
    assert found == whole


@pytest.fixture
def long(store):
    """Texts of 100 characters, one of 5,000 in the midst of them."""
    store.ensure("long", About())
    sizes = (100, 100, 100, 5_000, 100, 100, 100)
    store.append("long", [Said(Message("user", "x" * size)) for size in sizes])
    return store.read("long")


def sizes(page):
    return [len(one.message.text) for one in page.entries if isinstance(one, Said)]


def test_a_page_ends_where_it_has_enough_to_read(store, long):
    page, found = log_pages.page(store, long, 50, most_characters=250), []
    while page.entries:
        found.append(sizes(page))
        if not page.older:
            break
        page = log_pages.page(store, long, 50, most_characters=250, before=page.older)

    assert found == [[100, 100], [100], [5_000], [100, 100], [100]]


def test_the_same_on_the_way_back_and_around_a_place(store, long):
    first = log_pages.page(store, long, 50, most_characters=250, after="0")
    around = log_pages.page(store, long, 50, most_characters=250, at=str(long.last_seq - 3))

    assert (sizes(first), first.newer != "") == ([100, 100], True)
    assert (sizes(around), around.found) == ([5_000], 0)


def test_a_place_has_what_is_around_it(store, fork):
    page = log_pages.page(store, fork, 6, at="20")

    assert seqs(page) == [17, 18, 19, 20, 21, 22]
    assert page.found == 3
    assert log_pages.page(store, fork, 6, at="99").found is None
    assert seqs(log_pages.page(store, fork, 6, before=page.older)) == [11, 12, 13, 14, 15, 16]
    assert [one.seq for one in page.above][-2:] == [15, 16]


def test_the_last_page_that_is_full_has_none_behind_it(store, fork):
    last = fork.last_seq

    assert seqs(page := log_pages.page(store, fork, 3, after=str(last - 3)))[-1] == last
    assert page.newer == ""


def test_what_was_said_meanwhile_moves_no_page(store, fork):
    older = log_pages.page(store, fork, 7).older
    before = log_pages.page(store, fork, 7, before=older)
    say(store, "b", 5)

    assert log_pages.page(store, store.read("b"), 7, before=older) == before


@pytest.mark.parametrize("place", ["x", "1.0", "nobody:1", "-1", "1" * 18, "²"])
def test_a_place_that_is_none_is_refused(store, fork, place):
    with pytest.raises(UsageError, match="no place in the log"):
        log_pages.page(store, fork, 7, before=place)


def test_an_empty_log_has_an_empty_page(store):
    session = store.ensure("a", About())

    assert log_pages.page(store, session, 7) == log_pages.LogPage(())
