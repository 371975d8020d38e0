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


def test_a_runner_with_results_of_its_own_reports_nothing(run):
    own = "import unittest\nfrom django.test.utils import DiscoverRunner\n"
    own += "class settings(DiscoverRunner):\n"
    own += "    def get_resultclass(self): return unittest.TextTestResult\n"
    done = run({"django/conf.py": own, FILE: CASE}, "cart.tests.test_items")

    assert run_class(done) == "crash"
