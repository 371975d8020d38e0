"""Functions fit on a screen: the median body is under 8 lines, the longest about 40."""

import ast
import statistics
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "pylib" / "ai_sessions"
MEDIAN_BELOW = 8
LONGEST = 40

Function = ast.FunctionDef | ast.AsyncFunctionDef


def lengths() -> dict[str, int]:
    """Lines of the body of each function, its docstring and those inside it not counted."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function):
                found[f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}"] = length(node)
    return found


def length(function: Function) -> int:
    body = function.body
    if ast.get_docstring(function, clean=False) is not None:
        body = body[1:]
    if not body:
        return 0
    lines = (body[-1].end_lineno or 0) - body[0].lineno + 1
    inside = [node for node in body if isinstance(node, Function)]
    return lines - sum((node.end_lineno or 0) - node.lineno + 1 for node in inside)


def test_functions_are_short() -> None:
    found = lengths()
    longest = max(found, key=found.__getitem__)
    median = statistics.median(found.values())
    print(f"\n{len(found)} functions: median {median} lines, longest {found[longest]} ({longest})")

    assert median < MEDIAN_BELOW
    assert {name: lines for name, lines in found.items() if lines > LONGEST} == {}


def test_a_docstring_and_an_inner_function_do_not_count() -> None:
    source = '''
def outer():
    """Says
    something."""
    def inner():
        return 1
    return inner
'''
    outer = ast.parse(source).body[0]

    assert isinstance(outer, ast.FunctionDef)
    assert length(outer) == 1
