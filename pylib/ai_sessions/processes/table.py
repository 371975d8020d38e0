"""The processes of this machine, as the kernel lists them: who started whom, and since when.

The supervisor imports this, so it imports nothing that takes time to load.
"""

from __future__ import annotations

import contextlib
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_PROC = "/proc"
HAS_PROC = os.path.exists(f"{_PROC}/self/stat")
#: `-E`: with the environment (macOS); `lstart` is five words.
_PS = ("ps", "-A", "-E", "-ww", "-o", "pid=,ppid=,pgid=,stat=,lstart=,command=")
_PS_COLUMNS = 9


class Process:
    """One process. `start` and `pid` together name it for as long as the machine is up."""

    __slots__ = ("_words", "group", "is_dead", "parent", "pid", "start")

    def __init__(
        self, pid: int, parent: int, group: int, start: str, is_dead: bool, words: str | None = None
    ) -> None:
        self.pid, self.parent, self.group = pid, parent, group
        self.start, self.is_dead = start, is_dead
        self._words = words

    def carries(self, mark: str) -> bool:
        """Whether its environment names the variable `mark`; False when nobody may look."""
        if self._words is not None:
            return f" {mark}=1" in self._words
        return f"\0{mark}=1\0".encode() in b"\0" + _read(f"{_PROC}/{self.pid}/environ")

    def program(self) -> str:
        """The name of the file that it runs, of a script that of its interpreter; empty when nobody
        may look.
        """
        if self._words is not None:
            return os.path.basename(self._words.split(maxsplit=1)[0])
        try:
            return os.path.basename(os.readlink(f"{_PROC}/{self.pid}/exe"))
        except OSError:
            return ""


def listed() -> list[Process]:
    """All processes, those that have ended and were not yet waited for too."""
    if not HAS_PROC:
        return rows(_said_by(_PS))
    found = (_in_proc(name) for name in os.listdir(_PROC) if name.isdigit())
    return [one for one in found if one]


def of(pid: int) -> Process | None:
    """The process with this number now, if any."""
    if HAS_PROC:
        return _in_proc(str(pid))
    return next((one for one in listed() if one.pid == pid), None)


def descendants(pids: Collection[int], among: Iterable[Process]) -> list[Process]:
    """Those of `among` that `pids` have started, directly or not, parents first."""
    below: dict[int, list[Process]] = {}
    for one in among:
        below.setdefault(one.parent, []).append(one)
    found: list[Process] = []
    wanted = list(pids)
    while wanted:
        children = below.pop(wanted.pop(), [])
        found += children
        wanted += [one.pid for one in children]
    return found


def descendants_of(pid: int) -> list[int]:
    """What this process has started and is still running, parents first."""
    try:
        return _children(pid)
    except OSError:  # a kernel without lists of children
        return [one.pid for one in descendants([pid], listed()) if not one.is_dead]


def machine() -> str:
    """Names this start of the machine and our view of its processes: what pids are good for."""
    boot = _read(f"{_PROC}/sys/kernel/random/boot_id").decode().strip()
    try:
        return f"{boot} {os.readlink(f'{_PROC}/self/ns/pid')}"
    except OSError:
        return boot or os.uname().nodename


def rows(text: str) -> list[Process]:
    """What `ps` says, with the columns of `_PS`."""
    found = []
    for line in text.splitlines():
        words = line.split(None, _PS_COLUMNS)
        if len(words) > _PS_COLUMNS - 1 and all(word.isdigit() for word in words[:3]):
            pid, parent, group = map(int, words[:3])
            start, command = " ".join(words[4:9]), " ".join(words[9:])
            found.append(Process(pid, parent, group, start, "Z" in words[3], f" {command}"))
    return found


def _in_proc(name: str) -> Process | None:
    """From `/proc/PID/stat`; the second field, a name, may hold spaces and parentheses."""
    fields = _read(f"{_PROC}/{name}/stat").rpartition(b")")[2].split()
    if len(fields) < 20:
        return None
    is_dead = fields[0] in (b"Z", b"X")
    return Process(int(name), int(fields[1]), int(fields[2]), fields[19].decode(), is_dead)


def _children(pid: int) -> list[int]:
    """By the lists that the kernel keeps for each thread: costs what the tree is large, not what
    the machine is busy. Raises `OSError` when there are none.
    """
    found: list[int] = []
    wanted = [pid]
    while wanted:
        parent = wanted.pop()
        try:
            lists = [_text_of(task) for task in _tasks(parent)]
        except OSError:
            if parent == pid:
                raise
            continue  # it has ended meanwhile
        children = [int(child) for text in lists for child in text.split()]
        found += [child for child in children if not _is_dead(child)]
        wanted += children
    return found


def _tasks(pid: int) -> list[str]:
    folder = f"{_PROC}/{pid}/task"
    return [f"{folder}/{task}/children" for task in os.listdir(folder)]


def _is_dead(pid: int) -> bool:
    found = _in_proc(str(pid))
    return found is None or found.is_dead


def _text_of(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _read(path: str) -> bytes:
    try:
        return _text_of(path)
    except OSError:
        return b""


def _said_by(words: Sequence[str]) -> str:
    """What a program prints; empty when it cannot be run. Loading `subprocess` takes 8 ms."""
    reads, writes = os.pipe()
    with os.fdopen(reads, "rb") as said:
        try:
            actions = [(os.POSIX_SPAWN_DUP2, writes, 1)]
            pid = os.posix_spawnp(words[0], list(words), {"PATH": os.defpath}, file_actions=actions)
        except OSError:
            os.close(writes)
            return ""
        os.close(writes)
        text = said.read()
    with contextlib.suppress(OSError):
        os.waitpid(pid, 0)
    return text.decode("utf-8", "replace")
