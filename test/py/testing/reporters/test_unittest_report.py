"""The report that is written inside the project under test, by its own Python."""

import json
import subprocess
import sys

import pytest

from ai_sessions.testing.reporters import unittest_report

SCRIPT = unittest_report.__file__
CASES = """
    import unittest
    class A(unittest.TestCase):
        def test_good(self): pass
        def test_bad(self): self.assertEqual(1, 2)
        def test_raises(self): raise ValueError("no")
        def test_unready(self): import nothing_of_that_name
        def test_lacks(self): unittest.nothing
        @unittest.skip("later")
        def test_later(self): pass
        @unittest.expectedFailure
        def test_known(self): self.fail()
        @unittest.expectedFailure
        def test_wonder(self): pass
        def test_parts(self):
            for number in range(3):
                with self.subTest(number=number):
                    self.assertEqual(number, 1)
        def test_worst(self):
            for error in (AssertionError, NameError, AssertionError):
                with self.subTest(error=error):
                    raise error("x")
    class B(unittest.TestCase):
        @classmethod
        def setUpClass(cls): raise OSError("no port")
        def test_never(self): pass
"""


@pytest.fixture
def report(project, tmp_path):
    """Run the reporter as the runner does; what became of each case, with its message."""

    def report(files, *arguments):
        path = tmp_path / "report.json"
        words = [sys.executable, SCRIPT, str(path), *arguments]
        done = subprocess.run(words, cwd=project(files), capture_output=True, check=False)
        cases = json.loads(path.read_text())
        return done.returncode, {one["id"]: (one["outcome"], one["message"]) for one in cases}

    return report


def test_every_case_is_told_with_its_file(report):
    code, cases = report({"tests/__init__.py": "", "tests/test_a.py": CASES}, "tests.test_a")

    assert code == 1
    assert {id_.removeprefix("tests/test_a.py::"): one[0] for id_, one in cases.items()} == {
        **{"A::test_good": "passed", "A::test_bad": "failed", "A::test_raises": "failed"},
        **{"A::test_unready": "error", "A::test_lacks": "error", "A::test_later": "skipped"},
        **{"A::test_known": "skipped", "A::test_wonder": "failed", "A::test_parts": "failed"},
        **{"A::test_worst": "error", "B::setUpClass": "failed"},
    }
    assert cases["tests/test_a.py::A::test_raises"][1] == "ValueError: no"
    assert cases["tests/test_a.py::A::test_later"][1] == "later"
    assert cases["tests/test_a.py::A::test_known"][1] == "expected failure"
    assert cases["tests/test_a.py::A::test_wonder"][1] == "unexpected success"


def test_a_run_in_which_all_is_well_exits_0(report):
    passing = "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): pass\n"

    assert report({"test_a.py": passing}, "test_a.py") == (
        0,
        {"test_a.py::A::test_a": ("passed", "")},
    )


@pytest.mark.parametrize("name", ["tests.test_a", "tests/test_a.py"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named"),
        ("raise OSError('no port')", "OSError: no port"),
        ("def f(:", "SyntaxError: invalid syntax"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_an_error_of_its_own(report, name, text, message):
    code, cases = report({"tests/__init__.py": "", "tests/test_a.py": text}, name)

    assert code == 1
    ((id_, (outcome, told)),) = cases.items()
    assert (id_, outcome) == ("tests/test_a.py", "error")
    assert message in told


def test_a_name_that_no_file_has_is_its_own_id(report):
    code, cases = report({}, "absent")

    assert (code, [*cases]) == (1, ["absent"])
