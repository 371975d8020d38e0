"""Real layouts, built by their package managers: honest work is GO, HEAD without it is NO-GO."""

import pytest

import layouts_compiled
import layouts_node
import layouts_python
from layouts import Walk

LAYOUTS = (*layouts_python.LAYOUTS, *layouts_node.LAYOUTS, *layouts_compiled.LAYOUTS)
#: One for the plan, two for each task.
CALLS = 5
#: Layouts where two tasks are done at the same time, too.
PARALLEL = (
    *("pip, src layout, editable", "npm workspace", "pnpm workspace"),
    "TypeScript built into dist",
)


def named(layouts):
    return pytest.mark.parametrize("layout", layouts, ids=lambda one: one.name)


@named(LAYOUTS)
def test_honest_work_is_go_and_head_without_it_is_no_go(layout, tmp_path, table):
    walk = Walk(layout, tmp_path)
    table.append(walk)
    walk.planned()
    walk.implemented()
    assert walk.calls() == CALLS, walk.story()
    walk.reviewed()

    assert walk.verified("honest") == "GO", walk.story()
    assert tuple(walk.told) == layout.told, walk.story()

    walk.take_out(1)

    assert walk.verified("without T1.1") == "NO-GO", walk.story()

    walk.take_out(2)

    assert walk.verified("without T1.2") == "NO-GO", walk.story()


@named([one for one in LAYOUTS if one.name in PARALLEL])
def test_two_tasks_at_the_same_time_are_proved_as_one_after_another(layout, tmp_path, table):
    walk = Walk(layout, tmp_path)
    table.append(walk)
    walk.planned()
    walk.implemented("--all", "--jobs", "2")
    assert walk.calls() == CALLS, walk.story()

    assert walk.verified("honest") == "GO", walk.story()

    walk.take_out(1)

    assert walk.verified("without T1.1") == "NO-GO", walk.story()
