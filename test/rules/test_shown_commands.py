"""A command that we tell people to type is shown as they called us, wherever it is printed."""

import ast
from collections.abc import Iterator
from pathlib import Path

from ai_sessions.cli import commands

ROOT = Path(__file__).resolve().parents[2]
#: What prints a line as it is; hints and `Next:` lines are turned by `Output` itself.
PRINTS = {"say", "note", "aside", "warn"}


def unturned(node: ast.AST) -> Iterator[str]:
    """Texts below `node` that name a script and do not go through `typed`."""
    if called(node) == "typed":
        return
    if isinstance(node, ast.Constant) and any(one in str(node.value) for one in commands.WORDS):
        yield str(node.value)
    for below in ast.iter_child_nodes(node):
        yield from unturned(below)


def called(node: ast.AST) -> str:
    """The name of the method that is called by `node`; empty when it is no such call."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return node.func.attr if is_method else ""


def printed(source: str) -> list[str]:
    return [
        text
        for node in ast.walk(ast.parse(source))
        if called(node) in PRINTS
        for argument in node.args
        for text in unturned(argument)
    ]


def test_no_line_is_printed_with_a_command_in_its_canonical_form():
    found = {
        path.name: texts
        for path in (ROOT / "pylib" / "ai_sessions").rglob("*.py")
        if (texts := printed(path.read_text()))
    }

    assert found == {}


def test_the_rule_notices():
    assert printed('out.say(f"{n} gone: ai-session.sh restore NAME")') != []
    assert printed('out.note(out.typed("try demo.sh"))') == []
