"""What is said about the tests that detection found: what to expect of them, what to write down."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ai_sessions.detection.detect import FolderTests
from ai_sessions.detection.found import Found
from ai_sessions.workflow.installing import in_yaml, set_up_command

Commands = Mapping[str, Mapping[str, Any]]


def shown(command: Mapping[str, Any]) -> str:
    """A command as one would type it."""
    return " ".join(command["cmd"])


def notes(found: Sequence[FolderTests], repo: Path) -> Iterator[str]:
    """Lines about what was found: what a test command does not do, and what else is here."""
    top, *parts = found
    if top.found and top.found.test:
        yield from _of_tool(top.found)
    if not top.is_ready:
        made = " ".join(set_up_command(repo)) or "make it and install the packages"
        yield f"{top.commands['test']['cmd'][0]} is not there yet: {made}"
    for other in top.others:
        yield f"tests of {other.tool} are here too ({other.sign}): {' '.join(other.test)}"
    for part in parts:
        yield from _of_part(part)


def _of_tool(found: Found) -> Iterator[str]:
    if found.is_assumed:
        yield f"{found.sign}; for another language change test and suite in config.yaml"
    if found.runs_all:
        yield f"{found.tool} is given no files: all tests run each time"
    if found.is_opaque:
        yield f"opaque: the tests of {found.tool} are not counted yet, only the exit code speaks"


def _of_part(part: FolderTests) -> Iterator[str]:
    for name, command in part.commands.items():
        yield f"{name} of {part.place}, run there: {shown(command)}"


def missing(found: Sequence[FolderTests], root: str) -> tuple[str, str]:
    """Why no test command is known, and the line to write."""
    top = found[0].found
    why = f"no test command is known ({top.sign if top else 'no file names a test tool'})"
    advice = advised(found[0])
    how = "" if advice else "how your tests run, such as "
    return why, f"write in {root}/config.yaml: {how}{in_yaml_line(advice)}"


def advised(found: FolderTests) -> Sequence[str]:
    """The words of a test command that may do: a tool's, else what runs all tests, else none."""
    suite: Sequence[str] = found.commands.get("suite", {}).get("cmd", ())
    return (found.found.advice if found.found else ()) or suite


def in_yaml_line(words: Sequence[str]) -> str:
    """The `test` of a config.yaml; without words an example."""
    listed = ", ".join(map(in_yaml, words)) or 'make, unit, "{tests}"'
    return f"test: {{cmd: [{listed}]}}"


def differences(written: Commands, found: Commands, root: str) -> Iterator[str]:
    """Where the settings name another command than the files would by now."""
    for name, command in found.items():
        known = written.get(name)
        if known and list(known["cmd"]) != list(command["cmd"]):
            said = f"the project's files now say {name}: {shown(command)}"
            yield f"{said} ({root}/config.yaml counts; change it there)"
