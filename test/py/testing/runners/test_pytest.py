"""pytest as a runner: every row of what its exit code does not tell."""

import shlex
import sys

import pytest

from ai_sessions.gate import run_class
from ai_sessions.testing.runners.pytest import Pytest, cases_in

COMMAND = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]


@pytest.fixture
def run(project, environ):
    def run(files, *arguments, command=COMMAND):
        return Pytest(environ).run([*command, *arguments], project(files), 60)

    return run


def outcomes(run):
    return {case.id: case.outcome for case in run.cases}


@pytest.mark.parametrize(
    ("text", "exit_code", "wanted"),
    [
        ("def test_a(): assert 1 == 1", 0, "pass"),
        ("def test_a(): assert 1 == 2", 1, "fail"),
        ("import no_such_module", 2, "error"),
        ("def test_a(:", 2, "error"),
        ("x = 1", 5, "none"),
        ("import pytest\n@pytest.mark.skip\ndef test_a(): assert 0", 0, "none"),
        ("import pytest\n@pytest.mark.xfail\ndef test_a(): assert 0", 0, "none"),
        ("import os\ndef test_a(): os._exit(0)", 0, "crash"),
        ("import os\ndef test_a(): os.kill(os.getpid(), 9)", 137, "crash"),
    ],
)
def test_the_class_comes_from_counted_cases(run, text, exit_code, wanted):
    result = run({"tests/test_a.py": text}, "tests/test_a.py")

    assert (result.exit_code, run_class(result)) == (exit_code, wanted)


def test_a_file_that_is_not_there_is_no_test(run):
    result = run({}, "tests/test_a.py")

    assert (result.exit_code, run_class(result)) == (4, "none")


def test_a_selector_that_matches_nothing_is_no_test(run):
    result = run({"tests/test_a.py": "def test_a(): pass"}, "-k", "zzz")

    assert (result.exit_code, run_class(result)) == (5, "none")


def test_a_broken_conftest_is_a_crash_because_nothing_is_reported(run):
    result = run({"conftest.py": "import nope", "test_a.py": "def test_a(): pass"})

    assert run_class(result) == "crash"


def test_ids_name_file_class_and_parameters(run):
    text = """
        import pytest
        class TestCharge:
            class TestTwice:
                @pytest.mark.parametrize("key", ["a/b", "c::d"])
                def test_same_key(self, key): pass
        def test_plain(): pass
    """
    result = run({"tests/deep/test_gateway.py": text})

    assert sorted(result.ids("passed")) == [
        "tests/deep/test_gateway.py::TestCharge::TestTwice::test_same_key[a/b]",
        "tests/deep/test_gateway.py::TestCharge::TestTwice::test_same_key[c::d]",
        "tests/deep/test_gateway.py::test_plain",
    ]


def test_an_inherited_test_has_the_id_of_its_own_class_and_file(run):
    checks = "class Checks:\n    def test_value(self): assert self.value == 1\n"
    file = "from tests.base import Checks\nclass {}(Checks): value = {}\n"
    result = run(
        {
            "tests/__init__.py": "",
            "tests/base.py": checks,
            "tests/test_a.py": file.format("TestA", 1),
            "tests/test_b.py": file.format("TestB", 2) + "class TestC(TestB): pass\n",
            "tests/test_bc.py": "from tests.test_b import TestB as TestO\n"
            "class TestD(TestO): value = 1\n",
            "tests/unit/test_e.py": "from tests.test_b import TestB\nclass TestE(TestB):\n"
            "    value = 1\n    class TestIn(TestB): pass\n",
            "tests/unit/__init__.py": "",
        }
    )

    assert outcomes(result) == {
        "tests/test_a.py::TestA::test_value": "passed",
        "tests/test_b.py::TestB::test_value": "failed",
        "tests/test_b.py::TestC::test_value": "failed",
        "tests/test_bc.py::TestO::test_value": "failed",
        "tests/test_bc.py::TestD::test_value": "passed",
        "tests/unit/test_e.py::TestB::test_value": "failed",
        "tests/unit/test_e.py::TestE::test_value": "passed",
        "tests/unit/test_e.py::TestE::TestIn::test_value": "failed",
    }


def test_tests_that_a_decorator_of_another_file_makes_are_their_own_files(run):
    text = "from made import checked\n@checked({})\ndef test_value(): pass\n"
    made = "def checked(is_right):\n    def make(_):\n        def inner(): assert is_right\n"
    result = run(
        {
            "made.py": f"{made}        return inner\n    return make\n",
            "test_a.py": text.format(True),
            "test_b.py": text.format(False),
        }
    )

    assert outcomes(result) == {
        "test_a.py::test_value": "passed",
        "test_b.py::test_value": "failed",
    }


def test_in_a_folder_with_a_dot_the_class_stays_in_the_id(run):
    checks = "class Checks:\n    def test_value(self): assert self.value == 1\n"
    file = "from base import Checks\nclass {}(Checks): value = {}\n"
    files = {"v1.0/base.py": checks, "v1.0/test_a.py": file.format("TestA", 1)}
    result = run({**files, "v1.0/test_b.py": file.format("TestB", 2)}, "v1.0")

    assert sorted(outcomes(result).values()) == ["failed", "passed"]


@pytest.mark.parametrize(
    "text",
    [
        "import pytest\npytest.importorskip('no_such_module')\ndef test_a(): pass",
        "import pytest\npytest.skip('why', allow_module_level=True)\ndef test_a(): pass",
    ],
)
def test_a_file_that_is_skipped_as_a_whole_is_its_own_id(run, text):
    result = run({"tests/test_a.py": text, "tests/test_b.py": "def test_b(): pass"})

    assert outcomes(result) == {
        "tests/test_a.py": "skipped",
        "tests/test_b.py::test_b": "passed",
    }


def test_ids_start_from_the_folder_we_run_in_even_when_a_subfolder_has_the_settings(run):
    files = {"svc/pytest.ini": "[pytest]\n", "svc/tests/test_a.py": "def test_a(): pass"}

    assert outcomes(run(files, "svc/tests/test_a.py")) == {"svc/tests/test_a.py::test_a": "passed"}


def test_one_test_can_be_chosen(run):
    files = {"test_a.py": "def test_a(): pass\ndef test_b(): assert 0"}

    assert outcomes(run(files, "test_a.py::test_a")) == {"test_a.py::test_a": "passed"}


def test_a_test_that_could_not_start_is_told_from_one_that_failed(run):
    text = """
        import pytest
        def test_import(): import nope.inner
        def test_name(): nope()
        def test_assertion(): assert 0, "ImportError is not what this is"
        def test_other(): raise TypeError("charge() takes no arguments")
        def test_fixture(nope): pass
        @pytest.fixture
        def broken(): raise ValueError("set-up")
        def test_set_up(broken): pass
    """
    assert outcomes(run({"test_a.py": text})) == {
        "test_a.py::test_import": "error",
        "test_a.py::test_name": "error",
        "test_a.py::test_assertion": "failed",
        "test_a.py::test_other": "failed",
        "test_a.py::test_fixture": "error",
        "test_a.py::test_set_up": "failed",
    }


def test_a_file_that_cannot_be_collected_says_which_name_is_missing(run):
    result = run({"tests/test_a.py": "from src.gateway import charge"})

    assert [(case.id, case.outcome) for case in result.cases] == [("tests/test_a.py", "error")]
    assert result.cases[0].message.startswith("ModuleNotFoundError: No module named 'src")


def test_a_failing_teardown_counts_against_a_passing_test(run):
    text = """
        import pytest
        @pytest.fixture
        def left():
            yield
            raise RuntimeError("left something")
        def test_a(left): pass
    """
    assert outcomes(run({"test_a.py": text})) == {"test_a.py::test_a": "failed"}


def test_behind_a_wrapper_it_is_asked_through_the_environment(run):
    wrapper = ["sh", "-c", shlex.join([sys.executable, "-m", "pytest", "-q"])]
    result = run({"test_a.py": "def test_a(): pass"}, command=wrapper)

    assert outcomes(result) == {"test_a.py::test_a": "passed"}


def test_the_command_in_the_record_is_the_one_of_the_plan(run):
    assert run({"test_a.py": "def test_a(): pass"}).command == tuple(COMMAND)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<testsuites>",
        '<!DOCTYPE x [<!ENTITY a "b">]><testsuites><testcase name="&a;"/></testsuites>',
        '<?xml version="1.0" encoding="utf-16"?><testsuites/>'.encode("utf-16").decode("latin-1"),
    ],
)
def test_a_report_that_is_broken_or_hostile_is_no_report(tmp_path, text):
    report = tmp_path / "report.xml"
    report.write_text(text, encoding="latin-1")

    assert cases_in(report, tmp_path) is None


@pytest.mark.parametrize(
    ("command", "known"),
    [
        (["pytest", "-q"], True),
        (["python3", "-m", "pytest"], True),
        ([".venv/bin/pytest"], True),
        (["uv", "run", "pytest", "x"], True),
        (["coverage", "run", "-m", "pytest"], True),
        (["make", "pytest"], False),
        (["grep", "-r", "pytest"], False),
        ([], False),
    ],
)
def test_it_knows_its_own_commands(command, known):
    assert Pytest.recognises(command) is known
