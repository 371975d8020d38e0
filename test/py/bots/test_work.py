"""Runs that were begun from a chat."""

import pytest

from ai_sessions import ids
from ai_sessions.bots.work import Ask
from ai_sessions.errors import LockBusy, NotFound, UsageError
from chat_service import ANN, HERE


@pytest.fixture
def work(shop, world):
    return world.desk.work


def ask(shop, command="review", **more):
    return Ask(str(shop.repo), "pay", command, **more)


def test_a_run_is_begun_once_for_an_id_and_known_until_its_end_is_told(shop, work):
    id_ = ids.new()
    for _ in range(2):
        work.begin(id_, HERE, ANN, ask(shop))
        shop.finish()

    (known,) = work.open()
    assert (known.id, known.place, known.person, known.ask) == (id_, HERE, ANN, ask(shop))
    assert len(shop.calls) == 1
    work.end(id_)
    assert (work.open(), work.read(id_).id, work.stop(id_)) == ([], id_, False)


def test_one_that_cannot_begin_is_no_run_and_may_begin_later(shop, work):
    shop.says({"event": "wait"}, {"event": "result", "ok": True})
    first, second = ids.new(), ids.new()
    work.begin(first, HERE, ANN, ask(shop))
    with pytest.raises(LockBusy):
        work.begin(second, HERE, ANN, ask(shop))
    assert (work.read(second), [one.id for one in work.open()]) == (None, [first])

    shop.go_on()
    shop.ends()
    work.begin(second, HERE, ANN, ask(shop))
    shop.finish()
    assert {one.id for one in work.open()} == {first, second}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (Ask("/etc", "pay", "review"), NotFound),
        (Ask("", "pay", "review"), NotFound),
    ],
)
def test_a_repository_that_is_not_listed_begins_nothing(shop, work, wrong, error):
    with pytest.raises(error):
        work.begin(ids.new(), HERE, ANN, wrong)
    assert (shop.calls, work.open()) == ([], [])


@pytest.mark.parametrize("feature", ["../pay", "--yes", "a b"])
def test_what_is_no_feature_begins_nothing(shop, work, feature):
    with pytest.raises(UsageError):
        work.begin(ids.new(), HERE, ANN, Ask(str(shop.repo), feature, "review"))
    with pytest.raises(UsageError):
        work.find(feature)
    assert shop.calls == []


def test_a_run_that_is_not_known_is_none(work):
    assert (work.read("x"), work.stop("x")) == (None, False)
