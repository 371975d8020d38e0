"""Records of features that nobody works on: put back, whatever was done to them."""

import os

import pytest
from scripted import git

from ai_sessions.workflow.hold import OtherFeatures
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.files import Workspace


@pytest.fixture
def other(repo):
    made = Workspace(str(repo), ".ai-session", "refunds")
    made.write('{"state": "red"}', "state", "T1.1.json")
    made.write("{}", "evidence", "T1.1", "red.json")
    return made


@pytest.fixture
def records(space, other, repo):
    return OtherFeatures(space, Tree(repo, space.root))


def test_where_nothing_was_changed_nothing_is_told(records):
    assert records.put_back() == []


def test_what_was_forged_is_what_it_was(records, other):
    other.write('{"state": "done"}', "state", "T1.1.json")
    other.write("{}", "evidence", "T1.2", "green.json")
    os.unlink(other.path("evidence", "T1.1", "red.json"))

    (told,) = records.put_back()

    assert "refunds/evidence/T1.1/red.json" in told
    assert told.endswith("(only ai-sessions writes there)")
    assert other.text("state", "T1.1.json") == '{"state": "red"}'
    assert other.has("evidence", "T1.1", "red.json")
    assert not other.has("evidence", "T1.2", "green.json")
    assert records.put_back() == []


def test_equal_size_and_times_hide_nothing(records, other):
    path = other.path("state", "T1.1.json")
    before = os.stat(path)
    with open(path, "r+") as file:
        file.write('{"state": "out"}')
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert records.put_back()
    assert other.text("state", "T1.1.json") == '{"state": "red"}'


def test_a_link_in_place_of_a_feature_is_not_followed(records, other, tmp_path):
    mine = tmp_path / "mine"
    os.rename(other.folder, tmp_path / "away")
    (mine / "state").mkdir(parents=True)
    (mine / "state" / "T9.json").write_text("{}")
    os.symlink(mine, other.folder)

    assert records.put_back()

    assert [path.name for path in mine.rglob("*.json")] == ["T9.json"]
    assert not os.path.islink(other.folder)
    assert other.text("state", "T1.1.json") == '{"state": "red"}'


def test_the_own_feature_and_other_files_are_not_looked_at(records, space, other):
    space.write("{}", "state", "T1.1.json")
    other.write("Refunds\n", "notes.md")

    assert records.put_back() == []


def test_what_a_person_got_with_another_commit_is_accepted(records, other, repo):
    other.write('{"state": "done"}', "state", "T1.1.json")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Pulled")

    records.accept()

    assert records.put_back() == []
    assert other.text("state", "T1.1.json") == '{"state": "done"}'
