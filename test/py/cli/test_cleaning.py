"""Cleaning up on a terminal: what it asks, and what it says when there is nothing to do."""

import pytest

from ai_sessions.cli.output import Output


@pytest.mark.parametrize(
    ("age", "told"), [("300", "300 days"), ("2w", "14 days"), ("1d", "1 day"), ("12h", "12 hours")]
)
def test_on_a_terminal_it_says_that_nothing_is_that_old(cli, root, monkeypatch, age, told):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)

    assert cli("clean", "--older-than", age).out == f"nothing older than {told}\n"
    assert cli("clean", "--older-than", age, "--dry-run").out == f"nothing older than {told}\n"


def test_cron_hears_nothing_when_there_is_nothing_to_do(cli, root):
    answer = cli("clean", "--older-than", "300")

    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_a_no_is_an_answer_and_no_error(cli, store, monkeypatch):
    monkeypatch.setattr(Output, "may_ask", lambda _out: True)
    monkeypatch.setattr("click.confirm", lambda *_question, **_options: False)
    answer = cli("clean", "--older-than", "30")

    assert (answer.code, answer.out) == (0, "")
    assert answer.err.splitlines()[-1] == "nothing removed"
    assert len(list(store.sessions())) == 3
