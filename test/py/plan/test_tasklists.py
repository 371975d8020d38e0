"""Task lists of other tools."""

import json

import pytest

from ai_sessions.errors import ConfigError
from ai_sessions.plan import tasklists

SPEC_KIT = """\
## Phase 1: Setup
- [ ] T001 Create project structure in src/app.py
- [ ] T002 [P] Add logging in src/log.py with tests in tests/test_log.py

## Phase 2: Core
- [x] T003 [US1] Write the parser in src/parse.py
- [ ] T004 Wire it
"""
OPENSPEC = "## 1. Setup\n- [ ] 1.1 Create `src/a.py`\n- [ ] 1.2 Use it in src/b.py\n"


def tasks(document):
    return {task["id"]: task for phase in document["phases"] for task in phase["tasks"]}


def test_spec_kit_phases_tasks_and_parallel_marks_are_read():
    found = tasks(tasklists.read(SPEC_KIT, "tasks.md", "pay", {}))

    assert list(found) == ["T1.1", "T1.2", "T2.1", "T2.2"]
    assert "needs" not in found["T1.2"]
    assert found["T2.2"]["needs"] == ["T2.1"]
    assert found["T1.2"]["files"] == {"src": ["src/log.py"], "tests": ["tests/test_log.py"]}
    assert found["T2.1"]["files"]["tests"] == ["tests/test_parse.py"]


def test_openspec_numbers_are_read():
    found = tasks(tasklists.read(OPENSPEC, "tasks.md", "pay", {}))

    assert [task["title"] for task in found.values()] == ["Create `src/a.py`", "Use it in src/b.py"]


@pytest.mark.parametrize(
    "wrap", [lambda tasks: {"tasks": tasks}, lambda t: {"master": {"tasks": t}}]
)
def test_task_master_dependencies_become_needs(wrap):
    given = [
        {
            "id": 1,
            "title": "One",
            "subtasks": [{"id": 1, "title": "a"}, {"id": 2, "title": "b", "dependencies": [1]}],
        },
        {"id": 2, "title": "Two", "dependencies": [1], "details": "edit src/two.py"},
    ]

    found = tasks(tasklists.read(json.dumps(wrap(given)), "tasks.json", "pay", {}))

    assert found["T1.2"]["needs"] == ["T1.1"]
    assert found["T2.1"]["needs"] == ["T1.2"]
    assert found["T2.1"]["files"]["src"] == ["src/two.py"]


@pytest.mark.parametrize(
    ("text", "name"), [("", "t.md"), ("{}", "t.json"), ("{", "t.json"), ("x", "a")]
)
def test_a_file_without_tasks_is_refused(text, name):
    with pytest.raises(ConfigError):
        tasklists.read(text, name, "pay", {})
