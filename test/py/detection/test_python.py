"""A Python project: pytest by any sign of it, unittest where it is used, else nothing."""

import pytest

from ai_sessions.detection.python import python

CASE = "import unittest\nclass A(unittest.TestCase): pass\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", ""),
        ("deep/conftest.py", ""),
        ("pyproject.toml", "[tool.pytest.ini_options]"),
        ("pyproject.toml", 'test = ["pytest-cov"]'),
        ("setup.cfg", "[tool:pytest]"),
        ("tox.ini", "commands = pytest {posargs}"),
        ("tox.ini", "commands = py.test"),
        ("requirements.txt", "pytest>=8"),
        ("requirements-dev.txt", "pytest"),
        ("requirements/test.txt", "pytest"),
        ("uv.lock", 'name = "pytest"'),
        ("Makefile", "test:\n\tpython -m pytest\n"),
        ("tests/test_a.py", "import pytest\n"),
        ("tests/test_a.py", "from pytest import raises\n"),
        ("tests/test_a.py", "async def test_a(): pass\n"),
    ],
)
def test_a_sign_of_pytest_is_taken_for_it(made, name, text):
    found = python(made({"a.py": "", name: text}))

    assert (found.tool, found.test[-3:]) == ("pytest", ("pytest", "-q", "{tests}"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.ruff.lint.flake8-pytest-style]"),
        ("requirements.txt", "# pytest\npytester\n"),
        ("a.py", "import pytest"),
        ("pyproject.toml", '[project]\nname = "x" # not pytest\n'),
        ("pyproject.toml", '[project]\ndescription = "unlike pytest"\nkeywords = ["pytest"]\n'),
        ("docs/requirements.txt", "pytest"),
        ("notes.txt", "pytest"),
        ("test_a.md", "import pytest"),
    ],
)
def test_a_word_that_only_looks_like_it_is_no_sign(made, name, text):
    found = python(made({"a.py": "", "test_a.py": CASE, name: text}))

    assert found.tool == "unittest"


@pytest.mark.parametrize(
    ("files", "tool", "sign"),
    [
        ({"test_a.py": CASE}, "unittest", "the tests use it"),
        ({"test_a.py": "from unittest import TestCase\n"}, "unittest", "the tests use it"),
        ({"tox.ini": "commands = python -m unittest"}, "unittest", "tox.ini"),
        (
            {"test_a.py": "from unittest import mock\nrun()\n"},
            "",
            "nothing names pytest or unittest",
        ),
        ({"test_a.py": "import nose2\n"}, "", "nothing names pytest or unittest"),
        ({"tox.ini": "commands = stestr run"}, "", "nothing names pytest or unittest"),
        ({}, "unittest", "there are no tests yet, and Python has it"),
    ],
)
def test_unittest_is_for_tests_that_use_it_or_for_the_first_ones(made, files, tool, sign):
    found = python(made({"a.py": "", **files}))

    assert (found.tool, found.sign) == (tool, sign)


@pytest.mark.parametrize(
    "names", [["README.md"], ["docs/conf.py"], ["scripts/a.py", "tools/b.py", ".github/c.py"]]
)
def test_helper_scripts_make_no_project(made, names):
    assert python(made(dict.fromkeys(names, ""))) is None


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({"tests/__init__.py": "", "tests/test_a.py": CASE}, "-s tests -t ."),
        ({"tests/__init__.py": ""}, "-s tests -t ."),
        ({"test/test_a.py": CASE}, "-s test"),
        ({"test_a.py": CASE, "tests/test_b.py": CASE}, ""),
        ({"a/tests/test_a.py": CASE, "b/tests/test_b.py": CASE}, ""),
        ({"a/tests/__init__.py": "", "a/tests/test_a.py": CASE}, "-s a/tests -t ."),
        ({}, ""),
    ],
)
def test_unittest_looks_where_the_tests_are(made, files, where):
    found = python(made({"a.py": "", **files}))

    assert " ".join(found.suite).removeprefix("python3 -m unittest discover").strip() == where
