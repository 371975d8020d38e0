"""The workspace of a feature in its repository: `<SESSION_ROOT>/<feature>/` and what lies in it.

Content (plan, spec, notes) is for people and models to edit; state and evidence are written by our
process alone. `status` reads a workspace on the fast path, so nothing heavy is imported up here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os

from ai_sessions import names, yaml_text
from ai_sessions.config import nearest
from ai_sessions.disk import files
from ai_sessions.errors import ConfigError, NotFound, StorageError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ai_sessions.disk.locks import Lock, Tell
    from ai_sessions.plan.document import Plan
    from ai_sessions.plan.findings import Finding

    Record = dict[str, Any]

#: Files in the repository follow its own rules, not those of private sessions.
_SHARED = 0o644
_MOST_BYTES = 8 << 20
_CACHE_SCHEMA = 1
#: How alike two names are, from 0 to 1, when one of them is probably a mistake.
_SLIP = 0.9
#: Where working trees of tasks lie that are done beside each other; not committed.
BESIDE = "worktrees"
IGNORED = ("cache/", "logs/", "locks/", "worktrees/", "*.tmp")
#: The parts of a task's proof, in the order they come about.
EVIDENCE = ("baseline", "red", "green", "suite", "check", "waiver")


class Workspace:
    """One feature. `repo`: top-level folder of the repository; `root`: name of SESSION_ROOT."""

    __slots__ = ("feature", "folder", "repo", "root")

    def __init__(self, repo: str, root: str, feature: str) -> None:
        self.repo = str(repo)
        self.root = root
        self.feature = feature
        self.folder = os.path.join(self.repo, root, feature)

    def path(self, *parts: str) -> str:
        """A place in the workspace, absolute."""
        return os.path.join(self.folder, *parts)

    def relative(self, *parts: str) -> str:
        """The same place as seen from the repository."""
        return "/".join((self.root, self.feature, *parts))

    def exists(self) -> bool:
        return os.path.isdir(self.folder)

    def has(self, *parts: str) -> bool:
        return os.path.exists(self.path(*parts))

    # -- text and JSON

    def text(self, *parts: str) -> str:
        """The content of a file; empty when there is none."""
        path = self.path(*parts)
        try:
            return files.read_bytes(path, _MOST_BYTES).decode("utf-8", "replace")
        except FileNotFoundError:
            return ""
        except ValueError as error:
            raise StorageError(str(error)) from error
        except OSError as error:
            raise files.storage_error(error, path) from error

    def write(self, text: str, *parts: str, private: bool = False) -> str:
        """Put `text` in place of a file in one step; returns its path."""
        path = self.path(*parts)
        with files.reported(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            mode = files.PRIVATE_FILE if private else _SHARED
            files.replace(path, text.encode("utf-8", "replace"), mode=mode)
        return path

    def record(self, *parts: str) -> Record | None:
        """A JSON object; None when there is none or it cannot be read."""
        text = self.text(*parts)
        try:
            value = json.loads(text) if text else None
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    def save(self, record: Mapping[str, Any], *parts: str) -> str:
        """Write a JSON object; returns the SHA-256 of the file."""
        text = json.dumps(record, ensure_ascii=False, indent=1, default=str) + "\n"
        self.write(text, *parts)
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

    def log(self, name: str, text: str) -> str:
        """Keep raw output; returns its path as seen from the repository. Not committed."""
        number = 1 + sum(1 for _ in self._listed("logs"))
        file = f"{number:04d}-{name}"
        self.write(text, "logs", file, private=True)
        return self.relative("logs", file)

    # -- the plan

    def document(self) -> Record:
        """The plan's document, from the cache when `plan.yaml` has not changed since.

        Raises `NotFound` without a plan and `ConfigError` with the first thing wrong in it.
        """
        text = self.plan_text()
        key = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        cached = self.record("cache", "plan.json")
        if cached and cached.get("schema") == _CACHE_SCHEMA and cached.get("sha256") == key:
            document: Record = cached["document"]
            return document
        document, found = self.checked(text)
        wrong = [one for one in found if one.level == "error"]
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            raise ConfigError(
                wrong[0].shown(self.relative("plan.yaml")) + more, f"plan.sh {self.feature} --check"
            )
        self._cache({"schema": _CACHE_SCHEMA, "sha256": key, "document": document}, "plan.json")
        return document

    def plan(self) -> Plan:
        """The plan. Raises as `document`."""
        from ai_sessions.plan.document import from_document

        return from_document(self.document())

    def plan_text(self) -> str:
        """`plan.yaml` as it stands. Raises `NotFound` without one."""
        text = self.text("plan.yaml")
        if not text.strip():
            raise NotFound(
                f"{self.feature} has no plan yet", f'plan.sh {self.feature} "what to build"'
            )
        return text

    def checked(self, text: str) -> tuple[Record, tuple[Finding, ...]]:
        """The document in `text` and all that is wrong with it."""
        from ai_sessions.plan.findings import Finding, findings

        try:
            document, lines, twice = parsed(text)
        except yaml_text.NotYaml as error:
            return {}, (Finding(error.line, error.message),)
        doubled = tuple(Finding(line, f"key {key!r} stands here twice") for line, key in twice)
        return document, (*doubled, *findings(document, lines, self.feature))

    def save_plan(self, text: str, page: str) -> None:
        """Write `plan.yaml` and its page."""
        self.write(text, "plan.yaml")
        self.write(page, "plan.md")

    # -- state and evidence

    def state(self, task: str) -> Record:
        """What our process knows of a task; empty before its first run."""
        return self.record("state", f"{task}.json") or {}

    def states(self) -> dict[str, Record]:
        """The state of every task that has one."""
        return {task: self.state(task) for task in self._records("state", "")}

    def save_state(self, task: str, record: Mapping[str, Any]) -> None:
        self.save({"schema": 1, "task": task, **record}, "state", f"{task}.json")

    def evidence(self, task: str, step: str) -> Record | None:
        """What was seen at a step of a task; None when that step was not reached."""
        return self.record("evidence", task, f"{step}.json")

    def save_evidence(self, task: str, step: str, record: Mapping[str, Any]) -> str:
        """Returns the SHA-256 that ties the evidence to its commit."""
        return self.save({"schema": 1, "task": task, "step": step, **record}, *_proof(task, step))

    def evidence_hash(self, task: str, step: str) -> str:
        """SHA-256 of an evidence file; empty when there is none."""
        try:
            data = files.read_bytes(self.path(*_proof(task, step)), _MOST_BYTES)
        except (OSError, ValueError):
            return ""
        return hashlib.sha256(data).hexdigest()

    def event(self, at: str, kind: str, **facts: Any) -> None:
        """Add a line to the history of the feature, safe when this returns."""
        line = json.dumps({"at": at, "event": kind, **facts}, ensure_ascii=False, default=str)
        path = self.path("events.jsonl")
        with files.reported(path):
            fd = files.open_safely(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _SHARED)
            try:
                files.write_all(fd, f"{line}\n".encode("utf-8", "replace"))
                files.sync_file(fd)
            finally:
                os.close(fd)

    # -- tasks done beside each other, each in a working tree of its own

    def beside(self, task: str) -> str:
        """The folder of a task's own working tree, there or not."""
        return self.path(BESIDE, task)

    def all_beside(self) -> list[str]:
        """The tasks that have a working tree of their own."""
        return sorted(name for name in self._listed(BESIDE) if names.is_task(name))

    def of_others_beside(self, task: str) -> tuple[str, ...]:
        """State and evidence of the other ones, which their own commits will carry."""
        others = [one for one in self.all_beside() if one != task]
        states = (self.relative("state", f"{one}.json") for one in others)
        return (*states, *(self.relative("evidence", one) for one in others))

    # -- a run that is under way, known on this machine only

    def running(self, task: str) -> Record | None:
        """What an interrupted run left: its step and the tree it began from."""
        return self.record("cache", f"running-{task}.json")

    def set_running(self, task: str, record: Mapping[str, Any] | None) -> None:
        """None: the run came to its end."""
        if record is not None:
            self.save({**record, "pid": os.getpid()}, "cache", f"running-{task}.json")
        elif self.has("cache", f"running-{task}.json"):
            os.unlink(self.path("cache", f"running-{task}.json"))

    def begun(self) -> dict[str, Record]:
        """The runs that have not come to their end, by task: under way, or interrupted."""
        tasks = self._records("cache", "running-")
        return {task: record for task in tasks if (record := self.running(task))}

    def begin_call(self, record: Mapping[str, Any]) -> str:
        """Note that a model is being called; returns what `end_call` wants to know."""
        import uuid

        name = f"calling-{uuid.uuid4().hex}.json"
        self.save({**record, "pid": os.getpid()}, "cache", name)
        return name

    def end_call(self, name: str) -> bool:
        """The call is accounted for; False when somebody else has done so already."""
        try:
            os.unlink(self.path("cache", name))
        except FileNotFoundError:
            return False
        return True

    def cut_off(self) -> dict[str, Record]:
        """Calls whose process has ended without saying what came of them, by name."""
        noted = (f"calling-{one}.json" for one in self._records("cache", "calling-"))
        found = {name: record for name in noted if (record := self.record("cache", name))}
        return {name: record for name, record in found.items() if not is_at_work(record)}

    # -- reviews and verifications

    def next_number(self, kind: str) -> str:
        """The number of the next report in `reviews` or `verify`: `001`."""
        return f"{self._latest(kind) + 1:03d}"

    def last_report(self, kind: str) -> Record | None:
        """The latest report in `reviews` or `verify`; None when there is none."""
        return self.record(kind, f"{self._latest(kind):03d}.json")

    def _latest(self, kind: str) -> int:
        taken = [int(name[:3]) for name in self._listed(kind) if name[:3].isdigit()]
        return max(taken, default=0)

    def save_report(self, kind: str, record: Mapping[str, Any], page: str) -> str:
        """Write the next report, JSON and Markdown; returns the page's path from the repository."""
        number = self.next_number(kind)
        self.save(record, kind, f"{number}.json")
        self.write(page, kind, f"{number}.md")
        return self.relative(kind, f"{number}.md")

    # -- working alone

    def lock(self, wait_s: float, tell: Tell, task: str = "") -> Lock:
        """The right to change this feature, or to do one task of it in a working tree of its own.

        Raises `LockBusy` with the holder's pid after `wait_s`.
        """
        from pathlib import Path

        from ai_sessions.disk.locks import acquire

        with files.reported(self.path("locks")):
            os.makedirs(self.path("locks"), exist_ok=True)
        path = Path(self.path("locks", f"{task or 'work'}.lock"))
        what = f"task {task} of {self.feature}" if task else f"feature {self.feature}"
        return acquire(path, wait_s, what, tell)

    def cached(self, key: str, name: str) -> Any:
        """A derived value kept under `key`; None when the key is another or nothing was kept."""
        found = self.record("cache", name)
        return found.get("value") if found and found.get("key") == key else None

    def cache(self, key: str, value: Any, name: str) -> None:
        """Keep a derived value; a read-only checkout only makes the next run slower."""
        self._cache({"key": key, "value": value}, name)

    def _cache(self, record: Mapping[str, Any], name: str) -> None:
        with contextlib.suppress(StorageError):
            self.save(record, "cache", name)

    def _records(self, folder: str, start: str) -> list[str]:
        """What stands between `start` and `.json` in the names there; no drafts of writers."""
        listed = self._listed(folder)
        found = (name for name in listed if name.startswith(start) and name.endswith(".json"))
        return sorted(name[len(start) : -len(".json")] for name in found)

    def _listed(self, *parts: str) -> list[str]:
        try:
            return os.listdir(self.path(*parts))
        except FileNotFoundError:
            return []


def is_at_work(record: Mapping[str, Any]) -> bool:
    """True while the other process that wrote this record is running."""
    pid = record.get("pid")
    if not isinstance(pid, int) or pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def features(repo: str, root: str) -> list[str]:
    """The features that have a workspace, by name."""
    try:
        found = os.listdir(os.path.join(repo, root))
    except FileNotFoundError:
        return []
    return sorted(
        name
        for name in found
        if names.is_feature(name) and os.path.isdir(os.path.join(repo, root, name))
    )


def workspace(repo: str, root: str, feature: str) -> Workspace:
    """The workspace of a feature that exists.

    Raises `UsageError` for what is no name and `NotFound` with the nearest feature.
    """
    found = Workspace(repo, root, names.feature(feature))
    if found.exists():
        return found
    near = nearest(feature, features(repo, root))
    hint = f"did you mean {near}? else: " if near else ""
    raise NotFound(f"no such feature: {feature}", f'{hint}plan.sh {feature} "what to build"')


def mistyped(repo: str, root: str, feature: str) -> str:
    """The feature that `feature` is a slip of the finger for; empty when it is a name of its own.

    Names that differ in their numbers alone are several features: `step-1`, `step-2`.
    """
    from difflib import SequenceMatcher

    def letters(name: str) -> str:
        return "".join(letter for letter in name if not letter.isdigit())

    for known in features(repo, root):
        alike = SequenceMatcher(None, feature, known).ratio() >= _SLIP
        if alike and letters(feature) != letters(known):
            return known
    return ""


def unknown_task(task: str, known: Sequence[str], feature: str) -> NotFound:
    """The error for a task that the plan does not have, with the nearest ids."""
    from difflib import get_close_matches

    near = get_close_matches(task.upper(), known, 3, 0.5) or list(known)[:3]
    return NotFound(f"{feature} has no task {task}", f"nearest: {', '.join(near)}")


def parsed(text: str) -> tuple[Any, dict[tuple[str | int, ...], int], list[tuple[int, str]]]:
    """YAML as values, the line of every place, and the keys that stand twice.

    Raises `NotYaml`.
    """
    import yaml

    value = yaml_text.loaded(text)
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    lines: dict[tuple[str | int, ...], int] = {}
    twice: list[tuple[int, str]] = []
    if node is not None:
        _note_lines(node, (), lines, twice)
    return value, lines, twice


def _note_lines(
    node: Any,
    place: tuple[str | int, ...],
    lines: dict[tuple[str | int, ...], int],
    twice: list[tuple[int, str]],
) -> None:
    lines.setdefault(place, node.start_mark.line + 1)
    if node.id == "mapping":
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                twice.append((key.start_mark.line + 1, name))
            seen.add(name)
            lines[(*place, name)] = key.start_mark.line + 1
            _note_lines(value, (*place, name), lines, twice)
    elif node.id == "sequence":
        for index, item in enumerate(node.value):
            _note_lines(item, (*place, index), lines, twice)


def _proof(task: str, step: str) -> tuple[str, ...]:
    if step not in EVIDENCE:
        raise UsageError(f"no such evidence: {step}")
    return "evidence", task, f"{step}.json"
