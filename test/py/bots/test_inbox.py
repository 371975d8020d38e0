"""Each event is stored once, with what was done for it."""

from dataclasses import replace

import pytest

from ai_sessions.bots.database import Database
from ai_sessions.bots.events import Inbound
from ai_sessions.bots.inbox import Inbox
from chat_service import ANN, AT, GROUP, HERE


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
def inbox(tmp_path, now):
    return Inbox(Database(tmp_path / "b.sqlite3"), lambda: now[0])


def event(id_="1"):
    return Inbound(id_, HERE, ANN, AT, text="Hi")


def test_an_event_is_taken_once_and_has_a_call_of_its_own(inbox):
    first, second = inbox.take(event("1")), inbox.take(event("2"))

    assert first.call != second.call
    assert inbox.take(event("1")) is None


def test_one_that_was_stored_and_told_as_a_failure_is_taken_by_the_next_try(inbox):
    made = replace(event("1"), call="c1")

    assert [inbox.take(made), inbox.take(made)] == [made, made]
    assert inbox.take(replace(made, call="c2")) is None


def test_what_is_not_done_is_left_in_order(inbox):
    for id_ in "321":
        inbox.take(event(id_))
    inbox.begin(event("3"))
    inbox.end(event("2"))

    assert [one.id for one in inbox.left()] == ["3", "1"]


def test_of_each_place_the_newest_is_known(inbox):
    for id_, place in (("1", HERE), ("2", GROUP), ("3", HERE)):
        inbox.take(replace(event(id_), place=place))

    assert {one.id for one in inbox.latest()} == {"2", "3"}


def test_a_memo_is_known_at_the_next_try(inbox):
    inbox.take(event())
    inbox.begin(event()).keep(run="r1")
    inbox.begin(event()).keep(more=2)

    assert inbox.begin(event()).known == {"run": "r1", "more": 2}


def test_after_two_weeks_what_is_done_is_forgotten(inbox, now):
    inbox.take(event("old"))
    inbox.end(event("old"))
    now[0] += 15 * 24 * 3600
    for number in range(200):
        inbox.take(event(f"n{number}"))

    assert inbox.take(event("old")) is not None
    assert inbox.take(event("n1")) is None
