"""Writes that share a sync: safe when the group has ended, and not told before."""

import errno
import json
import os
import threading

import pytest

from ai_sessions.disk import files as disk
from ai_sessions.errors import StorageError
from ai_sessions.records import About, Message, Said
from ai_sessions.store.files import FileStore

NAME = "chat"


@pytest.fixture
def told():
    return []


@pytest.fixture
def store(root, told):
    store = FileStore(root, on_calls=lambda _checkpoint, calls: told.extend(calls))
    store.ensure(NAME, About())
    return store


@pytest.fixture
def synced(store, monkeypatch):
    """The names and sizes of files, as they were synced."""
    found = []

    def sync_file(fd):
        path = os.readlink(f"/proc/self/fd/{fd}") if os.path.isdir("/proc/self/fd") else ""
        found.append((os.path.basename(path), os.fstat(fd).st_size))

    monkeypatch.setattr(disk, "sync_file", sync_file)
    return found


def said(text):
    return Said(Message("user", text))


def size(root, name=NAME):
    return (root / name / "journal.jsonl").stat().st_size


def test_writes_of_a_group_share_one_sync_of_all_of_them(store, root, synced):
    with store.group():
        for text in "abc":
            store.append(NAME, [said(text)])
        assert synced == []

    assert [bytes_ for _name, bytes_ in synced] == [size(root)]


def test_each_session_of_a_group_is_synced(store, root, synced):
    store.ensure("other", About())
    synced.clear()

    with store.group():
        for name in (NAME, "other", NAME):
            store.append(name, [said(name)])

    assert [bytes_ for _name, bytes_ in synced] == [size(root), size(root, "other")]


def test_the_writes_of_other_threads_are_synced_by_themselves(store, synced):
    with store.group():
        other = threading.Thread(target=store.append, args=(NAME, [said("now")]))
        other.start()
        other.join()
        assert len(synced) == 1

    assert len(synced) == 1


def test_a_group_in_a_group_is_the_same_one(store, synced):
    with store.group():
        with store.group():
            store.append(NAME, [said("a")])
        assert synced == []

    assert len(synced) == 1


def test_a_session_that_is_renamed_meanwhile_is_synced(store, root, synced):
    with store.group():
        store.append(NAME, [said("a")])
        store.rename(NAME, "moved")

    assert [bytes_ for _name, bytes_ in synced] == [size(root, "moved")]


def test_a_repeat_in_a_group_is_synced_like_the_first(store, synced):
    with store.group():
        store.append(NAME, [Said(Message("user", "a"), "id-1")])
    with store.group():
        store.append(NAME, [Said(Message("user", "a"), "id-1")])

    assert len(synced) == 2


def test_calls_are_told_when_they_are_safe(store, told, call):
    with store.group():
        store.append(NAME, [call(id="c1")])
        assert told == []

    assert [one["id"] for one in told] == ["c1"]


def test_no_checkpoint_tells_what_is_not_synced(store, root, synced, call):
    with store.group():
        for _ in range(20):
            store.append(NAME, [call()])
            checkpoint = json.loads((root / NAME / "metadata.json").read_text())
            covered = checkpoint["journal"]["bytes"]
            assert not covered or covered <= max(
                (bytes_ for _name, bytes_ in synced), default=covered
            )

    assert synced[0][1] < synced[-1][1] == size(root)


def test_a_sync_that_fails_is_told_and_the_paid_answers_are_kept(
    store, root, told, call, monkeypatch
):
    def full(_fd):
        monkeypatch.undo()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk, "sync_file", full)

    def write():
        with store.group():
            store.append(NAME, [call(id="c1")])

    with pytest.raises(StorageError, match="No space left"):
        write()
    assert told == []

    store.append(NAME, [said("later")])
    assert [one["id"] for one in told] == ["c1"]
    assert store.read(NAME).totals.interactions == 1


def test_what_the_body_raises_takes_no_write_back(store, synced):
    with pytest.raises(ZeroDivisionError), store.group():
        store.append(NAME, [said("a")])
        1 / 0  # noqa: B018

    assert len(synced) == 1
    assert store.read(NAME).totals.messages == 1
