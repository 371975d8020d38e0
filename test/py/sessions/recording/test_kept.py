"""Files follow their session: what was redacted is in none, and what is old or removed goes."""

import contextlib
import os
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.conversations import forking
from ai_sessions.errors import LockBusy, NotFound, StorageError
from ai_sessions.index import Index
from ai_sessions.records import Change
from ai_sessions.sessions import redacting
from ai_sessions.sessions.recording import kept
from ai_sessions.sessions.recording.folder import Folder
from ai_sessions.sessions.recording.kept import Keep, KeptFiles
from ai_sessions.sessions.recording.recorder import write

from .conftest import NAME, call

NOW = datetime.now(UTC)


@pytest.fixture
def recorded(place):
    return KeptFiles(place.store, place.registry, place.said.append)


def redact(place, recorded, given="1"):
    index = Index(place.store.source(), str(place.root / "sessions"))
    sought = redacting.find(place.store, NAME, given)
    return redacting.redact(place.store, index, sought, recorded)


def everything(place):
    """All that is in files below the folder, and beside it."""
    found = [path for path in place.root.rglob("*") if path.is_file() and not path.is_symlink()]
    return "".join(path.read_text() for path in found if "sessions/" not in str(path))


def elsewhere(place, name="other"):
    """Write the session into another folder, too."""
    folder = Folder(str(place.root / name), "")
    write(place.store, NAME, folder, place.registry, place.said.append, sync=False)
    return place.root / name


def test_what_was_redacted_is_in_no_file_of_any_folder(place, recorded):
    place.add(call(1, "the cave"), call(2))
    place.write()
    elsewhere(place)
    redact(place, recorded)

    assert "the cave" not in everything(place)
    assert everything(place).count("answer 2") == 4
    assert everything(place).count("[redacted") == 8


def test_a_fork_that_shares_it_is_written_anew(place, recorded):
    place.add(call(1, "the cave"))
    forking.fork(place.store, NAME, "twin", NOW)
    forking.fork(place.store, "twin", "grandchild", NOW)
    for name in ("twin", "grandchild"):
        place.add(call(2), name=name)
        place.write(name)
    assert everything(place).count("the cave") == 4

    redact(place, recorded)
    assert "the cave" not in everything(place)


@pytest.mark.parametrize("is_killed", [False, True])
def test_what_is_written_in_the_middle_of_a_redaction_does_not_go_on(
    place, recorded, monkeypatch, is_killed
):
    place.add(call(1, "the cave"))
    place.write()

    def redacted(name, seq, take_out=place.store.redact):
        place.write()  # by somebody else, who knows nothing
        found = take_out(name, seq)
        if is_killed:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(place.store, "redact", redacted)
    with pytest.raises(KeyboardInterrupt) if is_killed else contextlib.nullcontext():
        redact(place, recorded)
    monkeypatch.undo()
    if is_killed:
        redact(place, recorded)  # as somebody is told to
    assert "the cave" not in everything(place)


def test_after_a_redaction_that_was_killed_no_file_goes_on_with_the_words(
    place, recorded, monkeypatch
):
    place.add(call(1, "the cave"), call(2))
    place.write()

    def killed(_names):
        raise KeyboardInterrupt

    monkeypatch.setattr(recorded, "redacted", killed)
    with pytest.raises(KeyboardInterrupt):
        redact(place, recorded)
    place.add(call(3))
    place.write()
    assert "the cave" not in everything(place)


def test_drafts_of_who_was_killed_go_with_the_words(place, recorded):
    place.add(call(1, "the cave"))
    page, _plain = place.write()
    (page.parent / f"{page.name}.7.01234567.tmp").write_text("the cave")
    (page.parent / "notes.md.7.01234567.tmp").write_text("mine")

    redact(place, recorded)
    assert "the cave" not in everything(place)
    assert "notes.md.7.01234567.tmp" in place.names()


def test_a_file_that_may_still_have_the_words_is_an_error(place, recorded, monkeypatch):
    place.add(call(1, "the cave"))
    page, _plain = place.write()

    def refused(*_args, **_more):
        raise OSError(30, "Read-only file system", page.name)

    monkeypatch.setattr(kept, "_remove", refused)
    with pytest.raises(StorageError, match=r"may still have the words: .*Read-only"):
        redact(place, recorded)
    monkeypatch.undo()
    redact(place, recorded)
    assert "the cave" not in everything(place)


def test_a_file_that_cannot_be_reached_keeps_no_other_from_being_cleared(place, recorded):
    place.add(call(1, "the cave"))
    page, _plain = place.write()
    other = elsewhere(place)
    page.unlink()
    page.symlink_to(place.root)

    with pytest.raises(StorageError, match=f"{page.name}: Too many levels of symbolic links"):
        redact(place, recorded)
    assert not any("the cave" in path.read_text() for path in other.glob("session_*"))
    page.unlink()
    redact(place, recorded)
    assert "the cave" not in everything(place)


def test_a_folder_that_is_gone_is_passed_over(place, recorded):
    place.add(call(1))
    place.write()
    elsewhere(place).rename(place.root / "moved")

    redact(place, recorded)
    assert not (place.root / "other").exists()


def test_where_no_file_is_none_is_made(place, recorded):
    place.add(call(1))
    place.add(call(1), name="recorded")
    place.write("recorded")
    recorded.renew([NAME])
    redact(place, recorded)

    assert len(place.names()) == 2


def test_a_new_name_is_in_the_files(place, recorded):
    place.add(call(1))
    place.write()
    place.store.rename(NAME, "renamed")
    recorded.renew(["renamed"])

    assert "**Name:** renamed" in place.paths("renamed")[0].read_text()


def test_what_cannot_be_renewed_is_told(place, recorded):
    place.add(call(1))
    page, _plain = place.write()
    page.unlink()
    page.mkdir()
    recorded.renew([NAME, "never-made"])

    assert [line.split(":")[0] for line in place.said] == [
        f"recorded files of {NAME} are as they were",
        "recorded files of never-made are as they were",
    ]


# --- removing


def test_files_go_before_the_session_and_come_from_nobody_meanwhile(place):
    place.add(call(1))
    place.write()
    other = elsewhere(place)
    session = place.store.read(NAME)

    with kept.going(place.registry, session, place.said.append):
        assert place.names() == []
        assert os.listdir(other) == [".gitignore"]
        with pytest.raises(LockBusy), place.registry.lock(session.uid, 0):
            raise AssertionError


def test_a_file_of_somebody_else_is_left_and_told(place):
    place.add(call(1))
    page, _plain = place.write()
    page.write_text("mine")

    with kept.going(place.registry, place.store.read(NAME), place.said.append):
        assert place.names() == [page.name]
    assert place.said == [f"{page.name} stays: it was not written by ai-sessions"]


# --- retention


def aged(place, name, days):
    """A session that was used so many days ago, with its files."""
    at = (NOW - timedelta(days=days)).isoformat()
    place.store._now = lambda: datetime.fromisoformat(at)
    place.add(call(days), name=name)
    place.write(name)
    place.store._now = lambda: NOW


def left(place):
    return sorted(
        name for name in place.store.names() if all(path.exists() for path in place.paths(name))
    )


@pytest.mark.parametrize(
    ("keep", "stay"),
    [
        (Keep(), ["new", "old", "oldest"]),
        (Keep(days=30), ["new"]),
        (Keep(days=100), ["new", "old"]),
        (Keep(count=2), ["new", "old"]),
        (Keep(days=100, count=1), ["new"]),
        (Keep(days=10**9, count=10**9), ["new", "old", "oldest"]),
    ],
)
def test_files_stay_for_so_many_days_and_of_so_many_sessions(place, recorded, keep, stay):
    for name, days in {"new": 1, "old": 50, "oldest": 200}.items():
        aged(place, name, days)
    gone = recorded.tend(keep, NOW)

    assert left(place) == stay
    assert len(gone) == 3 - len(stay)
    assert place.store.names() == ["new", "old", "oldest"]


@pytest.mark.parametrize("change", [Change("pinned", True), Change("calling", {"id": "x"})])
def test_one_that_is_kept_or_has_a_call_under_way_stays(place, recorded, change):
    aged(place, "old", 50)
    place.add(change, name="old")
    recorded.tend(Keep(days=30), NOW)

    assert left(place) == ["old"]


def test_one_that_somebody_talks_in_stays(place, recorded):
    aged(place, "old", 50)
    with place.store.turn("old", 0):
        recorded.tend(Keep(days=30), NOW)

    assert left(place) == ["old"]


def test_one_that_is_being_written_stays(place, recorded):
    aged(place, "old", 50)
    with place.registry.lock(place.store.read("old").uid):
        recorded.tend(Keep(days=30), NOW)

    assert left(place) == ["old"]


def test_one_that_is_used_in_the_last_moment_stays(place, recorded, monkeypatch):
    aged(place, "old", 50)

    def lock(id_, wait_s, lock=place.registry.lock):
        monkeypatch.undo()
        place.add(call(2), name="old")
        place.write("old")
        return lock(id_, wait_s)

    monkeypatch.setattr(place.registry, "lock", lock)
    recorded.tend(Keep(days=30), NOW)

    assert left(place) == ["old"]


def test_only_files_of_ours_go(place, recorded):
    aged(place, "old", 50)
    page, plain = place.paths("old")
    other = page.parent / "session_20200101_000000_abc.md"
    other.write_text("# Session: of NovaSystem\n")
    (page.parent / "notes.txt").write_text("mine")
    link = page.parent / "session_20200101_000000_def.md"
    link.symlink_to(page)
    recorded.tend(Keep(days=30), NOW)

    assert place.names() == sorted([other.name, "notes.txt", link.name])
    assert not plain.exists()


def test_files_of_a_session_that_is_gone_grow_old_as_well(place, recorded):
    aged(place, "old", 50)
    place.store.discard("old")
    with pytest.raises(NotFound):
        place.store.read("old")
    recorded.tend(Keep(days=30), NOW)

    assert place.names() == []


def test_what_a_killed_process_did_not_write_is_caught_up_with(place, recorded):
    place.add(call(1))
    place.write()
    place.add(call(2))
    recorded.tend(Keep(), NOW)

    assert all("answer 2" in path.read_text() for path in place.paths())


def test_drafts_that_were_left_long_ago_go(place, recorded):
    place.add(call(1))
    page, _plain = place.write()
    old, new, other = (
        page.parent / f"{name}.7.0123456{number}.tmp"
        for number, name in enumerate((page.name, page.name, "notes.md"))
    )
    for draft in (old, new, other):
        draft.write_text("x")
    for draft in (old, other):
        os.utime(draft, (0, 0))
    recorded.tend(Keep(), NOW)

    assert [draft.exists() for draft in (old, new, other)] == [False, True, True]
