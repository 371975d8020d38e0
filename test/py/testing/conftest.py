"""A scratch project to run test tools in, and those tools where this machine has them."""

import os
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

ENVIRON = {
    name: value
    for name, value in os.environ.items()
    if name in ("PATH", "HOME", "TMPDIR", "SHELL", "LANG", "PYENV_VERSION")
} | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # as test/conftest.py does for all others
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "testing"


@pytest.fixture
def environ() -> dict[str, str]:
    return dict(ENVIRON)


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Write files of a project (path -> text) and return its folder, a name with a space in it."""
    root = tmp_path / "a project"
    root.mkdir()

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"))
        return root

    return write


@pytest.fixture
def bats() -> str:
    found = shutil.which("bats")
    if not found:
        pytest.skip("bats is not on PATH")
    return found


@pytest.fixture
def node() -> str:
    found = shutil.which("node")
    if not found:
        pytest.skip("node is not on PATH")
    return found


@pytest.fixture
def recorded(tmp_path: Path, environ: dict[str, str]) -> Callable[[str, str, int], dict[str, str]]:
    """An environment in which `tool` plays back a recorded output; it notes its arguments."""

    def make(tool: str, fixture: str, code: int) -> dict[str, str]:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        script = folder / tool
        script.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$@" > "{folder}/arguments"\n'
            f'cat "{FIXTURES / fixture}"\nexit {code}\n'
        )
        script.chmod(0o755)
        return {**environ, "PATH": f"{folder}:{environ['PATH']}", "ARGUMENTS": str(folder)}

    return make


#: The command of Django as it is: an option names the runner's class, the rest are labels.
_MANAGE = """
import sys
from importlib import import_module

assert sys.argv[1:3] == ["test", "--noinput"], sys.argv
module, _, name = sys.argv[3].partition("=")[2].partition(".")
runner = getattr(import_module(module), name)()
sys.exit(bool(runner.run_tests(sys.argv[4:])))
"""
_RUNNER = """
import unittest

class DiscoverRunner:
    test_loader = unittest.defaultTestLoader
    test_runner = unittest.TextTestRunner

    def get_resultclass(self):
        return None

    def suite_result(self, suite, result):
        return len(result.failures) + len(result.errors)

    def run_tests(self, labels):
        found = map(self.test_loader.loadTestsFromName, labels)
        suite = unittest.TestSuite(found) if labels else self.test_loader.discover(".")
        runner = self.test_runner(resultclass=self.get_resultclass())
        return self.suite_result(suite, runner.run(suite))

def get_runner(settings):
    return settings or DiscoverRunner
"""
_DJANGO = {
    "manage.py": _MANAGE,
    "django/__init__.py": "",
    "django/conf.py": "settings = None\n",
    "django/test/__init__.py": "",
    "django/test/utils.py": _RUNNER,
    "cart/__init__.py": "",
    "cart/tests/__init__.py": "",
}


@pytest.fixture
def django_project(project: Callable[..., Path]) -> Callable[..., Path]:
    """The same with a stand-in for the parts of Django that `manage.py test` is made of."""

    def write(files: dict[str, str]) -> Path:
        return project({**_DJANGO, **files})

    return write
