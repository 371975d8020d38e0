"""What the other features of a repository have in hand."""

import pytest
from scripted import PLAN

from ai_sessions.workspace.features import folders_of_others, unfinished
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.tasks import TaskState, save_state


@pytest.fixture
def spaces(tmp_path):
    found = [Workspace(str(tmp_path), ".ai-session", name) for name in ("pay", "refunds")]
    for space in found:
        space.write(PLAN.replace("feature: pay", f"feature: {space.feature}"), "plan.yaml")
    return found


def named(space):
    return [(other.feature, task.id) for other, task in unfinished(space)]


def test_the_tasks_of_others_are_named_and_not_ones_own(spaces):
    assert named(spaces[0]) == [("refunds", f"T1.{number}") for number in (1, 2, 3)]
    assert folders_of_others(spaces[0]) == (".ai-session/refunds",)


@pytest.mark.parametrize("state", ["done", "waived"])
def test_what_is_finished_is_in_nobodys_hand(spaces, state):
    save_state(spaces[1], "T1.1", TaskState(state))
    save_state(spaces[1], "T1.2", TaskState("red"))

    assert named(spaces[0]) == [("refunds", "T1.2"), ("refunds", "T1.3")]


def test_what_is_dropped_is_in_nobodys_hand(spaces):
    plan = spaces[1].text("plan.yaml")
    spaces[1].write(
        plan.replace("title: Route\n", "title: Route\n        state: dropped\n"), "plan.yaml"
    )

    assert ("refunds", "T1.2") not in named(spaces[0])


@pytest.mark.parametrize("text", ["", "- no plan\n"])
def test_a_plan_that_cannot_be_read_holds_up_nobody(spaces, text):
    spaces[1].write(text, "plan.yaml")

    assert named(spaces[0]) == []
