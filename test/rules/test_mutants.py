"""The tool that breaks the code on purpose: what it breaks, and what it says of the tests."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.mutation import mutants

ROOT = Path(__file__).resolve().parents[2]


def changes(source: str) -> list[str]:
    return [str(one) for one in mutants(source)]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("x = a == b", ["a == b -> (a != b)"]),
        ("x = a < b < c", ["a < b < c -> (a < b <= c)", "a < b < c -> (a <= b < c)"]),
        ("x = a and b", ["a and b -> (a or b)"]),
        ("x = not a", ["not a -> (a)"]),
        ("x = a - b", ["a - b -> (a + b)"]),
        ("x = 'text' + b", ["'text' -> \"\""]),
        ("while a:\n    break", ["a -> (not (a))", "break -> left out"]),
        ("x = {a for a in b if a}", ["a -> (not (a))"]),
        ("x = 3", ["3 -> 4"]),
        ("x = True", ["True -> False"]),
        ("x = ''", ["'' -> \"~\""]),
        ("x = a('--force')", ["'--force' -> left out"]),
        ("x = 'a.b=false'", ["'a.b=false' -> 'a.b=true'"]),
        ("x[a] = b", ["x[a] = b -> left out"]),
        ("x = f(x)", ["x = f(x) -> left out"]),
        ("raise A('text')", ["raise A('text') -> left out"]),
        ("def f() -> bool:\n    return a()", ["a() -> (not (a()))"]),
        ("def f() -> str:\n    return a()", ['a() -> ""']),
        ("def f() -> str | None:\n    return a()", ["a() -> None"]),
        ("def f(a: int, b: int): f(a, b)", ["f(a, b) -> f(b, a)", "f(a, b) -> left out"]),
        ("def f(a: int, b: str): f(a, b)", ["f(a, b) -> left out"]),
    ],
)
def test_what_is_broken(source: str, wanted: list[str]) -> None:
    assert changes(source) == wanted


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "x: Literal['a', 'b']",
        "Kind = Literal['a', 'b']",
        "__all__ = ['a', 'b']",
        "@dataclass(frozen=True)\nclass A:\n    x: int",
        "x = 'text for people'",
        "x = f'{a}: {b:3}'",
        "def f(a: int = a) -> int: ...",
    ],
)
def test_what_is_for_readers_is_left_alone(source: str) -> None:
    assert changes(source) == []


def test_a_mutant_stands_in_the_text_as_it_was() -> None:
    source = "a = 'ä'  # said\nb = f(\n    a < 1,\n)\n"
    one = next(one for one in mutants(source) if one.before == "a < 1")

    assert one.line == 3
    assert one.applied(source) == "a = 'ä'  # said\nb = f(\n    (a <= 1),\n)\n"


MODULE = """\
def is_more(one: int, other: int) -> bool:
    return one > other
"""
BLIND = "def test_more():\n    assert is_more(2, 1)\n"
SEEING = BLIND + "    assert not is_more(1, 1)\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a room of one module, and the tool in it."""
    for name in ("test/mutants", "pylib/tools/mutation.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / name)
    room, tests = tmp_path / "pylib/ai_sessions/gate", tmp_path / "test/py/gate"
    room.mkdir(parents=True)
    tests.mkdir(parents=True)
    (room / "rule.py").write_text(MODULE)
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\npythonpath = ['pylib']\n")
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / ".gitignore").write_text(".venv\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def tried(project: Path, test: str, *words: str) -> subprocess.CompletedProcess[str]:
    if test:
        text = f"from ai_sessions.gate.rule import is_more\n\n\n{test}"
        (project / "test/py/gate/test_rule.py").write_text(text)
    tool = [sys.executable, project / "test/mutants", *words]
    return subprocess.run(tool, capture_output=True, text=True, check=False)


def test_a_test_that_sees_all_kills_all(project: Path) -> None:
    done = tried(project, SEEING)

    assert done.stdout == "2 of 2 killed (seed 1, of 2 faults)\n"
    assert done.returncode == 0
    assert (project / "pylib/ai_sessions/gate/rule.py").read_text() == MODULE


def test_who_did_not_notice_is_told_by_its_line(project: Path) -> None:
    done = tried(project, BLIND, "--only", "gate/rule.py")

    first, last = done.stdout.splitlines()
    assert first == "pylib/ai_sessions/gate/rule.py:2: one > other -> (one >= other) (survived)"
    assert last.startswith("1 of 2 killed")
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("test", "why"),
    [
        ("", "no test file"),
        ("def test_it():\n    assert not is_more(2, 1)\n", "its tests do not pass without it"),
    ],
)
def test_tests_that_prove_nothing_kill_nothing(project: Path, test: str, why: str) -> None:
    done = tried(project, test, "1")

    assert why in done.stdout
    assert "0 of 1 killed" in done.stdout


def test_a_room_that_is_not_there_is_told(project: Path) -> None:
    done = tried(project, "", "--only", "gaet")

    assert done.returncode == 2
    assert done.stderr == "no module named gaet below pylib/ai_sessions\n"
