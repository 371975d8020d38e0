"""docs/detection.md names every tool and every sentence that a person may meet."""

import subprocess
from pathlib import Path

import pytest

from ai_sessions.detection.detect import FolderTests
from ai_sessions.detection.folder import folder_of
from ai_sessions.detection.found import Found
from ai_sessions.detection.node_tools import TOOLS
from ai_sessions.detection.python import assumed
from ai_sessions.plan.document import RUNNERS
from ai_sessions.workflow.detecting import differences, missing, notes

PAGE = (Path(__file__).resolve().parents[3] / "docs/detection.md").read_text("utf-8")
JEST = Found("jest", "scripts.test", ("jest", "{tests}"))
MAVEN = Found("maven", "pom.xml", ("mvn", "test"))
VENV = {"test": {"cmd": [".venv/bin/python", "-m", "pytest"]}}


@pytest.mark.parametrize("name", TOOLS)
def test_every_test_tool_of_node_is_named(name):
    assert name in PAGE


@pytest.mark.parametrize("name", [name for name in RUNNERS if name not in ("", "opaque")])
def test_every_tool_that_is_counted_is_named(name):
    assert name in PAGE


def said(tmp_path):
    """One line of each kind."""
    part = FolderTests("apps/web", JEST, commands={"test": {"cmd": ["jest", "{tests}"]}})
    top = FolderTests("", MAVEN, (Found("vitest", "x", ("vitest",)),), VENV, is_ready=False)
    yield from notes([FolderTests("", JEST)], tmp_path)
    yield from notes([FolderTests("", assumed(folder_of(tmp_path)))], tmp_path)
    yield from notes([top, part], tmp_path)
    yield missing([FolderTests("", None)], ".ai-session")[0]
    yield from differences({"test": {"cmd": ["a"]}}, VENV, ".ai-session")


def test_every_line_that_init_says_is_explained(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "uv.lock").write_text("")
    words = [
        line.split(" (")[0].split(": ")[0].split("; ")[0].removesuffix(", run there")
        for line in said(tmp_path)
    ]

    assert [word for word in words if word not in PAGE and word != "opaque"] == []
