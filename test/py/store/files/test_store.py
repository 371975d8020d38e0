"""The store on disk: modes, spool, trash, names, and what is told to whom."""

import contextlib
import errno
import os
import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.disk import files as disk_files
from ai_sessions.errors import ConfigError, NotFound, StorageError, UsageError
from ai_sessions.records import Message, Said
from ai_sessions.store.files import FileStore, checkpoints
from ai_sessions.store.files.upkeep import FileUpkeep

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


def test_a_scratch_file_is_private_and_has_no_name(files, root):
    with files.scratch() as file:
        kept = os.fstat(file.fileno())

        assert (stat.S_IMODE(kept.st_mode), kept.st_dev) == (0o600, root.stat().st_dev)
        assert list(root.iterdir()) == []
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


def test_lines_of_a_later_version_are_kept_and_exported(files, root, call):
    files.append(NAME, [call()])
    with (root / NAME / "journal.jsonl").open("a") as journal:
        journal.write('{"v":3,"type":"mood","seq":2,"shape":"round"}\n')
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


def test_links_inside_the_store_are_not_followed(files, root, call, tmp_path):
    files.append(NAME, [call()])
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "package.json").write_text("{}")
    os.utime(mine / "package.json", (1, 1))
    (root / ".spool").symlink_to(mine)
    (root / NAME / "logs").symlink_to(mine)
    (root / ".trash").symlink_to(mine)

    files.append(NAME, [call()])
    later = datetime.now(UTC) + timedelta(days=1)
    assert FileUpkeep(root).drop_raw_output(NAME, later) == 0
    assert FileUpkeep(root).raw_output_before(NAME, later) == 0
    for verb in (lambda: files.purge(later), lambda: files.discard(NAME)):
        with pytest.raises(Exception, match=r"link|directory|folder"):
            verb()
    assert os.listdir(mine) == ["package.json"]
