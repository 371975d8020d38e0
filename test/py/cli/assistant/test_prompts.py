"""The questions of `--init`: on a terminal, and answered by a pipe."""

import io
import sys

import pytest

from ai_sessions.cli.assistant import prompts
from ai_sessions.cli.output import Output
from ai_sessions.errors import UsageError


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def asked(monkeypatch, capsys):
    """What is answered to a question, and what stands on stderr then."""

    def ask(stdin, question="Name? "):
        monkeypatch.setattr(sys, "stdin", stdin)
        answer = prompts.asker(Output())(question)
        return answer, capsys.readouterr().err

    return ask


def test_a_line_of_a_pipe_is_shown_behind_its_question(asked):
    assert asked(io.StringIO(" Declan \nBrakel\n")) == ("Declan", "Name?  Declan \n")


def test_a_terminal_shows_what_is_typed_by_itself(asked):
    assert asked(Terminal("Declan\n")) == ("Declan", "Name? ")


def test_where_nobody_answers_the_options_are_named(asked):
    with pytest.raises(UsageError) as error:
        asked(io.StringIO(), "👤 What's your name? ")

    assert error.value.message == "nobody answers: What's your name?"
    assert "--name" in error.value.hint


def test_the_end_of_a_terminal_is_an_interruption(asked):
    with pytest.raises(KeyboardInterrupt):
        asked(Terminal())


def test_where_no_locale_is_set_the_question_has_its_picture(asked, monkeypatch):
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)

    assert asked(Terminal("x\n"), "👤 ")[1] == "👤 "


def test_in_a_locale_without_such_letters_the_question_is_plain(asked, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")

    assert asked(Terminal("x\n"), "👤 What's your name? ")[1].isascii()
