"""Working trees of tasks that are done at the same time."""

import os

from ai_sessions.workspace.task_trees import records_of_others, task_tree, tasks_with_trees


def test_only_tasks_have_working_trees(space):
    for name in ("T1.2", "T1.1", ".lock", "notes"):
        os.makedirs(task_tree(space, name))

    assert tasks_with_trees(space) == ["T1.1", "T1.2"]
    assert task_tree(space, "T1.1") == space.path("worktrees", "T1.1")


def test_without_working_trees_there_are_none(space):
    assert tasks_with_trees(space) == []
    assert records_of_others(space, "T1.1") == ()


def test_the_records_of_the_other_tasks_are_theirs_to_commit(space):
    for name in ("T1.1", "T1.2"):
        os.makedirs(task_tree(space, name))

    assert records_of_others(space, "T1.1") == (
        ".ai-session/pay/state/T1.2.json",
        ".ai-session/pay/evidence/T1.2",
    )
