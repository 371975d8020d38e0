"""Work done in a process of its own, for a door that may end before it does.

Each run has a folder: who began what (`run.json`), what the command reads (`input.txt`), what it
tells programs (`output.jsonl`) and people (`told.txt`), and a lock that its process holds as long
as it lives. So any process that knows the folder can follow it, and tells a run that was killed
from one at work.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from ai_sessions import ids
from ai_sessions.disk import files, locks
from ai_sessions.errors import LockBusy, NotFound, StorageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.workspace.features import unknown_task
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.plan_file import read_plan

_LAUNCH = Path(__file__).resolve().parents[1] / "cli" / "launch.py"
_RECORD, _OUTPUT, _TOLD, _ALIVE = "run.json", "output.jsonl", "told.txt", "alive.lock"
_INPUT = "input.txt"
_LOCK = ".lock"
_LARGEST_RECORD, _AT_ONCE = 1 << 16, 1 << 20
_LOCK_WAIT_S = 10.0
#: Runs that are kept; of those that have ended the oldest are forgotten. What a task cost and its
#: proof are in the workspace.
_MOST_KEPT = 100

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """What a run told. `end`: where the next line begins, in bytes."""

    end: int
    told: Plain


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done. `task`: of `implement` alone. `options`: of the command, each one word;
    never a word that somebody typed, unless it is the value of one. `by`: who asked. `at`: RFC 3339
    UTC. `text`: what the command reads, the prompt of `plan`.
    """

    task: str = ""
    options: tuple[str, ...] = ()
    by: str = ""
    at: str = ""
    command: Literal["plan", "implement", "review", "verify"] = "implement"
    text: str = ""

    def facts(self) -> Plain:
        given = {"task": self.task, "options": list(self.options)}
        command = {"command": self.command} if self.command != "implement" else {}
        return {**command, **given, "by": self.by, "begun_at": self.at}

    def words(self, feature: str) -> list[str]:
        """The command and what follows it; a text is read from stdin, so that it is no option."""
        task = [f"--task={self.task}"] if self.task else []
        text = ["-"] if self.text else []
        return [self.command, feature, *text, *task, "--jsonl", *self.options]


class Runs:
    """The runs below one folder. Safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(
        self, space: Workspace, asked: Asked, environ: Mapping[str, str], id_: str = ""
    ) -> Plain:
        """Start a command for a feature; its facts, as `read`. `id_`: of the run, from `ids.new`;
        one that was begun under it is not begun again.

        Raises `NotFound` for a task that the plan does not have, `LockBusy` while anybody works on
        the feature, `StorageError` when it cannot be started.
        """
        files.make_folders(self._folder)
        with locks.held(self._folder / _LOCK, _LOCK_WAIT_S, "the list of runs"):
            if id_ and (there := self._begun(id_)):
                return there
            if asked.command == "implement":
                _need_task(space, asked.task)
            known = self.all()
            _need_free(space, known)
            self._forget([one for one in known if one["state"] != "running"][_MOST_KEPT - 1 :])
            return self._started(space, asked, environ, id_ or ids.new())

    def _begun(self, id_: str) -> Plain | None:
        """The run of that id; None: there is none, or its process was never started."""
        try:
            found = self.read(id_)
        except NotFound:
            return None
        was_started = found["pid"] or (self._folder / id_ / _OUTPUT).exists()
        return found if was_started or found["state"] == "running" else None

    def _started(
        self, space: Workspace, asked: Asked, environ: Mapping[str, str], id_: str
    ) -> Plain:
        folder = self._folder / id_
        files.make_folders(folder)
        lock = locks.acquire(folder / _ALIVE, 0.0, f"run {id_}")
        facts = {"id": id_, "repository": space.repo, "feature": space.feature, **asked.facts()}
        _keep(folder, {**facts, "pid": None})
        try:
            process = _process(space, asked, environ, folder, lock.descriptor)
        except OSError as error:
            lock.release()
            self._forget([facts])
            what = asked.task or asked.command
            raise StorageError(f"{what} cannot be started: {error.strerror}") from error
        threading.Thread(target=process.wait, daemon=True).start()  # or it would stay as a zombie
        _keep(folder, {**facts, "pid": process.pid})
        lock.hand_over()
        return self.read(id_)

    def read(self, id_: str) -> Plain:
        """Who began what, its `state` (`running`, `ended`, or `killed`: without a word), and when
        it has ended its exit `code` (None: not known) and what it answered last. Raises `NotFound`.
        """
        folder = self._folder_of(id_)
        is_alive = locks.held_by(folder / _ALIVE) is not None
        found: Plain = json.loads(files.read_bytes(folder / _RECORD, _LARGEST_RECORD))
        if is_alive:
            return {**found, "state": "running", "code": None, "result": None}
        last = _last(folder / _OUTPUT)
        if last.pop("event", "") != "result":
            return {**found, "state": "killed", "code": None, "result": None}
        code = 0 if last.get("ok") else last.get("code")
        return {**found, "state": "ended", "code": code, "result": last}

    def all(self) -> list[Plain]:
        """All that are known, the latest first."""
        found = []
        for name in sorted(self._names(), reverse=True):
            with suppress(NotFound):  # forgotten, or not begun, at this moment
                found.append(self.read(name))
        return found

    def lines(self, id_: str, after: int = 0) -> list[Line]:
        """What it told since a place; not all at once. Raises `NotFound`."""
        return list(_lines(self._folder_of(id_) / _OUTPUT, after))

    def stop(self, id_: str) -> bool:
        """Tell it to end; what is done stays as it is. False: it has ended. Raises `NotFound`."""
        found = self.read(id_)
        if found["state"] != "running":
            return False
        with suppress(ProcessLookupError):
            if found["pid"]:  # None: who began it was killed in that moment
                os.kill(found["pid"], signal.SIGTERM)
        return True

    def _folder_of(self, id_: str) -> Path:
        folder = self._folder / id_
        if not (ids.is_unique(id_) and (folder / _RECORD).is_file()):
            raise NotFound(f"no run {id_!r:.100}")
        return folder

    def _names(self) -> list[str]:
        with suppress(FileNotFoundError):
            return [name for name in os.listdir(self._folder) if ids.is_unique(name)]
        return []

    def _forget(self, runs: Iterable[Plain]) -> None:
        for one in runs:
            shutil.rmtree(self._folder / one["id"], ignore_errors=True)


def _need_task(space: Workspace, task: str) -> None:
    plan = read_plan(space)
    if plan.task(task) is None:
        raise unknown_task(task, [one.id for one in plan.tasks], space.feature)


def _need_free(space: Workspace, known: Iterable[Plain]) -> None:
    """Raises `LockBusy` while anybody works on a feature, begun by us or not."""
    for one in known:
        is_ours = (one["repository"], one["feature"]) == (space.repo, space.feature)
        if is_ours and one["state"] == "running":
            what = one["task"] or one.get("command")
            told = f"{what} of {space.feature} is under way: run {one['id']}"
            raise LockBusy(told, "follow it, or end it first")
    holder = locks.held_by(Path(space.path("locks", "work.lock")))
    if holder is not None:
        raise LockBusy(f"{space.feature} is in use by {holder or 'another process'}")


def _process(
    space: Workspace, asked: Asked, environ: Mapping[str, str], folder: Path, alive: int
) -> subprocess.Popen[bytes]:
    words = asked.words(space.feature)
    files.replace(folder / _INPUT, asked.text.encode("utf-8", "replace"))
    with (
        (folder / _INPUT).open("rb") as given,
        _written(folder / _OUTPUT) as out,
        _written(folder / _TOLD) as err,
    ):
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(_LAUNCH), *words],
            cwd=space.repo,
            env=dict(environ),
            stdin=given,
            stdout=out,
            stderr=err,
            pass_fds=[alive],
            start_new_session=True,  # what ends the door does not end the task
        )


def _keep(folder: Path, facts: Plain) -> None:
    files.replace(folder / _RECORD, json.dumps(facts).encode())


def _last(path: Path) -> Plain:
    """The last line of an output; of none, nothing."""
    with suppress(FileNotFoundError):  # whoever began it was killed in that moment
        found = list(_lines(path, max(0, path.stat().st_size - _AT_ONCE)))
        return found[-1].told if found else {}
    return {}


def _written(path: Path) -> Any:
    return os.fdopen(files.open_safely(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb")


def _lines(path: Path, start: int) -> Iterator[Line]:
    """Whole lines from a place on; what is no JSON object is left out."""
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(_AT_ONCE)
        data += b"" if data.endswith(b"\n") else file.readline()
    end = start
    for line in data.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            return
        end += len(line)
        with suppress(ValueError):
            told = json.loads(line)
            if isinstance(told, dict):
                yield Line(end, told)
