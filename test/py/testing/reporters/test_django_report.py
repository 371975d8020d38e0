"""The report that Django's own runner writes, inside the project under test."""

import sys

import pytest

from ai_sessions.gate import run_class
from ai_sessions.testing.runners.django import Django

FILE = "cart/tests/test_items.py"
CASE = "import unittest\n\nclass Items(unittest.TestCase):\n    def test_a(self): pass\n"


@pytest.fixture
def run(django_project, environ):
    def run(files, *words):
        command = [sys.executable, "manage.py", "test", *words]
        return Django(environ).run(command, django_project(files), 60)

    return run


@pytest.mark.parametrize("text", ["from cart.totals import total", "total", "def f(:"])
def test_a_file_that_cannot_be_loaded_is_an_error_of_its_own(run, text):
    done = run({FILE: text}, FILE)

    assert [(case.id, case.outcome) for case in done.cases] == [(FILE, "error")]


OWN = """\
import unittest
from django.test.utils import DiscoverRunner
{more}

class settings(DiscoverRunner):
    {body}
"""
RESULTS = "def get_resultclass(self): return unittest.TextTestResult"
SILENT = """\
class Silent(unittest.TestResult):
    def addFailure(self, test, err): self.failures.append((test, "hidden"))
    def __init__(self, stream, descriptions, verbosity): super().__init__()

class Runner(unittest.TextTestRunner):
    def _makeResult(self): return Silent(self.stream, self.descriptions, self.verbosity)
    def run(self, test):
        result = self._makeResult()
        test(result)
        return result
"""


@pytest.mark.parametrize(
    ("more", "body"),
    [("", RESULTS), (SILENT, "test_runner = Runner")],
    ids=["results of its own", "a runner of its own"],
)
def test_a_runner_of_the_projects_own_is_watched(run, more, body):
    text = CASE + (
        "    def test_b(self): self.fail('no')\n"
        "    @unittest.skip('later')\n    def test_c(self): pass\n"
        "    def test_d(self):\n        with self.subTest(1): self.assertEqual(1, 2)\n"
    )
    done = run({"django/conf.py": OWN.format(more=more, body=body), FILE: text}, FILE)

    outcomes = {case.id.rpartition("::")[2]: case.outcome for case in done.cases}
    assert outcomes == {
        **{"test_a": "passed", "test_b": "failed", "test_c": "skipped", "test_d": "failed"},
    }


def test_a_runner_that_runs_no_case_of_unittest_reports_nothing(run):
    body = "def run_tests(self, *args, **kwargs): return 0"
    done = run({"django/conf.py": OWN.format(more="", body=body), FILE: CASE}, FILE)

    assert run_class(done) == "crash"
