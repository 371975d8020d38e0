"""What the assistant shows: to people, to programs, and to nobody it knows."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

LAUNCH = Path(__file__).parents[4] / "pylib/ai_sessions/cli/launch.py"
GREETING = "Welcome back, Declan! I'm Brakel, powered by DeepSeek R1"
TITLE = "║       SESSION & MODEL USAGE STATISTICS            ║"


@pytest.mark.usefixtures("met")
def test_the_greeting_is_one_line(cli):
    assert cli("assistant", "--greeting").out == f"{GREETING}\n"


@pytest.mark.usefixtures("met")
def test_the_statistics_are_those_of_the_person(cli):
    lines = cli("assistant", "--stats").out.splitlines()

    assert lines[1] == TITLE
    assert "   User: Declan" in lines


@pytest.mark.usefixtures("met")
def test_without_an_option_both_are_shown_apart(cli):
    first, second, *rest = cli("assistant").out.splitlines()

    assert (first, second) == (GREETING, "")
    assert TITLE in rest


@pytest.mark.usefixtures("met")
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), {"greeting", "profile", "models"}),
        (("--greeting",), {"greeting", "profile"}),
        (("--stats",), {"models", "total_requests"}),
    ],
)
def test_json_is_one_object_with_what_is_shown(cli, words, found):
    told = json.loads(cli("assistant", *words, "--json").out)

    assert told["ok"]
    assert found <= told.keys()


@pytest.mark.usefixtures("met")
def test_csv_has_a_head_and_a_row_for_each_model(cli):
    head, *rows = csv.reader(io.StringIO(cli("assistant", "--stats", "--csv").out))

    assert head[0] == "model"
    assert {len(row) for row in rows} == {len(head)}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("words", [(), ("--greeting",)])
def test_of_nobody_it_says_how_to_begin(cli, words):
    answer = cli("assistant", *words)

    assert (answer.code, answer.out) == (4, "")
    assert answer.err.endswith("hint: assistant.sh --init\n")


@pytest.mark.usefixtures("here")
def test_the_statistics_need_nobody(cli):
    assert cli("assistant", "--stats").code == 0


@pytest.mark.parametrize(
    "written", ["{", "[]", '{"user_name": 3}', '{"user_name": "D", "favorite_models": 1}', "\0"]
)
def test_a_profile_that_is_none_is_one_line_and_stays(cli, here, written):
    here.mkdir()
    file = here / "user_session.json"
    file.write_text(written)

    answer = cli("assistant", "--greeting")

    assert answer.code == 3
    assert answer.err.startswith(f"error: {file}")
    assert file.read_text() == written


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("option", "heavy"),
    [
        ("--greeting", {"dataclasses", "typing", "sqlite3"}),
        ("--stats", {"asyncio", "httpx"}),
    ],
)
def test_no_package_is_imported(cli, option, heavy):
    words = ("--name", "Declan", "--assistant", "Brakel", "--model", "3")
    cli("assistant", "--init", *words)
    cli("assistant", "--stats")  # makes the ledger, under a lock
    packages = {"click", "orjson", "filelock", "yaml", "tabulate"}
    code = (
        f"import sys; sys.path.insert(0, {str(LAUNCH.parents[2])!r})\n"
        "from ai_sessions.cli import start\n"
        f"assert start.main(['assistant', {option!r}]) == 0\n"
        f"print(sorted({heavy | packages!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )

    assert done.stderr.splitlines()[-1] == "[]"
