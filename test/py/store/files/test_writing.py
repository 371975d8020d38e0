"""One write: who waits for whom, what a newer version made, a checkpoint that is late."""

import errno
import json
import os
import threading

import pytest

from ai_sessions.disk import files as disk
from ai_sessions.disk import locks
from ai_sessions.errors import ConfigError, Conflict, LockBusy, StorageError
from ai_sessions.records import About, Message, Said
from ai_sessions.store.files import FileStore, lines, writing

NAME = "plan-x"


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE_S", 0)


def test_who_holds_the_lock_is_named(files, root, call):
    files.ensure(NAME, About())

    with (
        locks.held(root / NAME / ".lock", 0, "test"),
        pytest.raises(LockBusy, match=rf"session {NAME} is in use by pid {os.getpid()}, since 2"),
    ):
        files.append(NAME, [call()])


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


def test_an_answer_that_is_too_long_is_cut_and_its_cost_kept(files, call, monkeypatch):
    monkeypatch.setattr(lines, "LONGEST", 16_000)
    long = (Message("user", "u" * 500), Message("assistant", "b" * 9_000 + "e" * 9_000))
    session = files.append(NAME, [call(messages=long, detail={"turns": 3, "log": "x" * 20_000})])
    [kept] = files.entries(NAME)

    assert session.totals.cost_nusd == kept.cost.nusd == 16_500_000
    assert kept.messages[0].text == "u" * 500
    assert kept.messages[1].text.startswith("bbb")
    assert "17,000 characters cut" in kept.messages[1].text
    assert kept.messages[1].text.endswith("eee")
    assert kept.detail == {"turns": 3}


def test_a_file_system_without_a_sync_of_folders_is_written_to(root, call, monkeypatch):
    def refuse(fd):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(disk.os, "fsync", refuse)

    assert FileStore(root).append(NAME, [call()]).totals.interactions == 1


def test_a_session_is_synced_with_its_name_and_without_one_the_names_of_all(tmp_path, monkeypatch):
    store = FileStore(tmp_path, fsync="none")
    store.ensure("a", About())
    synced = []
    monkeypatch.setattr(disk, "sync_file", lambda _fd: synced.append("journal"))
    monkeypatch.setattr(disk, "sync_folder", synced.append)

    for name in ("a", "gone", ""):
        writing.sync(tmp_path, name)

    assert synced == ["journal", tmp_path / "a", tmp_path]


def test_a_new_session_and_what_is_said_in_it_are_synced_together(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(disk, "sync_file", lambda _fd: synced.append("journal"))
    monkeypatch.setattr(disk, "sync_folder", synced.append)
    FileStore(tmp_path).append("a", [Said(Message("user", "Hi"))], about=About())

    assert synced == ["journal", tmp_path / "a", tmp_path]


def test_a_session_whose_first_write_is_refused_is_not_there(tmp_path, call):
    store = FileStore(tmp_path, fsync="none")
    with pytest.raises(Conflict, match="entries up to 0, not 5"):
        store.append("a", [call()], expect=5)

    assert list(store.sessions()) == []
    assert store.append("a", [call()], expect=0).last_seq == 1


def test_a_journal_that_cannot_be_synced_is_an_error(tmp_path, monkeypatch):
    def sync_file(_fd):
        raise OSError(errno.EIO, "Input/output error")

    FileStore(tmp_path, fsync="none").ensure("a", About())
    monkeypatch.setattr(disk, "sync_file", sync_file)

    with pytest.raises(StorageError, match="Input/output error"):
        writing.sync(tmp_path, "a")
