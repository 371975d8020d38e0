"""Django's `manage.py test` as a runner."""

import os
import sys

import pytest

from ai_sessions.gate import run_class
from ai_sessions.testing.runners.django import Django

CASE = "import unittest\n\nclass Items(unittest.TestCase):\n"
TWO = f"{CASE}    def test_a(self): pass\n    def test_b(self): self.assertEqual(1, 2)\n"


@pytest.fixture
def run(django_project, environ):
    def run(files, *words):
        folder = django_project(files)
        return Django(environ).run([sys.executable, "manage.py", "test", *words], folder, 60)

    return run


def outcomes(run):
    return {case.id: case.outcome for case in run.cases}


@pytest.mark.parametrize("words", [["cart/tests/test_items.py"], ["cart.tests.test_items"], []])
def test_each_test_is_reported_however_it_was_named(run, words):
    assert outcomes(run({"cart/tests/test_items.py": TWO}, *words)) == {
        "cart/tests/test_items.py::Items::test_a": "passed",
        "cart/tests/test_items.py::Items::test_b": "failed",
    }


def test_one_test_of_a_file_is_named_as_django_wants_it(run):
    done = run({"cart/tests/test_items.py": TWO}, "cart/tests/test_items.py::Items::test_a")

    assert outcomes(done) == {"cart/tests/test_items.py::Items::test_a": "passed"}


def test_settings_that_raise_are_no_result(run):
    assert run_class(run({"manage.py": "raise SystemExit('settings?')"}, "cart")) == "crash"


def test_the_projects_own_path_is_kept(django_project, environ):
    folder = django_project({"cart/tests/test_items.py": f"import other\n{TWO}"})
    (folder / "more").mkdir()
    (folder / "more/other.py").touch()
    command = [sys.executable, "manage.py", "test", "cart.tests.test_items"]
    own = {**environ, "PYTHONPATH": f"more{os.pathsep}"}

    assert len(Django(own).run(command, folder, 60).cases) == 2
