"""Options that mean the same everywhere, and output that fits who reads it."""

import csv
import io
import json
import re

import pytest

from ai_sessions.cli import commands, main, start
from ai_sessions.display.columns import width


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def seen(root, monkeypatch):
    """What a terminal of so many columns shows: `seen(80, "list")`."""
    for name in ("CI", "TERM", "LC_ALL", "LC_CTYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")

    def show(columns, *words):
        screen = Terminal()
        with monkeypatch.context() as patch:
            patch.setenv("COLUMNS", str(columns))
            patch.setattr("sys.stdout", screen)
            assert start.main(list(words)) == 0
        return screen.getvalue()

    return show


COMMANDS = [
    [entry.name, *below]
    for entry in commands.COMMANDS
    for below in ([], *([name] for name in getattr(main.loaded(entry.name), "commands", {})))
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help_and_the_same_version(cli, words):
    page = cli(*words, "--help")

    assert (page.code, page.err) == (0, "")
    assert page.out.isascii()
    assert len(page.out.splitlines()) < 75
    assert cli(*words, "--version").out == f"{commands.VERSION}\n"


def test_short_flags_can_be_bundled(cli, store):
    quiet = cli("clean", "--older-than", "0", "-qn")

    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    assert len(list(store.sessions())) == 3


def test_yes_removes_without_asking(cli, store):
    assert cli("clean", "--older-than", "30", "-y").code == 0
    assert "plan-payment" not in [one.name for one in store.sessions()]


@pytest.mark.parametrize(
    "words", [("list",), ("stats",), ("stats", "--by", "task"), ("todo", "report")]
)
def test_a_format_can_be_chosen_with_one_option_everywhere(cli, store, words):
    assert json.loads(cli(*words, "-f", "json").out) == json.loads(cli(*words, "--json").out)
    rows = list(csv.reader(io.StringIO(cli(*words, "--format=csv").out)))
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}
    assert re.match(r"\| .* \|\n\|:---", cli(*words, "-fmd").out)
    assert cli(*words, "--csv").out == cli(*words, "--format", "csv").out
    assert cli(*words, "--format", "xml").code == 2


@pytest.mark.parametrize(
    "words", [("list",), ("stats",), ("stats", "--by", "session"), ("todo", "report")]
)
@pytest.mark.parametrize("columns", [100, 80, 60])
def test_a_table_fits_the_terminal(seen, store, words, columns):
    lines = seen(columns, *words).splitlines()
    rows = [line for line in lines if line.count("  ") > 1 and not line.startswith("Cost ")]

    assert max(map(width, rows)) <= columns
    assert any("payment" in row and "$" in row for row in rows)


def test_the_calls_of_a_session_fit_too(seen, store):
    assert max(map(width, seen(60, "show", "implement-payment").splitlines())) <= 60


def test_times_are_relative_for_people_and_absolute_on_demand(seen, store, cli):
    recent = r"Last used      (just now|\d+ (min|h) ago)\n"
    assert re.search(recent, seen(80, "show", "implement-payment"))
    assert re.search(r"Last used      20\d\d-.*Z\n", seen(80, "show", "implement-payment", "--utc"))
    assert re.search(r"Last used      20\d\d-.*Z\n", cli("show", "implement-payment").out)
    assert " d ago" in seen(100, "list")
    assert re.search(r"20\d\d-\d\d-\d\dT", seen(100, "list", "--utc"))


def test_an_export_ends_with_a_day(cli, store):
    whole = json.loads(cli("export").out)
    none = json.loads(cli("export", "--until", "2001-01-01").out)
    old = json.loads(cli("export", "--until", "7d").out)

    assert (len(whole), none) == (3, [])
    assert [one["name"] for one in old] == ["plan-payment"]
