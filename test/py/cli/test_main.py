"""Click's part: what was typed wrong is one line with what would have worked."""

import os

import click
import pytest

from ai_sessions.cli import main, overview


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lst"], "did you mean list?"),
        (["tody"], "did you mean todo?"),
        (["rm"], "hint: ai-session.sh remove --help"),
        (["list", "--activ"], "--active"),
        (["show"], "NAME or --session-id is missing"),
        (["todo"], "start, end, error, report"),
        (["list", "--limit", "0"], "limit"),
        (["list", "--limit"], "hint: ai-session.sh list --help"),
        (["plan", "--model"], "hint: plan.sh --help"),
        (["--nonsense"], "hint: ai-session.sh help"),
        (["--"], "hint: ai-session.sh help"),
    ],
)
def test_wrong_usage_exits_2_with_what_would_have_worked(cli, arguments, said):
    answer = cli(*arguments)

    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert len(answer.err.splitlines()) <= 2


def test_no_command_at_all_is_wrong_usage_and_shows_them_all(cli):
    answer = cli()

    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"{overview.page()}\n"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["ls", "--csv"], ["list", "--csv"]),
        (["rm", "--help"], ["remove", "--help"]),
        (["delete", "--help"], ["remove", "--help"]),
        (["cost"], ["stats"]),
        (["usage"], ["stats"]),
        (["today"], ["stats", "--since", "today"]),
    ],
)
def test_words_of_other_tools_are_understood(cli, store, typed, meant):
    assert cli(*typed) == cli(*meant)
    assert cli("help", typed[0]).out.startswith(f"Usage: ai-session.sh {meant[0]} ")


def test_help_names_the_script_that_was_typed(cli):
    assert cli("clean", "--help").out.startswith("Usage: ai-session.sh clean [OPTIONS]")
    assert cli("todo", "report", "-h").out.startswith("Usage: track-session-todo.sh report")


def test_a_script_tells_the_process_it_becomes_how_it_was_called(cli, monkeypatch):
    monkeypatch.setenv("_AI_SESSIONS_CALLED", "./scripts/")
    page = cli("clean", "--help").out

    assert page.startswith("Usage: ./scripts/ai-session.sh clean [OPTIONS]")
    assert "\n    ./scripts/ai-session.sh clean --older-than 30 --dry-run\n" in page
    assert "_AI_SESSIONS_CALLED" not in os.environ


def test_every_command_can_be_loaded_and_takes_the_common_options():
    from ai_sessions.cli.commands import COMMANDS

    for entry in COMMANDS:
        for below in leaves(main.loaded(entry.name)):
            names = {name for param in below.params for name in param.opts}
            assert {"--json", "--quiet", "--debug"} <= names, (entry.name, below.name)


def leaves(command):
    """The commands below a group that are no groups themselves."""
    if not isinstance(command, click.Group):
        return [command]
    return [leaf for below in command.commands.values() for leaf in leaves(below)]
