"""A template becomes a plan's document: placeholders, and what the project knows itself."""

import pytest

from ai_sessions.plan.layout import layout
from ai_sessions.plan.templates import Names, filled, place_of

TEST = {"runner": "pytest", "cmd": ["pytest", "{tests}"]}
COMMANDS = {"test": TEST, "suite": {"cmd": ["pytest"]}}
NAMES = Names("pay-now", "Charge once", ".ai-session/pay-now/spec.md", layout([], "pytest"))


def fill(value, commands=COMMANDS, parts=None):
    return filled(value, NAMES, commands, parts or {})


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("Add {feature}", "Add pay-now"),
        ("{module}", "pay_now"),
        ("{module:edges}", "pay_now_edges"),
        ("{source}", "pay_now.py"),
        ("{source:cli}", "pay_now_cli.py"),
        ("{test}", "tests/test_pay_now.py"),
        ("{test:edges}::Case", "tests/test_pay_now_edges.py::Case"),
        ("{words}", "pay[ ._-]now"),
        ("{goal}", "Charge once"),
        ("see {spec}", "see .ai-session/pay-now/spec.md"),
        ("{readme}", "README.md"),
        ("{tests}", "{tests}"),
        ("{other}", "{other}"),
        ("{{feature}}", "{pay-now}"),
        ({"feature": None}, "pay-now"),
        ({"test:edges": None}, "tests/test_pay_now_edges.py"),
        ({"src": None}, {"src": None}),
        ({}, {}),
        ([1, None, "{feature}"], [1, None, "pay-now"]),
    ],
    ids=str,
)
def test_placeholders_become_what_they_stand_for(text, becomes):
    assert fill({"goal": text})["goal"] == becomes


def test_what_the_project_knows_need_not_stand_in_it():
    made = fill({"title": "T", "phases": []})

    assert made == {
        "schema": 1,
        "feature": "pay-now",
        "title": "T",
        "defaults": COMMANDS,
        "phases": [],
    }
    assert list(made) == ["schema", "feature", "title", "defaults", "phases"]


def test_the_commands_of_a_template_count_before_those_of_the_project():
    made = fill({"defaults": {"test": {"cmd": ["mine"]}, "attempts": 2}, "phases": []})

    assert made["defaults"] == {**COMMANDS, "test": {"cmd": ["mine"]}, "attempts": 2}


def test_the_test_command_stands_for_itself_in_a_check():
    assert fill({"check": "{test_command}"})["check"] == TEST
    assert fill({"check": {"test_command": None}})["check"] == TEST
    assert fill({"check": "{test_command}"}, {})["check"] == "{test_command}"


PARTS = {"docs": {"suite": {"cmd": ["make"]}}, "web": {"test": {"cmd": ["vitest", "{tests}"]}}}


def test_without_a_command_at_the_top_it_is_for_the_first_part_that_has_one():
    task = {"id": "T1.1", "files": {"tests": ["web/a.test.js"]}}
    made = fill({"phases": [{"tasks": [task]}], "x": "{test_command}"}, {}, PARTS)

    assert place_of({}, PARTS) == "web"
    assert made["x"] == {"cmd": ["vitest", "{tests}"], "cwd": "web"}
    assert made["phases"][0]["tasks"][0]["test"] == made["x"]
    assert "defaults" not in made


def test_the_top_counts_before_its_parts():
    assert place_of(COMMANDS, PARTS) == ""
    assert place_of({}, {}) == ""


@pytest.mark.parametrize("value", [None, [], "x", {"phases": 3}, {"phases": [{"tasks": None}]}])
def test_what_is_no_plan_is_left_to_the_checks(value):
    made = fill(value)

    assert made == value or made["phases"] == value["phases"]
