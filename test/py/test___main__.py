"""`python -m ai_sessions`: the same commands, named as they were typed."""

import runpy
import sys

import pytest

from ai_sessions.cli import start
from ai_sessions.records import About
from ai_sessions.store.files import FileStore


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Its exit code, and what it says."""

    def ran(*words, name="__main__"):
        ends = []
        monkeypatch.setattr(sys, "argv", ["__main__.py", *words])
        monkeypatch.setattr(start, "end", ends.append)
        monkeypatch.setenv("SESSION_DIR", str(tmp_path))
        runpy.run_module("ai_sessions.__main__", run_name=name)
        told = capsys.readouterr()
        return ends, told.out + told.err

    return ran


def test_a_session_is_listed_and_shown_by_its_id(run, tmp_path):
    made = FileStore(tmp_path, fsync="none").ensure("talk", About(title="Weather"))

    assert "Weather" in run("list")[1]
    ends, told = run("show", "--session-id", made.uid)
    assert (ends, "Weather" in told) == ([0], True)


def test_settings_are_shown(run):
    ends, told = run("config")

    assert (ends, "RECORD_DIR" in told) == ([0], True)


def test_what_it_tells_to_type_is_what_was_typed(run):
    ends, told = run("show", "nobody")

    assert ends == [4]
    assert "python -m ai_sessions list" in told


def test_to_be_imported_starts_nothing(run):
    assert run("list", name="other") == ([], "")
