"""The store on disk: modes, spool, trash, names, and what is told to whom."""

import contextlib
import errno
import json
import os
import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.disk import files as disk_files
from ai_sessions.disk import locks
from ai_sessions.errors import ConfigError, LockBusy, NotFound, StorageError, UsageError
from ai_sessions.index import Index
from ai_sessions.index.calls import by
from ai_sessions.records import About, Change, Interaction, Message, Note, Said
from ai_sessions.store.files import FileStore, checkpoints

NAME = "plan-x"
NOW = datetime(2025, 11, 21, 2, 0, tzinfo=UTC)


@pytest.fixture
def umask():
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777])
def test_everything_is_private_whatever_the_umask(tmp_path, call, umask, mask):
    umask(mask)
    store = FileStore(tmp_path / "new" / "deep" / "sessions", fsync="full", now=lambda: NOW)
    store.append(NAME, [call()])
    with store.turn(NAME, 0):
        pass
    store.append("chat", [])
    store.discard("chat")
    umask(0o022)

    for path in (tmp_path / "new").rglob("*"):
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.lstat().st_mode) == expected, path


def test_a_folder_others_can_read_is_closed_with_a_warning(root, call):
    root.mkdir(mode=0o755)
    told = []
    store = FileStore(root, tell=told.append)
    store.append(NAME, [call()])

    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert told == [f"{root} was readable for other users; it is private (0700) now"]


def test_a_folder_that_anyone_may_replace_is_refused(tmp_path, call):
    open_for_all = tmp_path / "open"
    open_for_all.mkdir()
    open_for_all.chmod(0o777)

    with pytest.raises(ConfigError, match="writable for all"):
        FileStore(open_for_all / "sessions").append(NAME, [call()])


def test_a_folder_that_all_share_is_refused_and_left_as_it_is(tmp_path, call):
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)

    with pytest.raises(ConfigError, match="shared by all"):
        FileStore(shared).append(NAME, [call()])
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777


def test_a_link_to_a_folder_of_ones_own_is_used_and_made_private(tmp_path, call):
    (tmp_path / "real").mkdir(mode=0o755)
    (tmp_path / "sessions").symlink_to(tmp_path / "real")
    told = []
    FileStore(tmp_path / "sessions", tell=told.append).append(NAME, [call()])

    assert stat.S_IMODE((tmp_path / "real").stat().st_mode) == 0o700
    assert len(told) == 1
    assert (tmp_path / "real" / NAME).is_dir()


def test_a_link_into_a_folder_that_anyone_may_write_to_is_refused(tmp_path, call):
    (tmp_path / "open" / "real").mkdir(parents=True, mode=0o700)
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "sessions").symlink_to(tmp_path / "open" / "real")

    with pytest.raises(ConfigError, match="writable for all"):
        FileStore(tmp_path / "sessions").append(NAME, [call()])


def test_folders_that_differ_in_case_alone_are_never_taken_for_each_other(files, root, call):
    files.append(NAME, [call()])
    twin = root / NAME.upper()
    try:
        twin.mkdir(mode=0o700)
    except FileExistsError:
        pytest.skip("this disk takes both for one")
    (twin / "journal.jsonl").write_text("mine")

    assert [session.name for session in files.sessions()] == [NAME]
    with pytest.raises(UsageError, match="not a session name"):
        files.read(NAME.upper())
    assert (twin / "journal.jsonl").read_text() == "mine"


def test_reading_leaves_no_trace(files, root):
    assert list(files.sessions()) == []
    with pytest.raises(NotFound):
        files.read(NAME)
    assert not root.exists()


def test_without_content_only_figures_are_written(root, call):
    store = FileStore(root, content="none", fsync="none")
    given = call(detail={"error": "secret words", "turns": 3})
    session = store.append(NAME, [given, Said(Message("user", "secret words"))])
    text = (root / NAME / "journal.jsonl").read_text()

    assert "secret" not in text
    assert "do 1" not in text
    assert session.totals.cost_nusd == 16_500_000
    assert next(store.entries(NAME)).detail == {"turns": 3}


def test_a_lost_journal_leaves_its_sums_and_the_next_write_carries_them(files, root, call):
    files.append(NAME, [call(), Change("tags", ["t"])])
    (root / NAME / "journal.jsonl").unlink()
    missing = files.read(NAME)
    session = files.append(NAME, [call()])
    (root / NAME / "metadata.json").unlink()

    assert missing.notices == ("history missing: totals from the checkpoint",)
    assert (session.totals.interactions, session.tags) == (2, ("t",))
    assert session.uid == missing.uid
    assert files.read(NAME).totals == session.totals


@pytest.mark.parametrize("left", [None, b"", b"torn", b"not one\nline of ours\n"])
def test_the_sums_of_a_lost_journal_are_in_every_bill_at_once(files, root, call, left):
    files.append(NAME, [call(), call(model="opus"), Said(Message("user", "hi"))])
    before = files.read(NAME).totals
    (root / NAME / "journal.jsonl").unlink()
    if left is not None:
        (root / NAME / "journal.jsonl").write_bytes(left)
    billed = [one for one in files.entries(NAME) if isinstance(one, Interaction)]
    (group,) = by(Index(files.source(), str(root)), "session").answer.values()

    assert sum(one.cost.nusd for one in billed) == group["cost_nusd"] == before.cost_nusd
    assert group["interactions"] == 2
    assert list(files.entries(NAME, last=1)) == list(files.entries(NAME))[-1:]
    files.append(NAME, [Change("pinned", True)])
    carried = [one for one in files.entries(NAME) if isinstance(one, Interaction)]
    assert [one.id for one in carried] == [one.id for one in billed]
    assert files.read(NAME).totals == before


def test_what_cannot_be_written_in_time_is_spooled_and_brought_in_once(files, root, call):
    files.ensure(NAME, About("plan", "x"))
    with locks.held(root / NAME / ".lock", 0, "test"), pytest.raises(LockBusy) as busy:
        files.append(NAME, [call()])
    (kept,) = (root / ".spool").iterdir()
    assert str(kept) in busy.value.hint
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    again = kept.read_bytes()
    files.append("chat", [call()])
    assert files.read(NAME).totals.interactions == 1

    files.append(NAME, [call() for _ in range(40)])  # more than the ids that are remembered
    kept.write_bytes(again)
    files.append("chat", [])
    assert files.read(NAME).totals.interactions == 41
    assert list((root / ".spool").iterdir()) == []


def test_what_has_no_id_waits_and_comes_in_with_its_call(files, root, call):
    files.ensure(NAME, About("plan", "x"))
    with locks.held(root / NAME / ".lock", 0, "test"), pytest.raises(LockBusy):
        files.append(NAME, [call(), Note("todo", {"task": "T1"})])
    (kept,) = (root / ".spool").iterdir()
    again = kept.read_bytes()
    files.append("chat", [call()])
    kept.write_bytes(again)
    files.append("chat", [call()])

    assert [type(entry).__name__ for entry in files.entries(NAME)] == ["Interaction", "Note"]


def test_what_waits_comes_in_in_the_order_it_was_said(files, root, call):
    files.ensure(NAME, About())
    with locks.held(root / NAME / ".lock", 0, "test"):
        for number in range(3):
            with pytest.raises(LockBusy):
                files.append(NAME, [call(id=f"n{number}")])
            for waiting in (root / ".spool").iterdir():
                os.utime(waiting, (1, 1))  # as on a file system that knows seconds only
    files.append("chat", [call()])

    assert [entry.id for entry in files.entries(NAME)] == [f"n{number}" for number in range(3)]


def test_a_damaged_spool_file_is_set_aside_and_disturbs_nobody(files, root, call):
    files.append(NAME, [call()])
    (root / ".spool").mkdir()
    for number, content in enumerate(("", "[]", '{"session":"../x","about":{},"entries":[]}')):
        (root / ".spool" / f"{number}.json").write_text(content)
    files.append(NAME, [call()])

    assert files.read(NAME).totals.interactions == 2
    assert {path.suffix for path in (root / ".spool").iterdir()} == {".damaged"}


def test_who_holds_the_lock_is_named(files, root, call):
    files.ensure(NAME, About())

    with (
        locks.held(root / NAME / ".lock", 0, "test"),
        pytest.raises(LockBusy, match=rf"session {NAME} is in use by pid {os.getpid()}, since 2"),
    ):
        files.append(NAME, [call()])


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE_S", 0)


def test_who_waits_is_told_for_whom(root, impatient):
    told = []
    store = FileStore(root, tell=told.append)
    store.ensure(NAME, About())
    with store.turn(NAME, 0), pytest.raises(LockBusy), store.turn(NAME, 0.05):
        pass
    assert told[0].startswith(f"waiting: session {NAME} is in use by pid {os.getpid()}")


def test_a_scratch_file_is_private_and_has_no_name(files, root):
    with files.scratch() as file:
        kept = os.fstat(file.fileno())

        assert (stat.S_IMODE(kept.st_mode), kept.st_dev) == (0o600, root.stat().st_dev)
        assert list(root.iterdir()) == []
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


def test_a_session_of_a_newer_version_is_read_and_never_written(files, root, call):
    files.append(NAME, [call()])
    path = root / NAME / "metadata.json"
    newer = json.loads(path.read_text())
    newer["schema"], newer["novel"] = 99, {"x": 1}
    path.write_text(json.dumps(newer))
    before = {item: item.read_bytes() for item in (root / NAME).iterdir()}

    assert files.read(NAME).totals.interactions == 1
    assert files.read(NAME).notices == ("made by a newer version: read-only here",)
    assert [session.name for session in files.sessions()] == [NAME]
    with pytest.raises(ConfigError, match="newer version"):
        files.append(NAME, [call()])
    path.write_text('{"schema": 99}')
    assert files.read(NAME).totals.interactions == 0
    path.write_bytes(before[path])
    unchanged = {key: value for key, value in before.items() if key.name != ".lock"}
    assert all(item.read_bytes() == content for item, content in unchanged.items())


def test_a_newer_version_is_known_by_the_journal_alone(files, root, call):
    files.append(NAME, [call()])
    journal = root / NAME / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"store":2', b'"store":3'))
    (root / NAME / "metadata.json").unlink()

    with pytest.raises(ConfigError, match="newer version"):
        files.append(NAME, [call()])


def test_lines_of_a_later_version_are_kept_and_exported(files, root, call):
    files.append(NAME, [call()])
    with (root / NAME / "journal.jsonl").open("a") as journal:
        journal.write('{"v":3,"type":"segment","seq":2,"shape":"round"}\n')
    session = files.append(NAME, [call()])

    assert session.totals.interactions == 2
    assert [entry["seq"] for entry in files.plain_entries(NAME)] == [0, 1, 2, 3]
    assert next(e for e in files.plain_entries(NAME) if e["v"] == 3)["shape"] == "round"
    assert [entry.seq for entry in files.entries(NAME)] == [1, 2, 3]
    assert list(files.entries(NAME))[1].plain["shape"] == "round"


def test_a_link_in_place_of_a_session_is_refused_and_its_target_untouched(files, root, call):
    root.mkdir(mode=0o700)
    target = root.parent / "target"
    target.mkdir()
    (root / NAME).symlink_to(target)

    for verb in (lambda: files.append(NAME, [call()]), lambda: files.read(NAME)):
        with pytest.raises(StorageError, match="link"):
            verb()
    assert list(target.iterdir()) == []


def test_a_discarded_session_comes_back_with_everything(files, root, call):
    before = files.append(NAME, [call()])

    assert files.discard(NAME) is True
    assert list(files.sessions()) == []
    assert files.discarded() == [NAME]
    assert files.restore(NAME) == before
    assert files.discarded() == []


def test_restoring_needs_something_in_the_trash_and_a_free_name(files, call):
    with pytest.raises(NotFound, match="trash"):
        files.restore(NAME)
    files.append(NAME, [call()])
    files.discard(NAME)
    files.append(NAME, [call()])
    with pytest.raises(UsageError, match="exists again"):
        files.restore(NAME)


def test_a_session_that_is_cleaned_away_before_its_turn_is_made_anew(files, call):
    files.ensure(NAME, About("plan", "x"))
    files.discard(NAME)
    with files.turn(NAME, 0):
        assert files.read(NAME).about == About("plan", "x")


def test_one_that_is_cleaned_away_again_and_again_gets_its_turn_or_is_not_found(files, monkeypatch):
    files.ensure(NAME, About("plan", "x"))
    left, write = [3], files._write

    def written_and_cleaned_away(*args):
        write(*args)
        left[0] -= 1
        if left[0]:
            files.discard(NAME)

    monkeypatch.setattr(files, "_write", written_and_cleaned_away)
    files.discard(NAME)
    with files.turn(NAME, 0):
        assert files.read(NAME).about == About("plan", "x")
    left[0] = 0
    files.discard(NAME)
    with pytest.raises(NotFound), files.turn(NAME, 0):
        pass


def test_a_folder_that_nothing_was_written_into_hides_no_session_in_the_trash(files, root, call):
    files.append(NAME, [call()])
    files.discard(NAME)
    (root / NAME).mkdir(mode=0o700)
    with pytest.raises(NotFound):
        files.discard(NAME)
    (root / NAME / ".lock").unlink(missing_ok=True)
    (root / NAME / ".turn").unlink(missing_ok=True)
    (root / NAME).rmdir()

    assert files.restore(NAME).totals.interactions == 1


def test_only_what_was_discarded_long_ago_is_purged(files, root, call):
    files.append(NAME, [call()])
    files.discard(NAME)

    assert files.purge(NOW - timedelta(days=1)) == 0
    assert files.purge(NOW + timedelta(days=1)) == 1
    assert list((root / ".trash").iterdir()) == []


def test_a_renamed_session_is_the_same_session(files, root, call):
    before = files.append(NAME, [call()])
    renamed = files.rename(NAME, "plan-y")

    assert (renamed.name, renamed.uid, renamed.totals) == ("plan-y", before.uid, before.totals)
    assert [session.name for session in files.sessions()] == ["plan-y"]
    files.append(NAME, [call()])
    with pytest.raises(UsageError, match="exists already"):
        files.rename(NAME, "plan-y")


def test_a_session_that_is_moved_while_it_is_read_is_there_or_not_found(files, root, call):
    files.append(NAME, [call()])
    (root / NAME / "metadata.json").unlink()  # so that every look opens the journal
    there, away = root / NAME, root / "plan-z"
    over = threading.Event()

    def move():
        while not over.is_set():
            there.rename(away)
            away.rename(there)

    mover = threading.Thread(target=move)
    mover.start()
    try:
        for _ in range(2000):
            with contextlib.suppress(NotFound):
                assert files.read(NAME).totals.interactions == 1
            assert all(not row.get("notices") for row in checkpoints.rows(root))
    finally:
        over.set()
        mover.join()


def test_a_session_in_use_is_not_renamed(files, call):
    files.append(NAME, [call()])
    with files.turn(NAME, 0), pytest.raises(LockBusy):
        files.rename(NAME, "plan-y")


def test_a_waiter_on_a_session_that_is_made_anew_ends_in_the_live_one(root, call, impatient):
    told = threading.Event()
    waiting = FileStore(root, tell=lambda _text: told.set())
    other = FileStore(root)
    other.append(NAME, [call()])
    given, results = call(id="late"), []
    thread = threading.Thread(target=lambda: results.append(waiting.append(NAME, [given])))
    with locks.held(root / NAME / ".lock", 0, "test"):
        thread.start()
        told.wait()
        (root / NAME).rename(root / "plan-old")
        other.append(NAME, [call(id="new")])
    thread.join()

    assert [entry.id for entry in other.entries(NAME)] == ["new", "late"]
    assert other.read("plan-old").totals.interactions == 1


def test_a_late_checkpoint_is_a_warning_and_the_write_counts(root, call):
    told = []
    store = FileStore(root, tell=told.append)
    store.append(NAME, [call()])
    (root / NAME / "metadata.json").unlink()
    (root / NAME / "metadata.json").mkdir()

    assert store.append(NAME, [call()]).totals.interactions == 2
    assert "made again by the next command" in told[0]
    assert store.read(NAME).totals.interactions == 2


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_place_that_cannot_be_made_names_the_setting(root, call, monkeypatch, number):
    def refused(path, sync=True):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(disk_files, "make_folders", refused)
    with pytest.raises(StorageError, match=os.strerror(number)) as caught:
        FileStore(root).append(NAME, [call()])

    assert "point SESSION_DIR at a folder you can write" in caught.value.hint


def test_a_place_that_cannot_be_written_is_known_before_anything_is_said(root):
    root.write_text("in the way")
    with pytest.raises(StorageError, match="Not a directory") as caught:
        FileStore(root).check_writable()

    assert "point SESSION_DIR at a folder you can write" in caught.value.hint
