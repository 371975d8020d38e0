"""The progress line: one line that is drawn anew on a terminal, a line a phase elsewhere."""

import io

import pytest

from ai_sessions.cli.progress import Progress
from ai_sessions.display.columns import width
from ai_sessions.providers.contract import Event
from ai_sessions.records import Usage


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_without_a_terminal_a_phase_is_one_line_and_nothing_moves(clock):
    stream = io.StringIO()
    line = Progress(stream, {}, clock)
    line.phase("T1.1 red")
    for kind in ("started", "text", "tool", "usage"):
        line.seen(Event(kind, "x"))
    line.phase("T1.1 green")

    assert stream.getvalue() == "T1.1 red\nT1.1 green\n"


def test_on_a_terminal_the_line_has_phase_time_tokens_cost_and_tool(clock):
    stream = Terminal()
    line = Progress(stream, {}, clock)
    line.phase("T1.1 red")
    clock.now = 65.0
    line.seen(Event("usage", usage=Usage(1000, 200), cost_nusd=12_000_000))
    clock.now = 66.0
    line.seen(Event("tool", "Edit src/a.py\x1b[2J"))

    last = stream.getvalue().rsplit("\r\x1b[K", 1)[1]
    assert last == "T1.1 red  1:06  1,200 tokens  $0.0120  Edit src/a.py"


def test_on_demand_every_step_of_the_agent_is_a_line_that_stays(clock):
    for stream in (io.StringIO(), Terminal()):
        line = Progress(stream, {}, clock, verbose=True)
        line.phase("T1.1 red")
        line.seen(Event("tool", "Edit\nsrc/a.py"))
        assert "  Edit src/a.py\n" in stream.getvalue()


def test_the_line_fits_the_terminal_with_wide_characters_too(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    stream = Terminal()
    Progress(stream, {}, clock).phase("支付网关" * 5)

    assert width(stream.getvalue().removeprefix("\r\x1b[K")) == 18


def test_the_line_is_drawn_at_most_ten_times_a_second(clock):
    stream = Terminal()
    line = Progress(stream, {}, clock)
    for step in range(100):
        clock.now = step / 100
        line.seen(Event("text", "x"))

    assert stream.getvalue().count("\r") <= 10


def test_a_dumb_terminal_gets_lines(clock):
    stream = Terminal()
    Progress(stream, {"TERM": "dumb"}, clock).phase("red")

    assert stream.getvalue() == "red\n"


def test_a_retry_is_always_said(clock):
    stream = io.StringIO()
    Progress(stream, {}, clock).seen(Event("retry", "overloaded, again in 5 s"))

    assert stream.getvalue() == "retry: overloaded, again in 5 s\n"


class Gone(Terminal):
    """A terminal whose window was closed."""

    def write(self, text):
        raise OSError(5, "Input/output error")


def test_when_nobody_looks_any_more_the_work_goes_on(clock):
    line = Progress(Gone(), {}, clock)
    line.phase("T1.1 red")
    line.seen(Event("retry", "again"))
    line.clear()


def test_in_ci_a_terminal_gets_lines(clock):
    stream = Terminal()
    Progress(stream, {"CI": "true"}, clock).phase("red")

    assert stream.getvalue() == "red\n"


def test_a_small_step_keeps_the_time_and_a_phase_begins_it_anew(clock):
    stream = Terminal()
    line = Progress(stream, {}, clock)
    line.phase("red")
    clock.now = 61.0
    line.step("looking")
    assert stream.getvalue().endswith("looking  1:01")
    line.phase("green")
    assert stream.getvalue().endswith("green  0:00")


def test_taken_away_twice_is_written_once(clock):
    stream = Terminal()
    line = Progress(stream, {}, clock)
    line.phase("red")
    before = len(stream.getvalue())
    line.clear()
    line.clear()

    assert stream.getvalue()[before:] == "\r\x1b[K"
