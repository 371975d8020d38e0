"""Locks that die with their process and cannot be fooled by a deleted lock file."""

import contextvars
import errno
import functools
import os
import signal
import subprocess
import sys
import threading
import time

import filelock
import pytest

from ai_sessions.disk import locks
from ai_sessions.errors import LockBusy, StorageError
from ai_sessions.stopping import GIVEN_UP


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE_S", 0)


def test_the_holder_is_named_to_who_does_not_want_to_wait(tmp_path):
    with (
        locks.held(tmp_path / "l", 0, "session x"),
        pytest.raises(LockBusy, match=rf"^session x is in use by pid {os.getpid()}, since") as busy,
        locks.held(tmp_path / "l", 0, "session x"),
    ):
        pass
    assert busy.value.exit_code == 8
    assert "do not delete" in busy.value.hint


def test_waiting_ends_at_the_deadline(tmp_path):
    with locks.held(tmp_path / "l", 0, "x"):
        started = time.monotonic()
        with pytest.raises(LockBusy), locks.held(tmp_path / "l", 0.1, "x"):
            pass
        assert time.monotonic() - started >= 0.1


def test_who_gave_up_does_not_get_the_lock_later(tmp_path):
    with locks.held(tmp_path / "l", 0, "x"), pytest.raises(LockBusy):
        locks.acquire(tmp_path / "l", 0.02, "x")
    for waiter in threading.enumerate():
        if waiter.name == "lock-queue":
            waiter.join()

    locks.acquire(tmp_path / "l", 0, "x").release()


def given_up_when(condition, wait):
    """`wait` in a context of its own, in which somebody may give up."""

    def work():
        GIVEN_UP.set(condition)
        return wait()

    return contextvars.copy_context().run(work)


def test_who_is_given_up_waits_no_longer_and_leaves_no_thread(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "_QUICK_S", 0)
    tries = iter([False] * 5)
    with locks.held(tmp_path / "l", 0, "x"), pytest.raises(locks.GivenUp, match="in use by pid"):
        given_up_when(lambda: next(tries, True), lambda: locks.acquire(tmp_path / "l", 60, "x"))

    assert "lock-queue" not in [thread.name for thread in threading.enumerate()]


def test_who_may_give_up_gets_the_lock_when_it_is_free(tmp_path, impatient, monkeypatch):
    monkeypatch.setattr(locks, "_QUICK_S", 0)
    told, lock = [], locks.acquire(tmp_path / "l", 0, "x")

    def tell(text):
        told.append(text)
        lock.release()

    wait = functools.partial(locks.acquire, tmp_path / "l", 60, "x", tell)
    given_up_when(lambda: False, wait).release()

    assert told[0].startswith("waiting: x is in use by pid")


def test_the_deadline_counts_for_who_may_give_up_too(tmp_path):
    with locks.held(tmp_path / "l", 0, "x"), pytest.raises(LockBusy) as busy:
        given_up_when(lambda: False, lambda: locks.acquire(tmp_path / "l", 0.01, "x"))

    assert type(busy.value) is LockBusy


def test_waiters_get_in_one_after_the_other(tmp_path):
    inside, most, done = [], [], []

    def work():
        with locks.held(tmp_path / "l", 60, "x"):
            inside.append(1)
            most.append(len(inside))
            inside.pop()
            done.append(1)

    threads = [threading.Thread(target=work) for _ in range(16)]
    with locks.held(tmp_path / "l", 0, "x"):
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    assert (max(most), len(done)) == (1, 16)


def test_a_killed_holder_frees_the_lock_at_once_although_its_child_lives(tmp_path):
    program = (
        "import sys, subprocess, time; from pathlib import Path\n"
        "from ai_sessions.disk import locks\n"
        "lock = locks.acquire(Path(sys.argv[1]), 0, 'x')\n"
        "child = subprocess.Popen(['sleep', '60'], close_fds=False)\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / "l"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    child = int(holder.stdout.readline())
    try:
        with pytest.raises(LockBusy, match=f"pid {holder.pid}"):
            locks.acquire(tmp_path / "l", 0, "x")
        holder.kill()
        holder.wait()
        locks.acquire(tmp_path / "l", 0, "x").release()
    finally:
        os.kill(child, signal.SIGKILL)
        holder.stdout.close()


def test_a_deleted_lock_file_is_made_anew_and_locked(tmp_path):
    path = tmp_path / "l"
    first = locks.acquire(path, 0, "x")
    path.unlink()
    second = locks.acquire(path, 0, "x")

    with pytest.raises(LockBusy):
        locks.acquire(path, 0, "x")
    first.release()
    second.release()


def test_who_waited_on_a_file_that_was_replaced_waits_on_the_new_one(tmp_path, impatient):
    path, told, got = tmp_path / "l", threading.Event(), []
    first = locks.acquire(path, 0, "x")

    def wait():
        lock = locks.acquire(path, 60, "x", lambda _text: told.set())
        got.append(path.stat().st_ino)
        lock.release()

    thread = threading.Thread(target=wait)
    thread.start()
    told.wait()
    path.unlink()
    second = locks.acquire(path, 0, "x")
    live = path.stat().st_ino
    first.release()
    second.release()
    thread.join()
    assert got == [live]


def test_the_lock_is_the_one_that_filelock_takes(tmp_path):
    with locks.held(tmp_path / "l", 0, "x"), pytest.raises(filelock.Timeout):
        filelock.FileLock(tmp_path / "l").acquire(blocking=False)


def test_a_folder_that_is_gone_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError):
        locks.acquire(tmp_path / "gone" / "l", 0, "x")
    assert not (tmp_path / "gone").exists()


def test_a_link_or_pipe_in_place_of_the_lock_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    os.mkfifo(tmp_path / "pipe")

    for name in ("link", "pipe"):
        with pytest.raises(StorageError, match=name):
            locks.acquire(tmp_path / name, 0, "x")
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_one_plain_error(tmp_path, monkeypatch, code):
    def refuse(_fd, *, blocking):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(filelock, "lock_descriptor", refuse)
    with pytest.raises(StorageError, match="this file system has no locks"):
        locks.acquire(tmp_path / "l", 0, "x")


def test_releasing_twice_is_harmless(tmp_path):
    lock = locks.acquire(tmp_path / "l", 0, "x")
    lock.release()
    lock.release()
    locks.acquire(tmp_path / "l", 0, "x").release()
