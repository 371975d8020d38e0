"""The plan of a feature: read once, told where it is wrong, never through a link."""

import os

import pytest
from test.py.workspace.conftest import PLAN

from ai_sessions.errors import ConfigError, NotFound, StorageError
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.plan_file import read_document, read_plan_text, save_page


def test_an_unchanged_plan_is_read_without_yaml(space, monkeypatch):
    first = read_document(space)
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)

    assert read_document(space) == first


def test_a_changed_plan_is_read_anew(space):
    read_document(space)
    space.write(PLAN.replace("Payments", "Other"), "plan.yaml")

    assert read_document(space)["title"] == "Other"


def test_a_damaged_cache_is_of_no_consequence(space):
    read_document(space)
    space.write('{"schema": 1, "sha', "cache", "plan.json")

    assert read_document(space)["title"] == "Payments"


def test_a_broken_plan_names_its_file_and_line(space):
    space.write(PLAN.replace("title: Gateway", "titel: Gateway"), "plan.yaml")

    with pytest.raises(ConfigError) as caught:
        read_document(space)
    assert caught.value.message.startswith(".ai-session/pay/plan.yaml:9: ")
    assert caught.value.hint == "plan.sh pay --check"


def test_a_plan_that_is_missing_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        read_document(Workspace(str(tmp_path), ".ai-session", "pay"))


def test_a_plan_that_is_a_link_is_not_followed(space, tmp_path):
    os.unlink(space.path("plan.yaml"))
    os.symlink("/etc/hostname", space.path("plan.yaml"))

    with pytest.raises(StorageError):
        read_plan_text(space)


def test_the_page_of_a_plan_steers_no_terminal(space):
    save_page(space, "# a\x1b]0;title\x07b\n")

    assert space.text("plan.md") == "# ab\n"
