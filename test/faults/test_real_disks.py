"""A file system that is really full, or really read-only: mounted for one child alone."""

import ctypes
import subprocess
import sys

import pytest

from ai_sessions.cli import start
from ai_sessions.errors import StorageError

CLONE_NEWNS = 0x20000


def mount(*arguments):
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode


def own_mounts(place):
    """In a child: a small file system at `place` that nobody else sees; False when we may not."""
    if sys.platform != "linux" or ctypes.CDLL(None).unshare(CLONE_NEWNS):
        return False
    made = (
        mount("--make-rprivate", "/"),
        mount("-t", "tmpfs", "-o", "size=1m,mode=700", "none", place),
    )
    return made == (0, 0)


@pytest.fixture
def mounted(tmp_path, faults):
    """Runs `work(say, root)` in a child with a file system of one megabyte below `root`."""

    def run(work):
        def child(say):
            if not own_mounts(str(tmp_path)):
                say("no mounts")
                return
            work(say, tmp_path / "sessions")

        said, code = faults.run(child)
        if said == ["no mounts"]:
            pytest.skip("needs the right to mount (root on Linux)")
        assert code == 0
        return said

    return run


def test_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(mounted, faults, tmp_path):
    def work(say, root):
        store, acked, refused = faults.store(root, fsync="data"), [], 0
        while refused < 20:
            ident = f"n{len(acked) + refused}"
            try:
                store.append(faults.name, [faults.call(ident, 20_000)])
                acked.append(ident)
            except StorageError as error:
                assert "No space left on device" in str(error)
                assert "free some space" in error.hint
                refused += 1
        assert len(acked) > 20
        assert not list(root.rglob("*.tmp"))
        faults.promises(root, acked, spare=0)
        assert mount("-o", "remount,size=16m", str(tmp_path)) == 0
        faults.goes_on(root, acked, spare=20, fsync="data")
        say(len(acked))

    assert int(mounted(work)[0]) > 20


def test_a_read_only_disk_is_read_and_one_line_says_why_it_cannot_be_written(
    mounted, faults, tmp_path, monkeypatch
):
    def work(say, root):
        faults.store(root).append(faults.name, [faults.call("a")])
        before = sorted(root.rglob("*"))
        assert mount("-o", "remount,ro", str(tmp_path)) == 0
        with pytest.raises(StorageError, match="Read-only file system") as refused:
            faults.store(root).append(faults.name, [faults.call("b")])
        assert "\n" not in str(refused.value)
        faults.promises(root, ["a"], spare=0)
        monkeypatch.setenv("SESSION_DIR", str(root))
        for verb in (["list"], ["stats"], ["show", faults.name], ["export"], ["search", "a"]):
            assert start.main(verb) == 0, verb
        assert sorted(root.rglob("*")) == before
        say("done")

    assert mounted(work)[-1] == "done"
