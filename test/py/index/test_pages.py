"""Pages of sessions: each is shown once, whatever the order, and nothing is read for it."""

import pytest

from ai_sessions.errors import UsageError
from ai_sessions.index import pages
from ai_sessions.index.choosing import SORTS, Chosen
from ai_sessions.records import About, Change, Message, Said

NAMES = [f"talk-{number}" for number in range(5)]


@pytest.fixture
def several(library):
    for name in NAMES:
        library.store.ensure(name, About(expires_in_ms=1 if name == "talk-3" else None))
        library.store.append(name, [Said(Message("user", f"words of {name}"))])
    return library


def walked(index, limit=2, text="", **chosen):
    """Names on all pages."""
    found, after = [], ""
    while True:
        page = pages.page(index, Chosen(**chosen, limit=limit), text, after)
        assert len(page.rows) <= limit
        found += [row["name"] for row in page.rows]
        if not (after := page.next):
            return found


@pytest.mark.parametrize("sort", SORTS)
def test_each_session_is_on_one_page(several, sort):
    assert sorted(walked(several.index, sort=sort)) == NAMES
    assert walked(several.index, sort=sort) == walked(several.index, 9, sort=sort)


def test_the_last_page_says_that_it_is_the_last(several):
    assert pages.page(several.index, Chosen(limit=5)).next == ""
    assert pages.page(several.index, Chosen(limit=4)).next


def test_what_comes_and_goes_between_two_pages_moves_nothing(several):
    first = pages.page(several.index, Chosen(sort="name", limit=2))
    several.store.discard("talk-0")
    several.store.ensure("a-new-one", About())
    second = pages.page(several.index, Chosen(sort="name", limit=2), "", first.next)

    assert [row["name"] for row in second.rows] == ["talk-2", "talk-3"]


def test_a_page_looks_into_no_session(several, monkeypatch):
    walked(several.index)
    monkeypatch.setattr(type(several.store.source()), "row", None)

    assert walked(several.index, sort="name") == NAMES


def test_sessions_are_found_by_words_in_one_entry(several):
    assert walked(several.index, text="talk-4 words") == ["talk-4"]
    assert walked(several.index, text="nobody said that") == []


def test_all_that_fit_are_counted_on_request(several):
    found = pages.page(several.index, Chosen(limit=1), counts=True)

    assert (len(found.rows), found.total) == (1, 5)
    assert pages.page(several.index, Chosen(limit=1)).total is None


def test_whose_time_is_over_has_expired(several):
    rows = pages.page(several.index, Chosen(sort="name", limit=9, now="2999")).rows

    assert [row["name"] for row in rows if row["status"] == "expired"] == ["talk-3"]


@pytest.mark.parametrize("place", ["x", "!!", "W10", "bnVsbA", "WyJuYW1lIiwgbnVsbCwgIngiXQ", "é"])
def test_a_place_that_is_none_is_refused(several, place):
    with pytest.raises(UsageError, match="place in a list"):
        pages.page(several.index, Chosen(sort="name", limit=2), "", place)


def test_a_place_in_another_order_is_refused(several):
    place = pages.page(several.index, Chosen(sort="name", limit=2)).next

    with pytest.raises(UsageError, match="another order"):
        pages.page(several.index, Chosen(limit=2), "", place)


def test_a_row_that_is_damaged_is_made_anew(several):
    walked(several.index)
    several.index.ask_kept(
        lambda connection, _source: connection.execute("update public set row = 'x'")
    )

    assert sorted(walked(several.index)) == NAMES


def test_what_changes_is_on_the_next_page_that_is_asked_for(several):
    walked(several.index)
    several.store.append("talk-2", [Change("tags", ["new"])])

    assert walked(several.index, tags=["new"]) == ["talk-2"]
