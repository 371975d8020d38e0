"""What is wrong with a plan document, each finding with its line.

Form is checked against the schema of `document`; meaning (ids, needs, files, coverage) here.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from ai_sessions import names
from ai_sessions.config import nearest
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import document as plans
from ai_sessions.plan import paths, progress
from ai_sessions.records import Json

#: Line of each place of a document, by its path of keys and indexes; () is the whole.
Lines = Mapping[tuple[str | int, ...], int]
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `line` 0: not known. A `warning` does not make a plan invalid."""

    line: int
    message: str
    level: Literal["error", "warning"] = "error"

    def shown(self, file: str) -> str:
        """`plan.yaml:12: task T1.2 needs T9, which does not exist`."""
        where = f"{file}:{self.line}" if self.line else file
        return f"{where}: {'warning: ' if self.level == 'warning' else ''}{self.message}"


def errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those that make the plan invalid."""
    return tuple(one for one in findings if one.level == "error")


def findings(document: Any, lines: Lines, feature: str = "") -> tuple[Finding, ...]:
    """All that is wrong with `document`, by line. Meaning is checked once the form is right.

    `feature`: the name the plan has to carry; empty: any.
    """
    form = tuple(_form(document, lines))
    found = form or tuple(_Check(document, lines, feature).all())
    return tuple(sorted(set(found), key=lambda one: (one.line, one.level, one.message)))


def line_of(place: Place, lines: Lines) -> int:
    """The line of a place, or of the nearest one around it."""
    for length in range(len(place), -1, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return 0


def _form(document: Any, lines: Lines) -> Iterator[Finding]:
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(dict(plans.DOCUMENT_SCHEMA)).iter_errors(document):
        place = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            yield from _unknown_keys(error, place, lines)
        else:
            yield Finding(line_of(place, lines), _said(error, place))


def _unknown_keys(error: Any, place: Place, lines: Lines) -> Iterator[Finding]:
    known = list(error.schema["properties"])
    for key in error.instance:
        if key not in known:
            near = nearest(str(key), known)
            hint = f"did you mean {near!r}?" if near else f"known: {', '.join(known)}"
            message = f"{_name(place)}unknown key {key!r} ({hint})"
            yield Finding(line_of((*place, key), lines), message)


def _said(error: Any, place: Place) -> str:
    """A schema violation in one line that names the place and the value."""
    expected, value = error.validator_value, error.instance
    match error.validator:
        case "required":
            said = f"{_missing(error)} is missing"
        case "type":
            said = f"must be {_KINDS[expected]}, not {_brief(value)}"
        case "enum":
            said = f"must be one of {', '.join(filter(None, expected))}, not {_brief(value)}"
        case "const":
            said = f"must be {expected}, not {_brief(value)}"
        case "minItems" | "minLength":
            said = "must not be empty"
        case _:
            said = error.message
    return f"{_name(place)}{said}"


_KINDS = {
    "object": "a map",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
}


def _missing(error: Any) -> str:
    return ", ".join(repr(key) for key in error.validator_value if key not in error.instance)


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _name(place: Place) -> str:
    """`phases[0].tasks[2].files: `, or nothing for the whole document."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return f"{text.removeprefix('.')}: " if text else ""


class _Check:
    """The meaning of a document whose form is right."""

    def __init__(self, document: Json, lines: Lines, feature: str) -> None:
        self._document = document
        self._lines = lines
        self._feature = feature
        self._tasks: list[tuple[Place, Json]] = [
            (("phases", p, "tasks", t), task)
            for p, phase in enumerate(document["phases"])
            for t, task in enumerate(phase["tasks"])
        ]
        self._needs = {task["id"]: list(task.get("needs") or ()) for _, task in self._tasks}

    def all(self) -> Iterator[Finding]:
        yield from self._names()
        yield from self._duplicates()
        yield from self._needs_known()
        yield from self._cycle()
        yield from self._folders()
        for place, task in self._tasks:
            yield from self._files(place, task)
            yield from self._proof(place, task)
        yield from self._coverage()
        yield from self._overlaps()

    def _at(self, place: Place, message: str) -> Finding:
        return Finding(line_of(place, self._lines), message)

    def _warn(self, place: Place, message: str) -> Finding:
        return Finding(line_of(place, self._lines), message, "warning")

    def _names(self) -> Iterator[Finding]:
        name = self._document["feature"]
        if self._feature and name != self._feature:
            yield self._at(("feature",), f"feature is {name!r}, but this is {self._feature!r}")
        for place, task in self._tasks:
            if not names.is_task(task["id"]):
                yield self._at((*place, "id"), f"not a task id: {task['id']!r} (like T1.1)")

    def _duplicates(self) -> Iterator[Finding]:
        phases: list[tuple[Place, Json]] = [
            (("phases", i), one) for i, one in enumerate(self._document["phases"])
        ]
        items = self._document.get("acceptance") or ()
        accepted: list[tuple[Place, Json]] = [
            (("acceptance", i), one) for i, one in enumerate(items)
        ]
        groups: tuple[tuple[str, list[tuple[Place, Json]]], ...] = (
            ("task", self._tasks),
            ("phase", phases),
            ("acceptance", accepted),
        )
        for what, group in groups:
            first: dict[str, int] = {}
            for place, one in group:
                line = line_of((*place, "id"), self._lines)
                if one["id"] in first:
                    earlier = f" (first on line {first[one['id']]})" if line else ""
                    yield Finding(line, f"duplicate {what} id {one['id']}{earlier}")
                first.setdefault(one["id"], line)

    def _needs_known(self) -> Iterator[Finding]:
        accepted = [item["id"] for item in self._document.get("acceptance") or ()]
        for place, task in self._tasks:
            for key, known in (("needs", list(self._needs)), ("covers", accepted)):
                for index, word in enumerate(task.get(key) or ()):
                    if word not in known:
                        near = nearest(word, known)
                        hint = f" (nearest: {near})" if near else ""
                        message = f"{task['id']} {key} {word}, which does not exist{hint}"
                        yield self._at((*place, key, index), message)

    def _cycle(self) -> Iterator[Finding]:
        path = progress.cycle(self._needs)
        if path:
            place = next(place for place, task in self._tasks if task["id"] == path[0])
            yield self._at((*place, "needs"), f"tasks need each other: {' -> '.join(path)}")

    def _folders(self) -> Iterator[Finding]:
        """The folders that commands run in."""
        holders: list[tuple[Place, Json]] = [
            (("defaults",), self._document.get("defaults") or {}),
            *self._tasks,
        ]
        for place, holder in holders:
            for name in ("test", "suite", "check"):
                cwd = (holder.get(name) or {}).get("cwd", ".")
                if cwd != "." and (not paths.is_safe(cwd) or paths.is_pattern(cwd.rstrip("/"))):
                    where = _name((*place, name, "cwd"))
                    message = f"{where}must be a folder inside the repository, not {cwd!r}"
                    yield self._at((*place, name, "cwd"), message)

    def _files(self, place: Place, task: Json) -> Iterator[Finding]:
        files = task.get("files") or {}
        for key in ("src", "tests"):
            for index, name in enumerate(files.get(key) or ()):
                if not paths.is_safe(name):
                    message = f"{task['id']}: not a path inside the repository: {name!r}"
                    yield self._at((*place, "files", key, index), message)
                elif why := paths.problem(name):
                    message = f"{task['id']}: {name!r} may not mean what it says: {why}"
                    yield self._at((*place, "files", key, index), message)
        for index, name in enumerate(files.get("src") or ()):
            if name in (files.get("tests") or ()):
                message = f"{task['id']}: {name} is both source and test"
                yield self._at((*place, "files", "src", index), message)

    def _proof(self, place: Place, task: Json) -> Iterator[Finding]:
        """Every task has to be provable: code by tests, the rest by a check."""
        if task.get("state") == "dropped":
            return
        if task.get("kind", "code") != "code":
            if not task.get("check"):
                yield self._at(place, f"{task['id']} is of kind {task['kind']}: give it a `check`")
            return
        files = task.get("files") or {}
        if not files.get("tests"):
            yield self._at(place, f"{task['id']}: name its test files in files.tests")
        if not files.get("src"):
            yield self._at(place, f"{task['id']}: name its source files in files.src")
        if not task.get("test") and not (self._document.get("defaults") or {}).get("test"):
            yield self._at(place, f"{task['id']}: no test command (defaults.test or its own test)")
        for index, test in enumerate(task.get("tests") or ()):
            yield from self._inside(place, index, test, task)

    def _inside(self, place: Place, index: int, test: str, task: Json) -> Iterator[Finding]:
        """A test that names a file has to name one of the task's test files."""
        patterns = (task.get("files") or {}).get("tests") or ()
        file = test.split("::", 1)[0]
        names_file = "/" in file or "." in file
        if names_file and not _as_module(file, patterns) and not paths.matches(file, patterns):
            message = f"{task['id']}: {file} is not among its files.tests"
            yield self._at((*place, "tests", index), message)

    def _coverage(self) -> Iterator[Finding]:
        covered = {word for _, task in self._tasks for word in task.get("covers") or ()}
        for index, item in enumerate(self._document.get("acceptance") or ()):
            if item["id"] not in covered:
                yield self._warn(("acceptance", index), f"no task covers {item['id']}")

    def _overlaps(self) -> Iterator[Finding]:
        """Tasks that could run at the same time should not write the same files."""
        above = {one: progress.dependents(one, self._needs) for one in self._needs}
        for index, (place, task) in enumerate(self._tasks):
            for _, other in self._tasks[:index]:
                one, two = task["id"], other["id"]
                if one == two or two in above[one] or one in above[two]:
                    continue
                shared = _shared(task, other)
                if shared:
                    message = f"{one} and {two} both change {shared}: let one need the other"
                    yield self._warn((*place, "files"), message)


def _as_module(name: str, patterns: Any) -> bool:
    """True for a dotted name (`tests.test_x.Case`, as unittest wants it) below a test file."""
    parts = name.split(".")
    return any(
        paths.matches("/".join(parts[:length]) + ".py", patterns)
        for length in range(len(parts), 0, -1)
    )


def _shared(task: Json, other: Json) -> str:
    """A file that both may change; empty when there is none."""
    mine, theirs = (
        [name for group in (one.get("files") or {}).values() for name in group or ()]
        for one in (task, other)
    )
    return next((one for one in mine for two in theirs if paths.may_meet(one, two)), "")
