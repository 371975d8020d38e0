"""Every package that users install is one that the code imports."""

import ast
import functools
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "pylib" / "ai_sessions"
#: Where the module has another name than its package.
MODULES = {"python-dotenv": "dotenv", "PyYAML": "yaml"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DECLARED = sorted(re.split(r"[<>=]", one)[0] for one in PROJECT["dependencies"])


@functools.cache
def imported() -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {one.name.split(".")[0] for one in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("package", DECLARED)
def test_a_package_that_users_install_is_used(package: str) -> None:
    assert MODULES.get(package, package) in imported()


def test_the_packages_that_the_project_is_built_on_are_declared() -> None:
    assert {"click", "filelock", "orjson", "tabulate"} <= {*DECLARED}


def test_the_extra_all_names_each_extra_that_brings_packages_but_those_of_developers() -> None:
    (named,) = PROJECT["optional-dependencies"]["all"]
    others = PROJECT["optional-dependencies"].items()
    with_packages = {name for name, brought in others if not brought[0].startswith("ai-sessions[")}

    assert {*named.removeprefix("ai-sessions[").rstrip("]").split(",")} == with_packages - {"dev"}
