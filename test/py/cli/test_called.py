"""Commands are shown as this user has to type them; what only looks like one stays as it is."""

import os

import pytest

from ai_sessions.cli.called import as_typed, next_lines, word
from ai_sessions.cli.overview import page


@pytest.mark.parametrize(
    ("called", "shown"),
    [
        ("", "plan.sh pay --check"),
        ("./scripts/", "./scripts/plan.sh pay --check"),
        ("'/a b/scripts'/", "'/a b/scripts'/plan.sh pay --check"),
        ("ai-sessions ", "ai-sessions plan pay --check"),
        ("~/bin/ai-sessions ", "~/bin/ai-sessions plan pay --check"),
    ],
)
def test_a_command_is_shown_as_it_was_called(called, shown):
    assert as_typed("plan.sh pay --check", called) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("init-session.sh pay", "ai-sessions init pay"),
        ("track-session-todo.sh report", "ai-sessions todo report"),
        (
            "did you mean list? ai-session.sh help lists",
            "did you mean list? ai-sessions help lists",
        ),
        ("Usage: ai-session.sh COMMAND", "Usage: ai-sessions COMMAND"),
        ("or: demo.sh", "or: ai-sessions demo"),
        (
            '(plan.sh pay), `review.sh pay`; eval "$(ai-session.sh completion bash)"',
            "(ai-sessions plan pay), `ai-sessions review pay`; "
            'eval "$(ai-sessions completion bash)"',
        ),
        (
            "plan.sh, review.sh and\nplan.sh",
            "ai-sessions plan, ai-sessions review and\nai-sessions plan",
        ),
    ],
)
def test_every_script_has_its_word(text, shown):
    assert as_typed(text, "ai-sessions ") == shown


@pytest.mark.parametrize(
    "text",
    [
        "tools/plan.sh",
        "./demo.sh",
        "my-plan.sh",
        "plan.sh.bak",
        "plan.sh:12",
        "verify.shell",
        "x.sh",
    ],
)
def test_a_file_of_the_users_own_is_no_command(text):
    assert as_typed(text, "ai-sessions ") == text


def test_only_next_lines_of_an_answer_are_ours():
    said = "run demo.sh and Next: plan.sh\nNext: plan.sh pay\npay   no plan yet   Next: plan.sh pay"

    assert next_lines(said, "./scripts/").split("\n") == [
        "run demo.sh and Next: plan.sh",
        "Next: ./scripts/plan.sh pay",
        "pay   no plan yet   Next: ./scripts/plan.sh pay",
    ]


@pytest.fixture
def installed(tmp_path):
    """The installed command, in a folder with a space."""
    path = tmp_path / "my env" / "ai-sessions"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_an_installed_command_on_path_is_a_bare_word(installed):
    search = os.pathsep.join(["/nowhere", str(installed.parent)])

    assert word(str(installed), {"PATH": search}) == "ai-sessions "


def test_another_command_of_that_name_comes_first_on_path(installed, tmp_path):
    (tmp_path / "ai-sessions").symlink_to("/bin/sh")
    search = os.pathsep.join([str(tmp_path), str(installed.parent)])

    assert word(str(installed), {"PATH": search}) == f"'{installed}' "


def test_an_installed_command_elsewhere_is_its_path_ready_for_a_shell(installed, tmp_path):
    assert word(str(installed), {}) == f"'{installed}' "
    assert word("bin/ai-sessions", {"PATH": "/bin"}) == "bin/ai-sessions "
    assert word(str(installed), {"HOME": str(tmp_path)}) == "~/'my env/ai-sessions' "
    assert word("/x/ai-sessions", {"HOME": "/"}) == "/x/ai-sessions "


def test_the_page_of_all_commands_has_a_path_in_its_examples_alone():
    lines = page("'/a b/bin/ai-sessions' ").splitlines()

    assert "Usage: '/a b/bin/ai-sessions' COMMAND [OPTIONS]" in lines
    assert f"  {'ai-sessions init FEATURE':<46} lay out a new feature" in lines
    assert f"  {'review.sh FEATURE':<46} review the changes" in page("./x/").splitlines()
    assert max(map(len, lines)) <= 100


def test_the_command_of_a_note_on_a_proof_is_ours_too():
    told = (
        "  note: T1.1 was proved, but it is not; prove it again, at no cost: status.sh pay --prove"
    )

    assert next_lines(told, "./scripts/") == told.replace("status.sh", "./scripts/status.sh")
    assert next_lines(told.lstrip(), "./scripts/") == told.lstrip()
