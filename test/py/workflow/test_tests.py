"""Tests and suite are run where they are told, and what they print is kept."""

import os

import pytest

from ai_sessions.plan import document as plans
from ai_sessions.plan.document import Command
from ai_sessions.workflow.tests import Runs, told
from ai_sessions.workspace.plan_file import read_plan


@pytest.fixture
def runs(space, repo):
    """Runs of a plan whose tests and suite are this shell command."""

    def made(script="true", **chosen):
        plan = read_plan(space)
        tests = Command(("sh", "-c", script, "sh", plans.TESTS), runner="opaque")
        suite = Command(("sh", "-c", f"echo suite; {script}"), runner="opaque")
        begun = []
        environ = {**os.environ, "MY_TOKEN": "secret"}
        return Runs(space, replaced(plan, tests, suite), environ, 60, repo, begun.append), begun

    return made


def replaced(plan, tests, suite):
    from dataclasses import replace

    return replace(plan, test=tests, suite=suite)


def test_a_tasks_tests_are_run_by_name_and_it_is_said_that_they_are(runs):
    made, begun = runs('echo "$@"; exit 3')

    run = made.tests(made.plan.task("T1.1"), "red")

    assert (run.exit_code, run.output) == (3, "test_gateway.py\n")
    assert begun == ["T1.1 tests (red)"]


def test_whole_files_are_run_whatever_of_them_proves_the_task(runs):
    made, _ = runs('echo "$@"')

    run = made.whole_files(made.plan.task("T1.1"), ["a.py", "b.py"], "x")

    assert run.output == "a.py b.py\n"


def test_the_suite_is_run_as_it_stands(runs):
    made, begun = runs()

    assert made.suite("after").output == "suite\n"
    assert begun == ["suite (after)"]


def test_a_plan_without_a_suite_has_none_to_run(runs):
    made, begun = runs()
    none = Runs(made.space, replaced(made.plan, None, None), {}, 60, made.cwd, begun.append)

    assert none.suite("after") is None
    assert begun == []
    with pytest.raises(ValueError, match=r"T1\.1 has no test command"):
        none.tests(none.plan.task("T1.1"), "red")


def test_the_set_up_is_run_and_its_output_kept(runs):
    made, begun = runs()

    done = made.setup(Command(("sh", "-c", "echo ready; exit 4")))

    assert (done.exit_code, begun) == (4, ["set-up"])
    (log,) = made.space.listed("logs")
    assert "set-up" in log
    assert made.space.text("logs", log) == "ready\n"


def test_no_command_is_given_a_secret(runs):
    made, _ = runs('echo "token:$MY_TOKEN"')

    assert made.suite("x").output == "suite\ntoken:\n"
    assert made.setup(Command(("sh", "-c", "echo token:$MY_TOKEN"))).output == "token:\n"
    assert made.withheld == ("MY_TOKEN",)


def test_elsewhere_they_run_in_another_folder_and_keep_their_logs_here(runs, tmp_path):
    made, _ = runs("pwd")

    there = made.elsewhere(tmp_path)

    assert there.suite("x").output == f"suite\n{tmp_path}\n"
    kept = there.kept(there.suite("x"), "T1.1", "suite")
    assert kept["exit"] == 0
    assert made.space.listed("logs")


def test_what_a_run_came_to_is_told_in_words(runs):
    made, _ = runs()

    assert told(made.suite("x")) == "exit 0, opaque"
    assert told(None) == "not run"
