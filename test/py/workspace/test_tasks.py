"""State of tasks: of many writers nothing is lost, and drafts are no tasks."""

import json
import os

import pytest

from ai_sessions.workspace.events import add_event
from ai_sessions.workspace.tasks import TaskState, read_state, read_states, save_state


def test_updates_of_32_processes_are_all_kept_and_readers_see_tasks_alone(space):
    def updates(number):
        for state in ("todo", "red", "done"):
            save_state(space, f"T1.{number}", TaskState(state))
            add_event(space, "2025-01-01T00:00:00Z", state, task=f"T1.{number}")

    children = [forked(updates, number) for number in range(32)]
    tasks = {f"T1.{number}" for number in range(32)}
    while children:
        assert set(read_states(space)) <= tasks  # no half-written file is taken for a task
        pid, ended = os.waitpid(children[0], os.WNOHANG)
        if pid:
            assert ended == 0
            children.pop(0)

    assert {task: one.state for task, one in read_states(space).items()} == dict.fromkeys(
        tasks, "done"
    )
    events = [json.loads(line) for line in space.text("events.jsonl").splitlines()]
    assert sorted((one["task"], one["event"]) for one in events) == sorted(
        (task, state) for task in tasks for state in ("todo", "red", "done")
    )


def forked(work, *arguments):
    """The pid of a process that does `work` and ends with 0 when it went well."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            work(*arguments)
            code = 0
        finally:
            os._exit(code)
    return pid


def test_a_draft_that_a_killed_writer_left_is_no_task(space):
    save_state(space, "T1.1", TaskState("red"))
    space.write("{", "state", "T1.2.json.123.abcd.tmp")

    assert list(read_states(space)) == ["T1.1"]


def test_all_of_a_state_comes_back(space):
    given = {
        **{"state": "red", "at": "2026-11-28", "reason": "r", "question": "q", "red": "a" * 64},
        **{"answers": [{"answer": "x"}], "frozen": {"t.py": "sha256:1"}, "red_paths": ["t.py"]},
        **{"proof": "b" * 64, "tests": 2, "paths": ["a.py"]},
    }
    save_state(space, "T1.1", TaskState(**given))

    assert read_state(space, "T1.1").record() == given
    assert space.record("state", "T1.1.json") == {"schema": 1, "task": "T1.1", **given}


def test_a_copy_does_not_change_with_its_original():
    state = TaskState("red", frozen={"t.py": "1"}, answers=[{"answer": "x"}])
    copy = state.copy()
    state.frozen["u.py"] = "2"
    state.answers.append({"answer": "y"})

    assert (copy.frozen, copy.answers) == ({"t.py": "1"}, [{"answer": "x"}])


@pytest.mark.parametrize("text", ["{", "[]", '{"state": 1, "frozen": [], "new": "x"}'])
def test_what_is_no_state_of_ours_is_a_task_before_its_first_run(space, text):
    space.write(text, "state", "T1.1.json")

    assert read_state(space, "T1.1").record() == {}
