"""Options of all commands: one letter has one meaning, each has its help, none is for nothing."""

import ast
import inspect
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ai_sessions.cli import commands, main

CLI = Path(inspect.getfile(main)).parent


def all_commands() -> Iterator[tuple[str, click.Command]]:
    """Every command by what is typed for it, those inside groups too."""
    for entry in commands.COMMANDS:
        command = main.loaded(entry.name)
        assert command is not None
        below = getattr(command, "commands", {})
        yield from ((f"{entry.name} {name}", one) for name, one in below.items())
        if not below or getattr(command, "invoke_without_command", False):
            yield entry.name, command


COMMANDS = dict(all_commands())
OPTIONS = [
    (name, option)
    for name, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, click.Option)
]


def taken_by(node: ast.AST) -> object:
    """The key by which code takes something out of a map: `given["task"]`, `given.get("task")`."""
    key: ast.AST | None = None
    if isinstance(node, ast.Subscript):
        key = node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        key = node.args[0] if node.func.attr == "get" else None
    return key.value if isinstance(key, ast.Constant) else None


#: The strings by which code of the doors takes an option out of a map.
TAKEN = {
    taken_by(node) for path in CLI.rglob("*.py") for node in ast.walk(ast.parse(path.read_text()))
}


def meanings(options: list[tuple[str, click.Option]]) -> dict[str, set[str]]:
    """The long names that each letter stands for."""
    found: dict[str, set[str]] = defaultdict(set)
    for _, option in options:
        for letter in (name for name in option.opts if not name.startswith("--")):
            found[letter].add(next(name for name in option.opts if name.startswith("--")))
    return found


def test_there_are_commands_in_groups_and_alone() -> None:
    assert {"implement", "todo report", "models pull", "clean"} <= COMMANDS.keys()


def test_one_letter_has_one_meaning_in_all_commands() -> None:
    found = meanings(OPTIONS)

    assert {letter: names for letter, names in found.items() if len(names) > 1} == {}
    assert found["-n"] == {"--dry-run"}


def test_the_search_for_two_meanings_finds_them() -> None:
    two = [("a", click.Option(["-f", "--format"])), ("b", click.Option(["-f", "--force"]))]

    assert meanings(two)["-f"] == {"--format", "--force"}


def test_every_option_that_is_short_somewhere_is_short_everywhere() -> None:
    letters = {name: letter for letter, names in meanings(OPTIONS).items() for name in names}
    lacking = [
        f"{command} {long}"
        for command, option in OPTIONS
        for long in option.opts
        if long in letters and letters[long] not in option.opts
    ]

    assert lacking == []


@pytest.mark.parametrize(
    ("command", "option"), OPTIONS, ids=[f"{name} {one.opts[-1]}" for name, one in OPTIONS]
)
def test_every_option_has_its_help(command: str, option: click.Option) -> None:
    assert option.help, f"{command} {option.opts}"
    assert option.help.endswith((".", ")", "]", "md", "csv")), option.help


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_is_for_nothing(name: str) -> None:
    """The function takes it by name, where lint sees to its use, or out of what else is given."""
    command = COMMANDS[name]
    assert command.callback
    taken = inspect.signature(command.callback).parameters
    options = (one for one in command.params if isinstance(one, click.Option) and one.expose_value)
    unused = [one.name for one in options if one.name not in taken and one.name not in TAKEN]

    assert [one for one in unused if one and not one.startswith("as_")] == []
