"""unittest as a runner: its exit code is 0 for no test at all."""

import sys

import pytest

from ai_sessions.gate import run_class
from ai_sessions.testing.runners.unittest import Unittest

COMMAND = [sys.executable, "-m", "unittest"]
CASE = "import unittest\nclass TestPay(unittest.TestCase):\n"


@pytest.fixture
def run(project, environ):
    def run(files, *arguments):
        return Unittest(environ).run([*COMMAND, *arguments], project(files), 60)

    return run


def outcomes(run):
    return {case.id: case.outcome for case in run.cases}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{CASE}    def test_a(self): pass", "pass"),
        (f"{CASE}    def test_a(self): self.assertEqual(1, 2)", "fail"),
        (f"{CASE}    def test_a(self): raise TypeError('x')", "fail"),
        (f"{CASE}    def test_a(self): self.skipTest('later')", "none"),
        (f"{CASE}    @unittest.expectedFailure\n    def test_a(self): assert 0", "none"),
        (f"{CASE}    @unittest.expectedFailure\n    def test_a(self): pass", "fail"),
        (f"{CASE}    def test_a(self): import nope", "error"),
        ("import nope", "error"),
        ("def f(:", "error"),
        ("import unittest", "none"),
        ("import unittest\nraise unittest.SkipTest('later')", "none"),
        (f"import unittest\n@unittest.skip('x')\n{CASE[16:]}    def test_a(self): pass", "none"),
        (f"{CASE}    def test_a(self): import os; os._exit(0)", "crash"),
    ],
)
def test_the_class_comes_from_counted_cases(run, text, wanted):
    assert run_class(run({"tests/test_a.py": text}, "tests/test_a.py")) == wanted


def test_ids_are_those_of_pytest(run):
    files = {"tests/test_pay.py": f"{CASE}    def test_a(self): pass"}

    assert outcomes(run(files, "tests/test_pay.py")) == {
        "tests/test_pay.py::TestPay::test_a": "passed"
    }


def test_an_inherited_test_has_the_id_of_its_own_class_and_file(run):
    base = "class Checks:\n    def test_value(self): self.assertEqual(self.value, 1)\n"
    file = "import unittest\nfrom base import Checks\n"
    file += "class {}(Checks, unittest.TestCase): value = {}\n"
    files = {"base.py": base, "test_a.py": file.format("TestA", 1)}

    assert outcomes(run({**files, "test_b.py": file.format("TestB", 2)}, "discover")) == {
        "test_a.py::TestA::test_value": "passed",
        "test_b.py::TestB::test_value": "failed",
    }


def test_a_file_that_is_skipped_as_a_whole_is_its_own_id(run):
    files = {"tests/test_a.py": "import unittest\nraise unittest.SkipTest('later')"}

    assert outcomes(run(files, "tests/test_a.py")) == {"tests/test_a.py": "skipped"}


def test_ids_are_the_same_when_tests_are_discovered(run):
    files = {"tests/__init__.py": "", "tests/test_pay.py": f"{CASE}    def test_a(self): pass"}

    assert outcomes(run(files, "discover", "-s", "tests", "-t", ".")) == {
        "tests/test_pay.py::TestPay::test_a": "passed"
    }


def test_one_test_is_chosen_as_in_pytest(run):
    text = f"{CASE}    def test_a(self): pass\n    def test_b(self): assert 0"

    assert outcomes(run({"tests/test_pay.py": text}, "tests/test_pay.py::TestPay::test_a")) == {
        "tests/test_pay.py::TestPay::test_a": "passed"
    }


def test_a_file_that_cannot_be_imported_is_its_own_id(run):
    result = run({"tests/test_pay.py": "from src.gateway import charge"}, "tests/test_pay.py")

    assert outcomes(result) == {"tests/test_pay.py": "error"}
    assert "No module named 'src" in result.cases[0].message


def test_a_failing_subtest_fails_its_test(run):
    text = f"{CASE}    def test_a(self):\n        for n in (1, 2):\n"
    text += "            with self.subTest(n=n): self.assertEqual(n, 1)"

    assert outcomes(run({"test_a.py": text}, "test_a.py")) == {
        "test_a.py::TestPay::test_a": "failed"
    }


def test_a_broken_class_set_up_is_told(run):
    text = f"{CASE}    @classmethod\n    def setUpClass(cls): raise ValueError('x')\n"
    text += "    def test_a(self): pass"

    assert outcomes(run({"test_a.py": text}, "test_a.py")) == {
        "test_a.py::TestPay::setUpClass": "failed"
    }


def test_the_reporters_own_folder_is_not_importable_in_the_tests(run):
    text = f"{CASE}    def test_a(self):\n        import sys\n        assert sys.path[0] == ''\n"
    text += "        with self.assertRaises(ImportError): import unittest_report"

    assert run_class(run({"test_a.py": text}, "test_a.py")) == "pass"


def test_no_test_at_all_is_none_though_it_exits_0(run):
    result = run({}, "discover")

    assert (result.exit_code, run_class(result)) == (0, "none")
