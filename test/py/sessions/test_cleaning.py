"""Cleaning out sessions that nobody has used for a while."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.records import About, Change, Message, Parent, Said, stamp
from ai_sessions.sessions import cleaning
from ai_sessions.sessions.cleaning import Cleaned
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


@pytest.mark.parametrize(
    ("age", "gone"), [(30 * DAY, ["old"]), (5 * DAY, ["middle", "old"]), (400 * DAY, [])]
)
def test_sessions_go_by_their_last_use(age, gone):
    found = cleaning.unused(aged(old=40, middle=10, new=1), age, NOW)

    assert names(found.unused) == gone


def test_a_time_in_the_future_counts_as_now():
    assert names(cleaning.unused(aged(later=-400), 1 * DAY, NOW).unused) == []


def test_a_pinned_session_stays():
    store = aged(old=40)
    store.append("old", [Change("pinned", True)])

    assert names(cleaning.unused(store, 30 * DAY, NOW).unused) == []


def test_calls_that_were_cut_off_are_settled_before_their_sessions_go():
    store, settled = aged(cut=40, old=40, new=1), []
    store.append("cut", [Change("calling", {"id": "call-1"})])
    old = cleaning.unused(store, 30 * DAY, NOW)

    cleaning.clean(store, old, lambda names: settled.append((names, store.names())))
    assert settled == [(["cut"], ["cut", "new", "old"])]
    assert store.names() == ["new"]


def test_a_session_used_since_the_preview_stays():
    store = aged(old=40, older=50)
    found = cleaning.unused(store, 30 * DAY, NOW)
    store.append("old", [Said(Message("user", "back again", stamp(NOW)))])

    assert cleaning.clean(store, found) == Cleaned(("older",), ("old",), ())
    assert names(store.sessions()) == ["old"]


def test_a_session_somebody_else_removed_is_no_error():
    store = aged(old=40)
    found = cleaning.unused(store, 30 * DAY, NOW)
    store.discard("old")

    assert cleaning.clean(store, found) == Cleaned((), (), ())


def test_a_session_that_cannot_be_moved_does_not_keep_the_others(tmp_path):
    store = FileStore(tmp_path / "sessions", fsync="none", now=lambda: NOW - 40 * DAY)
    for name in ("a", "b", "c"):
        store.ensure(name, About())
    (store.path("b") / ".lock").unlink()
    (store.path("b") / ".lock").symlink_to("/dev/null")
    done = cleaning.clean(store, cleaning.unused(store, 30 * DAY, NOW))

    assert (done.gone, done.busy) == (("a", "c"), ())
    assert len(done.failed) == 1
    assert done.failed[0].startswith("b: ")


def test_a_session_used_in_the_future_counts_as_used_now():
    store = aged(old=40)
    store.append("ahead", [Said(Message("user", "hi", stamp(NOW + 5000 * DAY)))])
    cleaning.clean(store, cleaning.unused(store, 30 * DAY, NOW))
    assert store.names() == ["ahead"]
    assert store.read("ahead").last_used == stamp(NOW)

    later = NOW + 31 * DAY
    assert cleaning.clean(store, cleaning.unused(store, 30 * DAY, later)).gone == ("ahead",)


def forked(store, name, new, days):
    point = Parent(name, store.read(name).uid, store.read(name).last_seq)
    store.ensure(new, About(parent=point))
    store.append(new, [Said(Message("user", "hello", stamp(NOW - days * DAY)))])


def test_what_a_used_fork_shares_stays_and_its_own_forks_go():
    store = aged(old=90, other=90)
    forked(store, "old", "middle", 80)
    forked(store, "middle", "used", 1)
    forked(store, "middle", "unused", 70)
    old = cleaning.unused(store, 30 * DAY, NOW)

    assert sorted(names(old.unused)) == ["other", "unused"]
    assert sorted(old.shared) == ["middle", "old"]
    cleaning.clean(store, old)
    assert store.names() == ["middle", "old", "used"]


def test_a_session_goes_with_all_its_forks():
    store = aged(old=90)
    forked(store, "old", "fork", 80)

    assert cleaning.clean(store, cleaning.unused(store, 30 * DAY, NOW)).failed == ()
    assert store.names() == []


def test_what_has_expired_or_was_ended_is_over_and_nothing_else():
    store = MemoryStore(now=lambda: NOW)
    for name, about in {
        "chat": About(),
        "ended": About(),
        "expired": About(expires_in_ms=1000),
        "kept": About(expires_in_ms=1000),
        "pinned": About(expires_in_ms=1000),
        "shared": About(expires_in_ms=1000),
        "still": About(expires_in_ms=10**15),
        "work": About("plan", "x"),
    }.items():
        store.ensure(name, about)
    store.append("ended", [Change("status", "inactive")])
    store.append("work", [Change("status", "completed")])
    store.append("pinned", [Change("pinned", True)])
    store.ensure("fork", About(parent=Parent("shared", store.read("shared").uid, 0)))

    old = cleaning.over(store, NOW + DAY, ["kept", "nothing"])
    assert {one.name for one in old.unused} == {"ended", "expired"}
    assert (old.shared, old.unmatched) == (("shared",), ("nothing",))
    assert set(cleaning.clean(store, old).gone) == {"ended", "expired"}
