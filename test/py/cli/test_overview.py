"""The page of all commands, in the order of the work and in the width of the terminal."""

import pytest

from ai_sessions.cli import commands, overview


@pytest.mark.parametrize("arguments", [["help"], ["--help"], ["-h"], ["help", "help"]])
def test_help_is_on_stdout_and_short(cli, arguments):
    answer = cli(*arguments)

    assert (answer.code, answer.err) == (0, "")
    assert 0 < len(answer.out.splitlines()) < 77


def test_the_overview_names_every_command_in_the_order_of_the_work():
    page = overview.page()
    places = [
        page.index(f"  {entry.typed}", page.index("in this order")) for entry in commands.COMMANDS
    ]

    assert places == sorted(places)
    assert len(page.splitlines()) < 77


@pytest.mark.parametrize("cells", [60, 79])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(cells):
    page = overview.page("", cells)

    assert max(map(len, page.splitlines())) <= cells
    assert page.split() == overview.page().split()
    assert "\n\nUsage:" in page


def test_a_wide_terminal_changes_nothing():
    assert overview.page("", 200) == overview.page()


def test_commands_are_shown_as_this_user_types_them():
    installed = overview.page("/opt/bin/ai-sessions ")

    assert "  ai-sessions plan FEATURE" in installed
    assert "plan.sh" not in installed
    assert "  ./scripts/plan.sh payment-gateway" in overview.page("./scripts/")
    assert "  plan.sh FEATURE" in overview.page("./scripts/")
