"""Options that mean the same everywhere, and output that fits who reads it."""

import csv
import io
import json
import re

import pytest

from ai_sessions.cli import commands, main, start
from ai_sessions.cli.output import Output
from ai_sessions.display.columns import width
from ai_sessions.records import About, Message

from .conftest import call


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
    assert len(page.out.splitlines()) < 60
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


def test_the_doctor_tells_the_room_and_who_is_at_work(cli, store):
    assert re.search(r"/sessions: 3 sessions, \d+ kB, trash 0 kB, .* free\n", cli("doctor").out)
    with store.turn("plan-search", 0):
        found = cli("doctor", "--json")

    facts = json.loads(found.out)
    assert facts["store"]["sessions"] == 3
    assert facts["store"]["bytes"] > 500
    assert list(facts["in_use"]) == ["plan-search"]
    assert facts["in_use"]["plan-search"].startswith("pid ")
    assert "in use" not in cli("doctor").out


def test_the_doctor_makes_no_store_by_looking(cli, root):
    assert "0 sessions, 0 kB" in cli("doctor").out
    assert not root.exists()


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize(
    "words", [("list",), ("stats",), ("stats", "--by", "session"), ("stats", "--by", "day")]
)
def test_the_longest_names_leave_room_for_the_numbers(seen, store, columns, words):
    long = f"implement-{'long-' * 12}x"
    store.ensure(long, About("implement", long[10:], "/home/me/shop"))
    store.append(long, [call(1, 0, 1_234_560_000_000)])
    lines = seen(columns, *words).splitlines()

    assert max(map(width, lines)) <= columns
    assert any("$1,234." in line for line in lines)


def test_bars_begin_under_each_other(seen, store):
    lines = seen(120, "stats", "--by", "session").splitlines()

    assert len({width(line[: line.index("█")]) for line in lines if "█" in line}) == 1
    assert sum("█" in line for line in lines) == 2


def test_a_name_that_was_cut_can_be_typed_as_it_stands_there(cli, seen, store):
    long = f"implement-{'long-' * 12}x"
    store.ensure(long, About("implement", long[10:], "/home/me/shop"))
    [cut] = [line.split()[0] for line in seen(60, "list").splitlines() if "long" in line]

    assert cut.endswith("…")
    assert cli("path", cut).out.rstrip().endswith(long)
    assert cli("path", cut.replace("…", "...")).out == cli("path", cut).out


def test_no_colour_is_used_at_all(seen, store, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert "\x1b" not in seen(100, "list") + seen(100, "stats", "--by", "day") + seen(80, "help")


def test_events_come_as_lines_and_the_last_one_is_the_answer():
    out = Output(jsonl=True, stdout=io.StringIO(), stderr=io.StringIO())
    out.say("for people")
    out.phase("T1.1 red")
    out.note("a\nb")
    out.warn("careful")
    out.event("phase", text="T1.2 red", at="2026-11-01T10:00:00Z", task="T1.2")
    out.result({"cost": None})
    out.note("too late")

    lines = [json.loads(line) for line in out.stdout.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["phase", "note", "warning", "phase", "result"]
    assert lines[1]["text"] == "a\nb"
    assert lines[3]["at"] == "2026-11-01T10:00:00Z"
    assert lines[4] == {"schema": 1, "event": "result", "ok": True, "cost": None}
    assert out.stderr.getvalue() == "T1.1 red\na\nb\nwarning: careful\ntoo late\n"


def test_without_jsonl_there_are_no_events():
    out = Output(json=True, stdout=io.StringIO(), stderr=io.StringIO())
    out.phase("red")
    out.event("note", text="x")

    assert out.stdout.getvalue() == ""


def test_a_list_that_fits_nothing_says_so_and_not_how_to_begin(cli, store):
    answer = cli("list", "--feature", "nosuch")

    assert (answer.code, answer.out) == (0, "")
    assert answer.err == "none of 3 sessions fits\n"
    assert json.loads(cli("list", "--feature", "nosuch", "--json").out)["sessions"] == []


def test_without_utf_8_our_own_marks_are_ascii(cli, store, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    said = (Message("user", "needle " + "words " * 60),)
    store.append("plan-search", [call(9, 0, 1, messages=said)])

    assert "…" in cli("search", "needle").out
    monkeypatch.setenv("LC_ALL", "C")
    assert cli("search", "needle").out.isascii()
    assert "..." in cli("search", "needle").out
