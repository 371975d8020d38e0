"""`stats --advice`: where money could have been saved."""

import json
import subprocess
import sys

import pytest
from test.py.cli.conftest import call

from ai_sessions.cli import launch
from ai_sessions.records import About


@pytest.fixture
def repeated(store):
    """A task whose step was called for twice."""
    store.ensure("implement-ship", About("implement", "ship", "/home/me/shop"))
    dear = {"model": "claude-opus-4-1"}
    store.append("implement-ship", [call(7, 0, 10**9, **dear), call(7, 1, 3 * 10**9, **dear)])


def test_each_line_begins_with_the_money_it_stands_on(cli, repeated):
    lines = cli("stats", "--advice").out.splitlines()

    assert 1 <= len(lines) <= 3
    assert lines[0].startswith("$3.99")
    assert "a dear model for small tasks: " in lines[0]
    assert any(line.startswith("$1.00") and "most for ship T1.7 ($1.00)" in line for line in lines)


def test_json_has_the_same(cli, repeated):
    found = json.loads(cli("stats", "--advice", "--json").out)

    assert [one["kind"] for one in found["advice"]] == ["model", "repeats"]
    assert found["advice"][1]["cost_nusd"] == 10**9
    assert found["since"] < "2099"


def test_calls_before_the_time_do_not_count(cli, repeated):
    answer = cli("stats", "--advice", "--since", "2099-01-01")

    assert (answer.code, answer.out) == (0, "")
    assert "no advice" in answer.err


def test_where_there_is_nothing_it_says_so(cli, root):
    answer = cli("stats", "--advice", "--json")

    assert json.loads(answer.out)["advice"] == []
    assert "no advice" in answer.err


@pytest.mark.parametrize(
    "other",
    [
        *(["--by", "day"], ["--until", "today"], ["--feature", "a"], ["--project", "b"]),
        *(["--savings"], ["--watch"], ["--csv"], ["--md"]),
    ],
    ids=" ".join,
)
def test_it_goes_with_no_other_question(cli, store, other):
    answer = cli("stats", "--advice", *other)

    assert (answer.code, answer.out) == (2, "")
    assert "--advice is about all sessions" in answer.err


def test_it_imports_no_package(repeated, root):
    code = (
        f"import sys; sys.path.insert(0, {launch.__file__.rpartition('/ai_sessions/')[0]!r})\n"
        "from ai_sessions.cli.start import main\n"
        "main(['stats', '--advice'])\n"
        "print(sorted({'click', 'orjson', 'tabulate', 'site'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        capture_output=True,
        text=True,
        env={"SESSION_DIR": str(root)},
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "[]"
