"""The plan of a feature: its nouns, its document form, the schema a model answers in, its page.

The document is what people edit (`plan.yaml`); what is wrong with one is told by `findings`.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from ai_sessions import controls, money
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan.snapshots import beside
from ai_sessions.records import Json

SCHEMA = 1
Kind = Literal["code", "docs", "chore"]
KINDS: tuple[Kind, ...] = ("code", "docs", "chore")
SIZES = ("XS", "S", "M", "L", "XL")
#: Stands in a command for the task's tests, as separate arguments.
TESTS = "{tests}"
#: How a test command is read; empty: recognised from the command itself.
RUNNERS = ("", "pytest", "unittest", "django", "bats", "node", "go", "cargo", "opaque")


@dataclass(frozen=True, slots=True)
class Command:
    """A command to run: an argument list, never a shell string. `timeout_s` None: the setting's.

    `cwd`: the folder of the repository that it runs in; empty: the repository itself.
    """

    cmd: tuple[str, ...]
    runner: str = ""
    timeout_s: float | None = None
    cwd: str = ""

    def with_tests(self, tests: Sequence[str]) -> tuple[str, ...]:
        """The arguments with `{tests}` replaced by the tests themselves, as seen from `cwd`."""
        seen = tuple(map(self._seen, tests))
        return tuple(word for part in self.cmd for word in (seen if part == TESTS else (part,)))

    def _seen(self, test: str) -> str:
        if not self.cwd:
            return test
        file, *names = test.split("::")
        is_path = "/" in file or "." in file
        return "::".join([posixpath.relpath(file, self.cwd) if is_path else file, *names])

    @property
    def shown(self) -> str:
        """As one would type it, so that it is plain where each argument ends."""
        from shlex import quote

        words = " ".join(word if word == TESTS else quote(word) for word in self.cmd)
        return f"(cd {quote(self.cwd)} && {words})" if self.cwd else words


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Something that has to be true when the feature is done."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Task:
    """One step: what to do, where it may write, how it is proved."""

    id: str
    title: str
    phase: str
    why: str = ""
    needs: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """Patterns of the files it may change, tests left out."""
    test_files: tuple[str, ...] = ()
    """Patterns of the test files it may change."""
    snapshots: tuple[str, ...] = ()
    """Patterns of the files that its tests record what they expect in."""
    tests: tuple[str, ...] = ()
    """What takes the place of `{tests}`: files or test ids."""
    done_when: str = ""
    budget_nusd: int | None = None
    size: str = ""
    kind: Kind = "code"
    check: Command | None = None
    """Proof of a task that has no unit test (`kind` docs or chore)."""
    test: Command | None = None
    attempts: int | None = None
    dropped: bool = False

    @property
    def test_paths(self) -> tuple[str, ...]:
        """Patterns of its test files and their snapshots."""
        return (*self.test_files, *self.snapshots)

    @property
    def files(self) -> tuple[str, ...]:
        return (*self.sources, *self.test_paths)


@dataclass(frozen=True, slots=True)
class Phase:
    """A group of tasks with a title."""

    id: str
    title: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a feature is and the tasks that make it."""

    feature: str
    title: str
    goal: str = ""
    base: str = ""
    test: Command | None = None
    suite: Command | None = None
    attempts: int | None = None
    budget_nusd: int | None = None
    acceptance: tuple[Acceptance, ...] = ()
    phases: tuple[Phase, ...] = field(default=())

    @property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(task for phase in self.phases for task in phase.tasks)

    def task(self, id_: str) -> Task | None:
        return next((task for task in self.tasks if task.id == id_), None)

    def test_of(self, task: Task) -> Command | None:
        """What proves a task: its check, its own test command, or the plan's."""
        return task.check or task.test or self.test

    def commands(self) -> tuple[Command, ...]:
        """Every command the plan may run, once each, in order."""
        found = [self.test, self.suite]
        for task in self.tasks:
            found += [task.check, task.test]
        return tuple(dict.fromkeys(command for command in found if command))


def from_document(document: Json) -> Plan:
    """The plan in a document without findings; a faulty one raises `KeyError` or `TypeError`."""
    defaults = document.get("defaults") or {}
    return Plan(
        feature=document["feature"],
        title=document["title"],
        goal=document.get("goal") or "",
        base=document.get("base") or "",
        test=_command(defaults.get("test")),
        suite=_command(defaults.get("suite")),
        attempts=defaults.get("attempts"),
        budget_nusd=_nano(document.get("budget_usd")),
        acceptance=tuple(
            Acceptance(item["id"], item["text"]) for item in document.get("acceptance") or ()
        ),
        phases=tuple(
            Phase(
                phase["id"],
                phase["title"],
                tuple(_task(task, phase["id"]) for task in phase["tasks"]),
            )
            for phase in document["phases"]
        ),
    )


def tasks_in(document: Json) -> Iterator[Json]:
    """The tasks of a document in its own form, in order."""
    for phase in document["phases"]:
        yield from phase["tasks"]


def from_answer(answer: Json, feature: str, base: str, commands: Json) -> dict[str, Any]:
    """The document of a model's answer. `commands`: our `test` and `suite`, known to work here.

    What is ours to say is not taken from the answer: the feature's name, the base, the commands
    where we know them.
    """
    defaults = {**(answer.get("defaults") or {}), **commands}
    document: dict[str, Any] = {"schema": SCHEMA, "feature": feature}
    document["title"] = answer.get("title") or feature
    document["goal"] = answer.get("goal") or ""
    if base:
        document["base"] = base
    if defaults:
        document["defaults"] = defaults
    document["acceptance"] = answer.get("acceptance") or []
    document["phases"] = answer.get("phases") or []
    return document


def dump(document: Json) -> str:
    """The document as YAML that people edit: our order, no anchors, ids as they are, and nothing
    that steers a terminal.
    """
    import yaml

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, _data: Any) -> bool:
            return True

    # Lists of plain words stand on one line, as people write them.
    Plain.add_representer(
        list,
        lambda dumper, items: dumper.represent_sequence(
            "tag:yaml.org,2002:seq", items, flow_style=all(isinstance(one, str) for one in items)
        ),
    )
    text = yaml.dump(document, Dumper=Plain, sort_keys=False, allow_unicode=True, width=100)
    return controls.plain(str(text))


def page(plan: Plan, states: Mapping[str, str]) -> str:
    """The plan as Markdown with check boxes, for people. `states`: state by task id."""
    lines = [f"# {plan.title}", "", "<!-- generated from plan.yaml: edit that one -->", ""]
    if plan.goal:
        lines += [plan.goal.strip(), ""]
    if plan.acceptance:
        lines += ["## Accepted when", ""]
        lines += [f"- **{item.id}** {item.text}" for item in plan.acceptance]
        lines.append("")
    for phase in plan.phases:
        lines += [f"## {phase.id} {phase.title}", ""]
        for task in phase.tasks:
            lines += _task_lines(task, states.get(task.id, "todo"))
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _task_lines(task: Task, state: str) -> list[str]:
    mark = "x" if state == "done" else " "
    shown = "" if state in ("todo", "done") else f" ({state})"
    lines = [f"- [{mark}] **{task.id}** {task.title}{shown}"]
    facts = {
        "why": task.why,
        "needs": ", ".join(task.needs),
        "covers": ", ".join(task.covers),
        "files": ", ".join(f"`{name}`" for name in (*task.sources, *task.test_files)),
        "done when": task.done_when,
    }
    return lines + [f"  - {name}: {value}" for name, value in facts.items() if value]


def _task(document: Json, phase: str) -> Task:
    files = document.get("files") or {}
    return Task(
        id=document["id"],
        title=document["title"],
        phase=phase,
        why=document.get("why") or "",
        needs=tuple(document.get("needs") or ()),
        covers=tuple(document.get("covers") or ()),
        sources=tuple(files.get("src") or ()),
        test_files=tuple(files.get("tests") or ()),
        snapshots=beside(files.get("tests") or ()),
        tests=tuple(document.get("tests") or files.get("tests") or ()),
        done_when=document.get("done_when") or "",
        budget_nusd=_nano(document.get("budget_usd")),
        size=document.get("size") or "",
        kind=document.get("kind") or "code",
        check=_command(document.get("check")),
        test=_command(document.get("test")),
        attempts=document.get("attempts"),
        dropped=document.get("state") == "dropped",
    )


def _command(document: Json | None) -> Command | None:
    if not document:
        return None
    return Command(
        tuple(document["cmd"]),
        document.get("runner") or "",
        document.get("timeout"),
        posixpath.normpath(document["cwd"]) if document.get("cwd") else "",
    )


def _nano(dollars: float | None) -> int | None:
    return None if dollars is None else money.nano(dollars)


_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"type": "array", "items": _TEXT}
_MONEY = {"type": "number", "exclusiveMinimum": 0}
_COMMAND = {
    "type": "object",
    "additionalProperties": False,
    "required": ["cmd"],
    "properties": {
        "cmd": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "runner": {"enum": list(RUNNERS)},
        "timeout": {"type": "number", "exclusiveMinimum": 0},
        "cwd": _TEXT,
    },
}
_ACCEPTANCE = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "text"],
        "properties": {"id": _TEXT, "text": _TEXT},
    },
}
_FILES = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"src": _TEXTS, "tests": _TEXTS},
}
_ASKED_TASK = {
    "id": {"type": "string", "description": "phase.task, for example T1.1"},
    "title": _TEXT,
    "why": {"type": "string"},
    "needs": {**_TEXTS, "description": "ids of tasks that must be done before"},
    "covers": {**_TEXTS, "description": "ids of acceptance items it fulfils"},
    "files": {**_FILES, "description": "every file it will create or change; tests apart"},
    "tests": {**_TEXTS, "description": "test files or ids that prove it"},
    "done_when": {"type": "string", "description": "an observable condition"},
    "size": {"enum": list(SIZES)},
    "kind": {"enum": list(KINDS)},
    "check": {**_COMMAND, "description": "proof of a docs or chore task"},
}
_TASK = {
    **_ASKED_TASK,
    "id": _TEXT,
    "budget_usd": _MONEY,
    "test": _COMMAND,
    "attempts": {"type": "integer", "minimum": 1},
    "state": {"enum": ["todo", "dropped"]},
}
_DEFAULTS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "test": _COMMAND,
        "suite": _COMMAND,
        "attempts": {"type": "integer", "minimum": 1},
    },
}


def _phases(task: Json, required: Sequence[str]) -> dict[str, Any]:
    one = {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": dict(task),
    }
    return {
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["id", "title", "tasks"],
            "properties": {
                "id": _TEXT,
                "title": _TEXT,
                "tasks": {"type": "array", "minItems": 1, "items": one},
            },
        },
    }


#: What a plan document must look like (JSON schema 2020-12); meaning is checked elsewhere.
DOCUMENT_SCHEMA: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "feature", "title", "phases"],
    "properties": {
        "schema": {"const": SCHEMA},
        "feature": _TEXT,
        "title": _TEXT,
        "goal": {"type": "string"},
        "base": {"type": "string"},
        "budget_usd": _MONEY,
        "defaults": _DEFAULTS,
        "acceptance": _ACCEPTANCE,
        "phases": _phases(_TASK, ["id", "title"]),
    },
}
#: What a model is asked for: the part of the document that is its to say.
ANSWER_SCHEMA: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["title", "goal", "acceptance", "phases"],
    "properties": {
        "title": _TEXT,
        "goal": _TEXT,
        "defaults": _DEFAULTS,
        "acceptance": _ACCEPTANCE,
        "phases": _phases(_ASKED_TASK, ["id", "title", "files"]),
    },
}
