"""Showing again what changed."""

import io
import os

from ai_sessions.cli.output import Output
from ai_sessions.cli.watching import watch


class Screen(io.StringIO):
    def isatty(self):
        return True


def seen(states, stdout):
    """What is on stdout when the state goes through these values and then Ctrl-C comes."""
    left = list(states)
    shown = []
    out = Output(stdout=stdout)

    def pause():
        if not left:
            raise KeyboardInterrupt

    def show():
        shown.append(1)
        out.say(f"report {len(shown)}")

    watch(out, lambda: left.pop(0), show, pause)
    return stdout.getvalue()


def test_it_shows_once_and_again_only_after_a_change():
    assert seen([1, 1, 2, 2], io.StringIO()) == "report 1\n\nreport 2\n"


def test_an_empty_state_is_shown_too():
    assert seen([None], io.StringIO()) == "report 1\n"


def test_a_terminal_is_cleared_before_each_report(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")

    assert seen([1, 2], Screen()) == "\x1b[H\x1b[2Jreport 1\n\x1b[H\x1b[2Jreport 2\n"


def test_it_ends_when_the_reader_of_a_pipe_has_gone():
    reader, writer = os.pipe()
    with open(writer, "w") as stdout:
        watch(Output(stdout=stdout), lambda: 1, lambda: None, lambda: os.close(reader))
