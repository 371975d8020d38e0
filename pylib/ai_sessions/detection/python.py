"""The tests of a Python project: pytest where anything says so, unittest where tests use it."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace

from ai_sessions.detection.folder import Folder
from ai_sessions.detection.found import TESTS, Found, Words
from ai_sessions.detection.python_packages import python_of

_MANIFESTS = (
    *("pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "tox.ini", "noxfile.py"),
    *("pytest.ini", ".pytest.ini", "requirements.txt", "manage.py"),
)
#: Files that name the test tool: by its dependencies, its settings, or the commands of others.
_SAYING = (
    *("pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "noxfile.py", "Pipfile"),
    *("Makefile", "justfile", "uv.lock", "poetry.lock", "pdm.lock"),
)
#: Neither `flake8-pytest-style` nor a word that only begins like it; comments are taken out.
_PYTEST = re.compile(r"(?<![\w-])(?:pytest|py\.test)(?![a-z])")
_UNITTEST = re.compile(r"\bunittest\b")
#: What tests say that unittest runs; `unittest.mock` alone is used by others, too.
_CASES = re.compile(r"\b(?:Isolated\w{0,20})?TestCase\b")
_FUNCTION = re.compile(r"^(?:async )?def test", re.MULTILINE)
_IMPORTS_PYTEST = re.compile(r"^\s{0,20}(?:import|from) pytest\b", re.MULTILINE)
_OTHERS = re.compile(r"(?<![\w-])(?:nose2?|ward|trial|stestr|zope\.testrunner|behave)(?![\w-])")
_COVERAGE = re.compile(r"--cov\b")
#: Folders of Python files that are no project: settings of Sphinx, helpers of others.
_ASIDE = frozenset(("docs", "doc", "examples", "scripts", "tools", "ci", ".github", "contrib"))
_MOST_READ = 50


def python(folder: Folder) -> Found | None:
    """None where nothing but documentation and helper scripts is written in Python."""
    sources = [name for name in folder.ending(".py") if not _ASIDE & set(name.split("/")[:-1])]
    if not sources and not folder.has(*_MANIFESTS):
        return None
    tests = [name for name in sources if _is_test(name)]
    texts = [folder.text(name) for name in tests[:_MOST_READ]]
    sign = _sign_of_pytest(folder, sources, texts)
    if sign:
        return _pytest(folder, sign, len(tests))
    if _is_django(folder):
        return _django(folder, len(tests))
    sign = _sign_of_unittest(folder, texts)
    if sign or not (tests or _says_other(folder)):
        return _unittest(folder, sign, tests) if sign or sources else _unknown(folder, 0)
    return _unknown(folder, len(tests))


def assumed(folder: Folder) -> Found:
    """For a repository without any source yet: Python brings its own tool for tests."""
    found = _unittest(folder, "there is no source yet, so Python is assumed", [])
    return replace(found, is_assumed=True)


def _is_test(name: str) -> bool:
    *above, last = name.split("/")
    stem = last.removesuffix(".py")
    is_named = stem.startswith("test_") or stem.endswith("_test") or stem in ("test", "tests")
    return is_named or (bool({"test", "tests"} & set(above)) and stem != "__init__")


# -- pytest


def _sign_of_pytest(folder: Folder, sources: list[str], texts: list[str]) -> str:
    """Where pytest is meant; empty: nowhere."""
    if folder.has("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml"):
        return "pytest.ini"
    lists = [name for name in folder.ending(".txt") if _is_requirements(name)]
    said = next((name for name in (*_SAYING, *lists) if _says(folder, name)), "")
    if said:
        return said
    if any(name.rsplit("/", 1)[-1] == "conftest.py" for name in sources):
        return "conftest.py"
    if any(_IMPORTS_PYTEST.search(text) for text in texts):
        return "the tests import it"
    plain = [text for text in texts if _FUNCTION.search(text) and not _CASES.search(text)]
    return "the tests are plain functions" if plain else ""


def _is_requirements(name: str) -> bool:
    """`requirements*.txt` and `requirements/*.txt`, those of the documentation left out."""
    parts = name.split("/")
    return len(parts) < 3 and "requirements" in name and not _ASIDE & set(parts[:-1])


def _says(folder: Folder, name: str) -> bool:
    text = folder.text(name) if folder.has(name) else ""
    if "pytest" not in text and "py.test" not in text:
        return False
    return any(_PYTEST.search(line) for line in _lines(text))


def _lines(text: str) -> Iterator[str]:
    """Without comments, which say what is not done, and descriptions, which say for whom it is."""
    for line in text.splitlines():
        plain = line.lstrip()
        if not plain.startswith(("#", "//", "description", "keywords")):
            yield line.partition(" #")[0]


def _pytest(folder: Folder, sign: str, files: int) -> Found:
    start = (*python_of(folder), "-m", "pytest", "-q")
    settings = ("pyproject.toml", "setup.cfg", "pytest.ini", ".pytest.ini", "tox.ini")
    covers = any(_COVERAGE.search(folder.text(name)) for name in settings if folder.has(name))
    alone = ("--no-cov",) if covers else ()
    return Found("pytest", sign, (*start, *alone, TESTS), start, "pytest", files=files)


# -- others


def _sign_of_unittest(folder: Folder, texts: list[str]) -> str:
    files = ("tox.ini", "noxfile.py", "Makefile", "pyproject.toml", "setup.cfg")
    said = (name for name in files if folder.has(name) and _runs_unittest(folder.text(name)))
    named = next(said, "")
    if named:
        return named
    uses = any(_UNITTEST.search(text) and _CASES.search(text) for text in texts)
    return "the tests use it" if uses else ""


def _runs_unittest(text: str) -> bool:
    return any("-m unittest" in line or '"unittest"' in line for line in _lines(text))


def _says_other(folder: Folder) -> bool:
    """True where another test tool of Python is named."""
    return any(_OTHERS.search(folder.text(name)) for name in _SAYING if folder.has(name))


def _unittest(folder: Folder, sign: str, tests: list[str]) -> Found:
    """Without any test yet it is Python's own tool that runs the first ones."""
    start = (*python_of(folder), "-m", "unittest")
    sign = sign or "there are no tests yet, and Python has it"
    suite = (*start, "discover", *_top(folder, tests))
    return Found("unittest", sign, (*start, TESTS), suite, "unittest", files=len(tests))


def _top(folder: Folder, tests: list[str]) -> Words:
    """Where unittest has to look: below a folder of tests even when that is no package."""
    above = [os.path.dirname(name) for name in tests]
    if tests:
        top = "" if "" in above else os.path.commonpath(above)
    else:
        top = next((one for one in ("tests", "test") if folder.has(f"{one}/__init__.py")), "")
    if not top:
        return ()
    return ("-s", top, *(("-t", ".") if folder.has(f"{top}/__init__.py") else ()))


def _is_django(folder: Folder) -> bool:
    return folder.has("manage.py") and "django" in folder.text("manage.py").lower()


def _django(folder: Folder, files: int) -> Found:
    start = (*python_of(folder), "manage.py", "test")
    return Found("django", "manage.py", (*start, TESTS), start, "django", files=files)


def _unknown(folder: Folder, files: int) -> Found:
    """A suggestion: pytest runs most of what others do."""
    advice = (*python_of(folder), "-m", "pytest", "-q", TESTS)
    return Found("", "nothing names pytest or unittest", advice=advice, files=files)
