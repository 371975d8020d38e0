"""Working trees of tasks that are done at the same time."""

import os
from pathlib import Path

from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.task_trees import (
    note_tree,
    place_for,
    records_of_others,
    task_tree,
    tasks_with_trees,
)


def made(folder):
    """A working tree as git makes it, as far as we look."""
    folder.mkdir()
    (folder / ".git").touch()
    return str(folder)


def test_only_tasks_have_working_trees(space):
    for name in ("T1.2", "T1.1", "notes"):
        note_tree(space, name, "elsewhere")

    assert tasks_with_trees(space) == ["T1.1", "T1.2"]


def test_a_working_tree_is_where_it_was_noted_until_it_is_gone(space, tmp_path):
    place = made(tmp_path / "tree of\na task")
    note_tree(space, "T1.1", place)
    assert task_tree(space, "T1.1") == place

    Path(place, ".git").unlink()
    assert task_tree(space, "T1.1") == ""
    note_tree(space, "T1.1", "")
    note_tree(space, "T1.1", "")
    assert tasks_with_trees(space) == []


def test_its_place_is_outside_the_repository_and_its_own(space, tmp_path):
    top = str(tmp_path / "sessions")
    other = Workspace(str(tmp_path / "other"), space.root, space.feature)
    feature = Workspace(space.repo, space.root, "ship")

    places = [place_for(top, one, "T1.1") for one in (space, other, feature)]
    places.append(place_for(top, space, "T1.2"))

    assert len(set(places)) == 4
    assert all(os.path.dirname(one).startswith(f"{top}{os.sep}") for one in places)


def test_without_working_trees_there_are_none(space):
    assert tasks_with_trees(space) == []
    assert records_of_others(space, "T1.1") == ()


def test_the_records_of_the_other_tasks_are_theirs_to_commit(space):
    for name in ("T1.1", "T1.2"):
        note_tree(space, name, "elsewhere")

    assert records_of_others(space, "T1.1") == (
        ".ai-session/pay/state/T1.2.json",
        ".ai-session/pay/evidence/T1.2",
    )
