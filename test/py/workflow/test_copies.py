"""Installed copies that tests would import in place of the work: told before anything is paid."""

import json
import os
import venv

import pytest
from scripted import Agent, git

from ai_sessions.errors import ConfigError
from ai_sessions.workflow.copies import copied

PYTHON = (".venv/bin/python", "-m", "pytest", "-q")
SOURCES = ("src/paylib/*.py",)


@pytest.fixture
def holds(repo):
    def put(**files):
        for name, text in files.items():
            path = repo / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return put


@pytest.fixture
def library(repo):
    """`src/paylib`, and its name installed as a copy, unless it is installed as a link."""

    def made(*, is_link=False):
        (repo / "src/paylib").mkdir(parents=True)
        (repo / "src/paylib/__init__.py").write_text("")
        (repo / ".gitignore").write_text(".venv\nnode_modules\n")
        venv.create(repo / ".venv", symlinks=True)
        site = next((repo / ".venv").glob("lib/python*/site-packages"))
        if is_link:
            (site / "paylib.pth").write_text(f"{repo}/src\n")
        else:
            (site / "paylib").mkdir()
            (site / "paylib/__init__.py").write_text("")
        return site

    return made


def told(repo, words=PYTHON, sources=SOURCES, **more):
    return copied(repo, {**os.environ, **more}, words, sources)


@pytest.mark.parametrize(
    "words",
    [
        PYTHON,
        (".venv/bin/python", "-m", "unittest"),
        ("uv", "run", "pytest"),
        ("poetry", "run", "x"),
    ],
    ids=["pytest", "unittest", "uv", "poetry"],
)
def test_a_copy_of_the_package_is_told(repo, library, words):
    site = library()

    said = told(repo, words)

    assert said.startswith(f"paylib would be imported from an installed copy, {site}/paylib")
    assert "pip install -e ." in said


def test_a_link_to_the_sources_is_no_copy(repo, library):
    library(is_link=True)

    assert told(repo) == ""


def test_a_package_that_is_not_installed_is_no_copy(repo, library):
    site = library()
    (site / "paylib/__init__.py").unlink()
    (site / "paylib").rmdir()

    assert told(repo) == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["src"]\n'),
        ("pytest.ini", "[pytest]\npythonpath = src\n"),
        ("tests/conftest.py", "import sys\nsys.path.insert(0, 'src')\n"),
        ("test_pay.py", "import sys\nsys.path.insert(0, 'src')\n"),
    ],
)
def test_who_puts_the_sources_first_is_not_refused(repo, library, holds, name, text):
    library()
    holds(**{name: text})

    assert told(repo) == ""


def test_sources_on_the_python_path_come_first(repo, library):
    library()

    assert told(repo, PYTHONPATH=f"{repo}/src") == ""


@pytest.mark.parametrize("words", [("make", "test"), ("./run-tests",), ()])
def test_what_an_unknown_command_imports_is_not_guessed(repo, library, words):
    library()

    assert told(repo, words) == ""


@pytest.mark.parametrize(
    "sources",
    [
        *(("gateway.py",), ("src/other/*.py",), ("src/new.py",)),
        *(("src/paylib.py",), ("lib/paylib/*.py",)),  # not there yet
    ],
)
def test_other_sources_are_none_of_the_copys(repo, library, sources):
    library()

    assert told(repo, sources=sources) == ""


def test_it_is_told_before_anything_is_paid(repo, library, space, do):
    library()
    plan = space.text("plan.yaml").replace("[gateway.py]", '["src/paylib/*.py"]')
    space.write(plan.replace("python3", ".venv/bin/python"), "plan.yaml")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "library")
    agent = Agent()

    with pytest.raises(
        ConfigError, match=r"T1\.1: paylib would be imported from an installed copy"
    ):
        do(agent)

    assert agent.requests == []


# -- Node.js

IMPORTS = "import { one } from '@shop/core/one.js';\n"
CORE = {
    "packages/core/package.json": json.dumps({"name": "@shop/core"}),
    "packages/cli/test/one.test.js": IMPORTS,
    ".gitignore": "node_modules\n",
}
COPY = {"node_modules/@shop/core/package.json": "{}"}


def told_of_node(repo, *sources):
    return told(repo, ("node", "--test"), sources or ("packages/core/index.js",))


def test_a_workspace_package_that_is_a_copy_is_told(repo, holds):
    holds(**CORE, **COPY)

    assert told_of_node(repo).startswith(
        "packages/cli/test/one.test.js imports @shop/core from a copy, node_modules/@shop/core, not"
    )


def test_a_workspace_package_that_is_a_link_is_right(repo, holds):
    holds(**CORE)
    (repo / "node_modules/@shop").mkdir(parents=True)
    (repo / "node_modules/@shop/core").symlink_to("../../packages/core")

    assert told_of_node(repo) == ""


@pytest.mark.parametrize(
    "files",
    [
        {"packages/cli/test/one.test.js": "import '../../core/index.js';\n"},
        {"packages/cli/test/one.test.js": "import '@shop/core-tools';\n"},
        {"packages/core/package.json": "{}"},
        {"packages/core/package.json": "not json"},
        {
            "packages/core/package.json": '{"name": "../packages/core"}',
            "packages/cli/test/one.test.js": "import '../packages/core';\n",
        },
        {
            "packages/cli/test/one.test.js": "",
            "packages/core/test/one.test.js": IMPORTS,  # Node.js takes the package's own
        },
    ],
    ids=["by path", "another name", "without a name", "broken", "a path for a name", "its own"],
)
def test_a_copy_that_no_test_imports_is_nobodys_business(repo, holds, files):
    holds(**{**CORE, **COPY, **files})

    assert told_of_node(repo) == ""


def test_a_folder_that_is_left_of_a_package_is_no_copy(repo, holds):
    holds(**CORE, **{"node_modules/@shop/core/.cache": ""})

    assert told_of_node(repo) == ""


def test_work_in_another_package_is_not_refused(repo, holds):
    holds(**CORE, **COPY)

    assert told_of_node(repo, "packages/cli/index.js") == ""
