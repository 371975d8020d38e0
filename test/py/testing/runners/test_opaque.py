"""A command of which only the exit code speaks."""

import pytest

from ai_sessions.gate import run_class
from ai_sessions.testing.runners.opaque import Opaque


@pytest.mark.parametrize(
    ("script", "exit_code", "wanted"),
    [("true", 0, "pass"), ("exit 3", 3, "fail"), ("kill -9 $$", 137, "crash")],
)
def test_the_class_comes_from_the_exit_code(project, environ, script, exit_code, wanted):
    run = Opaque(environ).run(["sh", "-c", script], project({}), 60)

    assert (run.exit_code, run.opaque, run.cases, run_class(run)) == (exit_code, True, (), wanted)


def test_it_runs_where_it_is_told_and_its_words_are_kept(project, environ):
    command = ["sh", "-c", "cat here; echo away >&2"]
    run = Opaque(environ).run(command, project({"here": "there\n"}), 60)

    assert run.command == tuple(command)
    assert run.output == "there\naway\n"


def test_it_takes_no_command_for_its_own():
    assert not Opaque.recognises(["make", "test"])
