"""Tasks in a part of the repository are tested by the part's command."""

import pytest

from ai_sessions.plan.parts import with_parts

PARTS = {
    "apps/web": {"test": {"cmd": ["vitest", "{tests}"]}, "suite": {"cmd": ["npm", "test"]}},
    "apps/web/inner": {"test": {"cmd": ["ava", "{tests}"]}},
    "docs": {"suite": {"cmd": ["make"]}},
}


def planned(*tasks, **more):
    given = [{"id": f"T1.{at}", **task} for at, task in enumerate(tasks, 1)]
    return with_parts({"phases": [{"id": "P1", "tasks": given}], **more}, PARTS)


def commands_of(document):
    return [task.get("test") for phase in document["phases"] for task in phase["tasks"]]


def having(*names, **more):
    return {"files": {"src": ["x"], "tests": list(names)}, **more}


@pytest.mark.parametrize(
    ("task", "test"),
    [
        (having("apps/web/a.test.ts"), {"cmd": ["vitest", "{tests}"], "cwd": "apps/web"}),
        (having("apps/web/inner/a.js"), {"cmd": ["ava", "{tests}"], "cwd": "apps/web/inner"}),
        (
            having("apps/web/inner/a.js", "apps/web/b.js"),
            PARTS["apps/web"]["test"] | {"cwd": "apps/web"},
        ),
        (having("apps/web/a.test.ts", "test/b.ts"), None),
        (having("apps/website/a.test.ts"), None),
        (having("docs/a.py"), None),
        (having(), None),
        ({"kind": "docs", "files": {"tests": ["apps/web/a"]}}, None),
        (having("apps/web/a.ts", test={"cmd": ["mine"]}), {"cmd": ["mine"]}),
    ],
)
def test_a_task_gets_the_command_of_the_innermost_part_that_has_its_tests(task, test):
    assert commands_of(planned(task)) == [test]


@pytest.mark.parametrize(
    ("tasks", "defaults", "suite"),
    [
        ([having("apps/web/a.ts")], {}, {"cmd": ["npm", "test"], "cwd": "apps/web"}),
        ([having("apps/web/a.ts")], {"suite": {"cmd": ["all"]}}, {"cmd": ["all"]}),
        (
            [having("apps/web/a.ts")],
            {"suite": {"cmd": ["go", "test", "./..."], "runner": "go"}},
            {"cmd": ["npm", "test"], "cwd": "apps/web"},
        ),
        (
            [having("apps/web/a.ts"), having("test/b.ts")],
            {"suite": {"cmd": ["go", "test", "./..."], "runner": "go"}},
            {"cmd": ["go", "test", "./..."], "runner": "go"},
        ),
        ([having("apps/web/a.ts"), having("test/b.ts")], {}, None),
        ([having("test/b.ts")], {}, None),
    ],
)
def test_the_suite_of_the_only_part_is_the_plans(tasks, defaults, suite):
    found = planned(*tasks, defaults=defaults)

    assert found["defaults"].get("suite") == suite


def test_the_document_itself_is_left_alone():
    task = having("apps/web/a.ts")
    planned(task)

    assert "test" not in task
