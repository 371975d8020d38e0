"""Finding sessions by name and cleaning out the unused ones."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.errors import NotFound, UsageError
from ai_sessions.records import About, Change, Message, Said, stamp
from ai_sessions.sessions import housekeeping
from ai_sessions.sessions.housekeeping import Cleaned
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def aged(**ages_days: float) -> MemoryStore:
    """Sessions by name, each used last so many days ago."""
    clock = Clock()
    store = MemoryStore(now=clock)
    for name, days in ages_days.items():
        clock.now = NOW - days * DAY
        store.ensure(name, About())
        store.append(name, [Said(Message("user", "hello", stamp(clock.now)))])
    return store


def names(sessions) -> list[str]:
    return [session.name for session in sessions]


@pytest.mark.parametrize("given", ["plan-a", "plan-a1"])
def test_a_whole_name_wins_over_longer_ones(given):
    assert housekeeping.find(["plan-a", "plan-a1"], given) == given


def test_many_matches_are_listed_shortly():
    known = [f"plan-{number}" for number in range(12)]
    with pytest.raises(NotFound) as caught:
        housekeeping.find(known, "plan")

    assert caught.value.message == "'plan' fits 12 sessions"
    assert caught.value.hint.endswith("plan-7 and 4 more")


@pytest.mark.parametrize("given", ["", "../etc", "x" * 200])
def test_what_cannot_be_a_name_is_refused(given):
    with pytest.raises(UsageError):
        housekeeping.find(["plan-a"], given)


@pytest.mark.parametrize(
    ("age", "gone"), [(30 * DAY, ["old"]), (5 * DAY, ["middle", "old"]), (400 * DAY, [])]
)
def test_sessions_go_by_their_last_use(age, gone):
    found = housekeeping.unused(aged(old=40, middle=10, new=1), age, NOW)

    assert names(found.unused) == gone


def test_a_time_in_the_future_counts_as_now():
    assert names(housekeeping.unused(aged(later=-400), 1 * DAY, NOW).unused) == []


def test_a_pinned_session_stays():
    store = aged(old=40)
    store.append("old", [Change("pinned", True)])

    assert names(housekeeping.unused(store, 30 * DAY, NOW).unused) == []


def test_a_session_used_since_the_preview_stays():
    store = aged(old=40, older=50)
    found = housekeeping.unused(store, 30 * DAY, NOW)
    store.append("old", [Said(Message("user", "back again", stamp(NOW)))])

    assert housekeeping.clean(store, found) == Cleaned(("older",), ("old",), ())
    assert names(store.sessions()) == ["old"]


def test_a_session_somebody_else_removed_is_no_error():
    store = aged(old=40)
    found = housekeeping.unused(store, 30 * DAY, NOW)
    store.discard("old")

    assert housekeeping.clean(store, found) == Cleaned((), (), ())


def test_a_session_that_cannot_be_moved_does_not_keep_the_others(tmp_path):
    store = FileStore(tmp_path / "sessions", fsync="none", now=lambda: NOW - 40 * DAY)
    for name in ("a", "b", "c"):
        store.ensure(name, About())
    (store.path("b") / ".lock").unlink()
    (store.path("b") / ".lock").symlink_to("/dev/null")
    done = housekeeping.clean(store, housekeeping.unused(store, 30 * DAY, NOW))

    assert (done.gone, done.busy) == (("a", "c"), ())
    assert len(done.failed) == 1
    assert done.failed[0].startswith("b: ")


def test_a_session_used_in_the_future_counts_as_used_now():
    store = aged(old=40)
    store.append("ahead", [Said(Message("user", "hi", stamp(NOW + 5000 * DAY)))])
    housekeeping.clean(store, housekeeping.unused(store, 30 * DAY, NOW))
    assert store.names() == ["ahead"]
    assert store.read("ahead").last_used == stamp(NOW)

    later = NOW + 31 * DAY
    assert housekeeping.clean(store, housekeeping.unused(store, 30 * DAY, later)).gone == ("ahead",)
