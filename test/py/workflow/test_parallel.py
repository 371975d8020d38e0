"""Which tasks may be done at the same time, and where."""

import pytest

from ai_sessions.plan import document as plans
from ai_sessions.workflow.parallel import Batch, choose
from ai_sessions.workspace.runs import save_run
from ai_sessions.workspace.task_trees import note_tree


def plan_of(*tasks):
    """`("T1.1", "a.py", *needs)`: tasks that change one file each, or none that they name."""
    made = []
    for id_, source, *needs in tasks:
        files = {"src": [source], "tests": [f"test_{source}"]} if source else {}
        made.append({"id": id_, "title": id_, "files": files, "needs": needs})
    phases = [{"id": "P1", "title": "P", "tasks": made}]
    return plans.from_document({"schema": 1, "feature": "pay", "title": "x", "phases": phases})


def chosen(plan, space, most=9, **states):
    found = {task.id: states.get(task.id.replace(".", "_"), "todo") for task in plan.tasks}
    return choose(plan, found, most, space)


@pytest.fixture
def away(space, tmp_path):
    """`away("T1.2")`: that task has work in a tree of its own."""

    def begun(task):
        place = tmp_path / "away" / task
        place.mkdir(parents=True)
        (place / ".git").write_text("gitdir: somewhere\n")
        note_tree(space, task, str(place))

    return begun


THREE = plan_of(("T1.1", "a.py"), ("T1.2", "b.py"), ("T1.3", "c.py"))


def test_tasks_that_do_not_meet_go_together_the_first_of_them_here(space):
    assert chosen(THREE, space) == Batch("T1.1", ("T1.2", "T1.3"), {})
    assert chosen(THREE, space).tasks == ("T1.1", "T1.2", "T1.3")


def test_no_more_than_were_asked_for_in_the_order_of_the_plan(space):
    assert chosen(THREE, space, most=2) == Batch("T1.1", ("T1.2",), {})


def test_of_two_that_change_one_file_the_later_one_waits(space):
    plan = plan_of(("T1.1", "a.py"), ("T1.2", "*.py"), ("T1.3", "c/d.py"))

    batch = chosen(plan, space)
    assert batch.tasks == ("T1.1", "T1.3")
    assert batch.waits == {"T1.2": "T1.1 and T1.2 both change a.py"}


@pytest.mark.parametrize("at", [0, 1])
def test_a_task_that_names_no_files_goes_alone(space, at):
    tasks = [("T1.1", "a.py"), ("T1.2", "b.py")]
    tasks[at] = (tasks[at][0], "")

    batch = chosen(plan_of(*tasks), space)
    assert batch.tasks == ("T1.1",)
    assert batch.waits == {"T1.2": f"T1.{at + 1} does not say which files it changes"}


def test_a_task_waits_for_what_it_needs(space):
    plan = plan_of(("T1.1", "a.py"), ("T1.2", "b.py", "T1.1"))

    assert chosen(plan, space).tasks == ("T1.1",)
    assert chosen(plan, space, T1_1="done").tasks == ("T1.2",)
    assert chosen(plan, space, T1_1="done", T1_2="done") == Batch("")


@pytest.mark.parametrize("state", ["failed", "blocked"])
def test_what_failed_or_is_blocked_comes_last_and_alone(space, state):
    assert chosen(THREE, space, T1_1=state).tasks == ("T1.2", "T1.3")
    all_ = dict.fromkeys(("T1_1", "T1_2", "T1_3"), state)
    assert chosen(THREE, space, **all_).tasks == ("T1.1",)


def test_a_task_goes_on_where_it_was_begun(space, away):
    away("T1.1")
    assert chosen(THREE, space) == Batch("T1.2", ("T1.1", "T1.3"), {})
    save_run(space, "T1.3", {"step": "red"})
    assert chosen(THREE, space) == Batch("T1.3", ("T1.1", "T1.2"), {})
    for task in ("T1.2", "T1.3"):
        away(task)
    assert chosen(THREE, space) == Batch("", ("T1.1", "T1.2", "T1.3"), {})
