"""A disk that is full, read-only, broken or not ours: one clear error, nothing half-written."""

import errno
import os
import resource
import shutil

import pytest

from ai_sessions.errors import StorageError


def failing(code):
    def fail(original, *args, **named):
        if original.__name__ == "write" and code == errno.ENOSPC:
            original(args[0], bytes(args[1])[: len(args[1]) // 2])
        if original.__name__ == "close":
            original(*args)
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_any_system_call_may_fail_and_a_retry_makes_it_good(tmp_path, faults, code):
    """The outcome is a `StorageError` or success; the same id afterwards is there once."""
    number, seen, failures = 0, 1, 0
    while seen >= number:
        number += 1
        root = tmp_path / str(number)
        faults.store(root).append(faults.name, [faults.call("a")])

        def work(say, root=root, number=number):
            counter = faults.intercept(number, failing(code))
            try:
                faults.store(root, fsync="full").append(faults.name, [faults.call("c")])
            except StorageError as error:
                assert "\n" not in str(error)
                say(f"failed {error}")
            say(counter[0])

        lines, exit_code = faults.run(work)
        assert exit_code == 0, (number, lines)
        seen, failed = int(lines[-1]), len(lines) > 1
        failures += failed
        faults.promises(root, ["a"] if failed else ["a", "c"], spare=failed)
        assert not list(root.rglob("*.tmp")) or code != errno.ENOSPC
        faults.store(root).append(faults.name, [faults.call("c")])
        faults.goes_on(root, ["a", "c"], spare=0)
        assert not list((root / ".spool").glob("*.json"))
        shutil.rmtree(root)
    assert failures >= 5


def test_a_file_size_limit_is_an_error_and_nothing_is_half_written(root, faults):
    def work(say):
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
        store = faults.store(root)
        number, errors = 0, 0
        while errors < 20:
            number += 1
            try:
                store.append(faults.name, [faults.call(f"n{number}", 2000)])
                say(f"n{number}")
            except StorageError as error:
                assert "File too large" in str(error)
                assert "ulimit" in error.hint
                errors += 1

    acked, code = faults.run(work)
    assert code == 0
    assert 3 <= len(acked) < 15
    assert not list(root.rglob("*.tmp"))
    assert (root / faults.name / "journal.jsonl").read_bytes().endswith(b"\n")
    faults.promises(root, acked, spare=0)
    spooled = len(list((root / ".spool").glob("*.json")))
    assert spooled == 20
    faults.goes_on(root, acked, spare=20)
    for _ in range(2):
        faults.store(root).append(faults.name, [])
    assert faults.store(root).read(faults.name).totals.interactions == len(acked) + 21


def read_only_folders(root):
    (root / "plan-x").chmod(0o500)
    root.chmod(0o500)
    for path in (root / "plan-x").iterdir():
        path.chmod(0o400)


def forbidden_journal(root):
    (root / "plan-x" / "journal.jsonl").chmod(0o400)


def forbidden_lock(root):
    (root / "plan-x" / ".lock").chmod(0)


def forbidden_folder(root):
    (root / "plan-x").chmod(0)


def forbidden_root(root):
    root.chmod(0o500)
    (root / "plan-x").chmod(0)


@pytest.mark.parametrize(
    "forbid",
    [read_only_folders, forbidden_journal, forbidden_lock, forbidden_folder, forbidden_root],
)
def test_what_we_may_not_write_is_named_at_once(open_root, as_user, faults, forbid):
    def work(say):
        as_user()
        store = faults.store(open_root)
        store.append(faults.name, [faults.call("a")])
        forbid(open_root)
        with pytest.raises(StorageError, match=r"/sessions.*(Permission|Read-only)") as refused:
            store.append(faults.name, [faults.call("b")])
        assert refused.value.hint
        if forbid in {read_only_folders, forbidden_journal, forbidden_lock}:
            assert store.read(faults.name).totals.interactions == 1
            assert [session.name for session in store.sessions()] == [faults.name]
            assert len(list(store.entries(faults.name))) == 1
        else:
            (session,) = store.sessions()
            assert "cannot be read" in session.notices[0]
            with pytest.raises(StorageError, match="Permission"):
                store.read(faults.name)
        open_root.chmod(0o700)
        (open_root / "plan-x").chmod(0o700)
        say("done")

    assert faults.run(work) == (["done"], 0)


def test_a_folder_of_another_user_is_refused(open_root, as_user, faults):
    if os.geteuid() != 0:
        pytest.skip("needs root, to make a folder of another user")
    open_root.parent.chmod(0o755)
    open_root.mkdir(mode=0o755)

    def work(say):
        as_user()
        with pytest.raises(StorageError, match=r"belongs to another user \(uid 0\)"):
            faults.store(open_root).append(faults.name, [faults.call("a")])
        say("done")

    assert faults.run(work) == (["done"], 0)
    assert list(open_root.iterdir()) == []


def test_a_link_that_another_user_made_is_refused(open_root, as_user, faults):
    if os.geteuid() != 0:
        pytest.skip("needs root, to make a link of another user")
    real = open_root.parent / "real"
    real.mkdir(mode=0o700)
    os.chown(real, 65534, 65534)
    open_root.symlink_to(real)

    def work(say):
        as_user()
        with pytest.raises(StorageError, match="belongs to another user"):
            faults.store(open_root).append(faults.name, [faults.call("a")])
        say("done")

    assert faults.run(work) == (["done"], 0)
    assert list(real.iterdir()) == []
