"""Tools of the fault suite: children to kill, system calls that fail, and the promises.

`AI_SESSIONS_LONG=1` runs every test at its full length.
"""

import json
import os
import signal
import sys
import tempfile
import traceback
from pathlib import Path

import pytest

from ai_sessions.records import Cost, Interaction, Message, Usage
from ai_sessions.store.files import FileStore, checkpoints, journal

LONG = os.environ.get("AI_SESSIONS_LONG") == "1"
NOBODY = 65534
#: Everything the store asks of the kernel to change a file.
CALLS = ("open", "write", "pwrite", "ftruncate", "fdatasync", "fsync", "rename", "mkdir")
CALLS += ("link", "unlink", "chmod", "fchmod", "close")


class Faults:
    """What the tests share."""

    name = "plan-x"
    long = LONG
    calls = CALLS

    @staticmethod
    def times(short, long):
        return range(long if LONG else short)

    @staticmethod
    def store(root, **options):
        return FileStore(root, **{"fsync": "none", "lock_timeout_s": 60, **options})

    @staticmethod
    def call(ident, size=20, nusd=16_500_001):
        said = (Message("user", "u" * size), Message("assistant", "a"))
        cost, usage = Cost(nusd, "client"), Usage(500, 1000)
        return Interaction(ident, "2025-11-21T03:00:00.000Z", "claude", "sonnet", said, usage, cost)

    @staticmethod
    def fork(work):
        """Run `work(say)` in a child; returns its pid and a file with the lines it said."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writer)
            return pid, os.fdopen(reader)
        code, write = 70, os.write  # the true one, whatever the work intercepts
        try:
            os.close(reader)
            work(lambda text: write(writer, f"{text}\n".encode()))
            code = 0
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
        os._exit(code)

    @classmethod
    def run(cls, work):
        """`fork`, then wait: the lines it said, and its exit code (negative: killed)."""
        pid, said = cls.fork(work)
        with said:
            lines = said.read().splitlines()
        return lines, cls.wait(pid)

    @staticmethod
    def wait(pid):
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    @classmethod
    def kill(cls, pid):
        os.kill(pid, signal.SIGKILL)
        cls.wait(pid)

    @staticmethod
    def die(original, *args, **named):
        """For `intercept`: before the call."""
        os.kill(os.getpid(), signal.SIGKILL)

    @staticmethod
    def die_half_way(original, *args, **named):
        """In the middle of a write, right after anything else."""
        try:
            if original.__name__ in {"write", "pwrite"}:
                fd, data, *place = args
                original(fd, bytes(data)[: len(data) // 2], *place)
            else:
                original(*args, **named)
        finally:
            os.kill(os.getpid(), signal.SIGKILL)

    @staticmethod
    def intercept(number, act, calls=CALLS):
        """In a child: `act(original, *arguments)` in place of the `number`th of `calls`."""
        seen = [0]

        def wrapped(original):
            def call(*args, **named):
                seen[0] += 1
                if seen[0] == number:
                    return act(original, *args, **named)
                return original(*args, **named)

            return call

        for name in calls:
            setattr(os, name, wrapped(getattr(os, name)))
        return seen

    @classmethod
    def promises(cls, root, acked, *, spare=1, name=None):
        """P1-P4: every acknowledged id once, at most `spare` more, sums exact, readers fine."""
        name = name or cls.name
        store = cls.store(root)
        try:
            ids = [entry.id for entry in store.entries(name) if isinstance(entry, Interaction)]
        except Exception as error:
            assert not acked, error
            return []
        assert len(ids) == len(set(ids))
        assert set(acked) <= set(ids)
        assert len(set(ids) - set(acked)) <= spare
        totals = store.read(name).totals
        raw = [e for e in store.plain_entries(name) if e["type"] == "interaction"]
        assert totals.interactions == len(ids)
        assert totals.cost_nusd == sum(entry["cost_nusd"] for entry in raw)
        assert totals.usage.total_tokens == 1500 * len(ids)
        assert [row["totals"] for row in checkpoints.rows(root) if row["name"] == name] == [
            json.loads(json.dumps(checkpoints.row(str(root / name), name)["totals"]))
        ]
        return ids

    @classmethod
    def goes_on(cls, root, acked, *, spare=1, name=None, **options):
        """P1-P6: the promises hold, the next append works, and they hold again."""
        name = name or cls.name
        cls.promises(root, acked, spare=spare, name=name)
        cls.store(root, **options).append(name, [cls.call("next")])
        ids = cls.promises(root, [*acked, "next"], spare=spare, name=name)
        cls.rebuilt_is_equal(root, name)
        for path in root.rglob("*"):
            assert path.stat().st_mode & 0o077 == 0, path
        return ids

    @staticmethod
    def rebuilt_is_equal(root, name):
        """The checkpoint on disk is what the journal alone says."""
        path = root / name / "metadata.json"
        kept = json.loads(path.read_text())
        path.unlink()
        assert checkpoints.row(str(root / name), name) in (
            kept,
            {**kept, "notices": checkpoints.row(str(root / name), name).get("notices")},
        )
        assert (root / name / journal.NAME).read_bytes().endswith(b"\n")


@pytest.fixture(scope="session")
def faults():
    return Faults


@pytest.fixture
def root(tmp_path):
    return tmp_path / "sessions"


@pytest.fixture
def open_root():
    """A root that an ordinary user may reach even when the tests run as root."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        home.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(home, NOBODY, NOBODY)
        yield home / "sessions"


@pytest.fixture
def as_user():
    """Give up root's powers, in a child."""

    def drop():
        if os.geteuid() == 0:
            os.setgid(NOBODY)
            os.setuid(NOBODY)

    return drop
