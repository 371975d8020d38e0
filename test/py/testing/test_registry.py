"""Choosing the runner of a command."""

import sys

import pytest

from ai_sessions.errors import ConfigError
from ai_sessions.gate import run_class
from ai_sessions.plan.document import RUNNERS, Command
from ai_sessions.testing.registry import NAMES, _kind, run_tests, runner_of


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python3 -m pytest -q", "pytest"),
        ("pytest tests/test_a.py", "pytest"),
        ("python3 -m unittest tests/test_a.py", "unittest"),
        (".venv/bin/python manage.py test cart", "django"),
        ("python3 site/manage.py test", "django"),
        ("bats test/a.bats", "bats"),
        ("node --test tests/", "node"),
        ("go test ./...", "go"),
        ("cargo test", "cargo"),
        ("npm test", "opaque"),
        ("make test", "opaque"),
        ("./run-tests", "opaque"),
    ],
)
def test_a_command_tells_its_runner(command, name):
    assert runner_of(command.split(), {}).name == name


def test_a_command_of_a_part_runs_there_and_its_tests_are_named_from_the_top(tmp_path):
    part = tmp_path / "apps/api"
    part.mkdir(parents=True)
    (part / "test_a.py").write_text(
        "import unittest, os\n\n\nclass A(unittest.TestCase):\n"
        "    def test_here(self):\n        self.assertTrue(os.getcwd().endswith('apps/api'))\n"
        "    def test_no(self):\n        self.fail()\n"
    )
    command = Command((sys.executable, "-m", "unittest", "{tests}"), cwd="apps/api")

    run = run_tests(command, ["apps/api/test_a.py"], tmp_path, {}, 60)

    assert run.ids("passed") == {"apps/api/test_a.py::A::test_here"}
    assert run.ids("failed") == {"apps/api/test_a.py::A::test_no"}
    assert run.command[-1] == "test_a.py"


def test_the_plan_has_the_last_word():
    assert runner_of(["make", "test"], {}, "pytest").name == "pytest"
    assert runner_of(["pytest"], {}, "opaque").name == "opaque"


def test_every_name_that_a_plan_may_use_has_a_runner():
    assert {*NAMES} == set(RUNNERS) - {""}


@pytest.mark.parametrize("name", NAMES)
def test_a_runner_is_called_as_its_file_is(name):
    assert _kind(name).name == name


def test_an_unknown_runner_is_named_with_the_known_ones():
    with pytest.raises(ConfigError, match="no test runner 'jest'") as error:
        runner_of(["jest"], {}, "jest")

    assert "pytest" in error.value.hint


def test_a_runner_that_cannot_count_behind_a_wrapper_says_so():
    with pytest.raises(ConfigError, match="cannot count the tests of: make test"):
        runner_of(["make", "test"], {}, "bats")


def test_tests_take_the_place_of_the_placeholder_as_separate_arguments(project, environ):
    root = project({"a b.py": "def test_a(): pass", "c.py": "def test_c(): pass"})
    command = Command((sys.executable, "-m", "pytest", "-q", "{tests}"))

    run = run_tests(command, ["a b.py", "c.py"], root, environ, 60)

    assert run.ids("passed") == {"a b.py::test_a", "c.py::test_c"}


@pytest.mark.parametrize(
    ("script", "wanted"), [("exit 0", "pass"), ("exit 2", "fail"), ("kill -9 $$", "crash")]
)
def test_an_opaque_command_speaks_through_its_exit_code(project, environ, script, wanted):
    run = run_tests(Command(("sh", "-c", script)), [], project({}), environ, 20)

    assert run.opaque
    assert run_class(run) == wanted


def test_the_limit_of_the_plan_comes_before_the_general_one(project, environ):
    command = Command(("sleep", "30"), timeout_s=0.2)

    assert run_tests(command, [], project({}), environ, 60).exit_code == 124


def test_keys_do_not_reach_the_tests(project, environ):
    secret = {**environ, "OPENAI_API_KEY": "k"}
    run = run_tests(Command(("env",)), [], project({}), secret, 20)

    assert "OPENAI_API_KEY" not in run.output
