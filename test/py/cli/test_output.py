"""stdout is the answer, stderr everything else; the progress line never gets in the way."""

import io
import json

import pytest

from ai_sessions.cli.output import NobodyListens, Output
from ai_sessions.errors import GateRefused
from ai_sessions.providers.contract import Event


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError

    def fileno(self) -> int:
        raise OSError("no file")


def output(**flags) -> Output:
    return Output(stdout=io.StringIO(), stderr=io.StringIO(), **flags)


def test_with_json_only_the_object_is_on_stdout():
    out = output(json=True)
    out.say("for people")
    out.result({"cost": None})
    out.result({"twice": True})

    assert json.loads(out.stdout.getvalue()) == {"schema": 1, "ok": True, "cost": None}


def test_what_is_meant_for_programs_cannot_steer_a_terminal():
    pipe, terminal = output(), Output(stdout=Terminal(), stderr=io.StringIO())
    for out in (pipe, terminal):
        out.data("a\x1b[2J\u202eb\n")

    assert pipe.stdout.getvalue() == "a\x1b[2J\u202eb\n"
    assert terminal.stdout.getvalue() == "ab\n"


def test_hints_and_what_comes_next_are_shown_as_the_user_has_to_type_them():
    out, for_programs = output(called="./x/"), output(called="./x/", json=True)
    out.say("verify.sh of the shop\nNext: verify.sh shop")
    out.note("verify.sh was changed")
    out.failed(GateRefused("verify.sh is no test", "implement.sh shop"), 5)
    for_programs.result({"next": "verify.sh shop", "text": "verify.sh shop"})

    assert out.stdout.getvalue() == "verify.sh of the shop\nNext: ./x/verify.sh shop\n"
    assert out.stderr.getvalue().splitlines() == [
        "verify.sh was changed",
        "error: verify.sh is no test",
        "hint: ./x/implement.sh shop",
    ]
    answer = json.loads(for_programs.stdout.getvalue())
    assert (answer["next"], answer["text"]) == ("./x/verify.sh shop", "verify.sh shop")


def test_quiet_keeps_warnings_and_drops_notes():
    out = output(quiet=True)
    out.note("by the way")
    out.phase("red")
    out.watch(Event("tool", "Edit"))
    out.warn("careful")

    assert out.stderr.getvalue() == "warning: careful\n"


def test_quiet_keeps_warnings_of_those_who_know_of_notes_alone():
    quiet, lines = output(quiet=True), output(jsonl=True)
    for out in (quiet, lines):
        out.note("warning: the money is gone")

    assert quiet.stderr.getvalue() == "warning: the money is gone\n"
    told = json.loads(lines.stdout.getvalue())
    assert (told["event"], told["text"]) == ("warning", "the money is gone")


def test_a_closed_stderr_stops_nothing():
    Output(stdout=io.StringIO(), stderr=Closed()).warn("nobody hears")


def test_work_goes_on_when_nobody_reads_it_but_an_export_stops(monkeypatch):
    out = Output(stdout=Closed(), stderr=io.StringIO())
    monkeypatch.setattr(out, "abandon", lambda: None)
    out.say("unheard")

    with pytest.raises(NobodyListens):
        out.raw("unheard")


def test_something_said_takes_the_line_away_first(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    out = Output(stdout=io.StringIO(), stderr=stream)
    out.phase("green")
    out.note("tests pass")

    assert stream.getvalue().endswith("\r\x1b[Ktests pass\n")


def test_what_a_long_command_is_at_is_shown_on_a_terminal_alone(monkeypatch):
    for name in ("CI", "TERM"):
        monkeypatch.delenv(name, raising=False)
    live = Output(stdout=io.StringIO(), stderr=Terminal())
    live.working("export plan-a")
    live.note("written: x.json")
    piped, quiet = output(), Output(stdout=io.StringIO(), stderr=Terminal(), quiet=True)
    for out in (piped, quiet):
        out.working("export plan-a")

    assert "export plan-a" in live.stderr.getvalue()
    assert live.stderr.getvalue().endswith("\r\x1b[Kwritten: x.json\n")
    assert piped.stderr.getvalue() == quiet.stderr.getvalue() == ""


@pytest.mark.parametrize(
    ("locale", "text"),
    [("C", "a... - b\n"), ("POSIX", "a... - b\n"), ("de_DE.ISO-8859-1", "a... - b\n"),
     ("C.UTF-8", "a… · b\n"), ("en_US.utf8", "a… · b\n")],
)  # fmt: skip
def test_our_marks_are_ascii_where_the_locale_has_no_more(monkeypatch, locale, text):
    monkeypatch.setenv("LC_ALL", locale)
    out = output()
    out.say("a… · b")
    out.note("a… · b")

    assert (out.stdout.getvalue(), out.stderr.getvalue()) == (text, text)


def test_letters_of_users_stay_letters_in_every_locale(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    out = output()
    out.say("Größe")

    assert out.stdout.getvalue() == "Größe\n"


@pytest.mark.parametrize("flags", [{}, {"quiet": True}, {"jsonl": True}])
def test_many_notes_at_once_are_told_as_each_by_itself(flags, monkeypatch):
    monkeypatch.setattr("ai_sessions.cli.output._now", lambda: "now")
    at_once, each = output(**flags), output(**flags)
    at_once.notes(["one", "\x1b[31mtwo"])
    for text in ("one", "\x1b[31mtwo"):
        each.note(text)
    at_once.notes([])

    assert at_once.stderr.getvalue() == each.stderr.getvalue()
    assert at_once.stdout.getvalue() == each.stdout.getvalue()
