"""A terminal is told nothing that steers it, and has colours only where they are wanted."""

import io

import pytest

from ai_sessions.cli import terminal


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_colours_are_for_terminals_that_have_them(environment, expected):
    assert terminal.has_colours(Screen(), environment) is expected
    assert terminal.has_colours(io.StringIO(), environment) is False


def test_what_somebody_wrote_can_colour_its_own_line_at_most():
    assert terminal.coloured("\x11a\x1b[2J\x07") == "\x1b[32ma\x1b[0m"
    assert terminal.coloured("plain") == "plain"


@pytest.mark.parametrize(("columns", "cells"), [("60", 60), ("0", 80), ("wide", 80), ("", 80)])
def test_the_width_is_columns_when_that_is_a_number(monkeypatch, columns, cells):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(terminal.os, "get_terminal_size", no_terminal)

    assert terminal.room() == cells


def no_terminal(_number: int) -> None:
    raise OSError
