"""The plan: its document form, its YAML, its page."""

import pytest

from ai_sessions.plan import document as plans
from ai_sessions.plan.findings import errors, findings
from ai_sessions.workspace.yaml_places import parsed
from ai_sessions.yaml_text import NotYaml

PLAN = """\
schema: 1
feature: pay
title: Payments
goal: Charge once.
defaults:
  test: {runner: pytest, cmd: [python3, -m, pytest, -q, "{tests}"], timeout: 300}
  suite: {cmd: [make, test]}
  attempts: 3
acceptance:
  - {id: A1, text: "Charges once."}
phases:
  - id: P1
    title: Charge
    tasks:
      - id: T1.1
        title: Gateway
        covers: [A1]
        files: {src: [src/gateway.py], tests: [tests/test_gateway.py]}
        tests: [tests/test_gateway.py]
        budget_usd: 1.50
      - id: T1.2
        title: Route
        needs: [T1.1]
        files: {src: [src/api.py], tests: [tests/test_api.py]}
      - id: T1.10
        title: Readme
        needs: [T1.1]
        kind: docs
        check: {cmd: [grep, -q, once, README.md]}
"""


def found_in(text: str, feature: str = "pay") -> list[tuple[int, str]]:
    document, lines, _ = parsed(text)
    return [(one.line, one.message) for one in findings(document, lines, feature)]


def test_a_sound_plan_has_no_findings():
    assert found_in(PLAN) == []


def test_a_document_becomes_a_plan_with_money_in_nano_dollars():
    plan = plans.from_document(parsed(PLAN)[0])

    assert [task.id for task in plan.tasks] == ["T1.1", "T1.2", "T1.10"]
    assert plan.task("T1.1").budget_nusd == 1_500_000_000
    assert plan.task("T1.2").tests == ("tests/test_api.py",)
    assert plan.test_of(plan.task("T1.10")).cmd == ("grep", "-q", "once", "README.md")


def test_the_tests_of_a_task_become_separate_arguments():
    command = plans.Command(("pytest", "-q", plans.TESTS, "-x"))

    assert command.with_tests(["a b.py", "c.py"]) == ("pytest", "-q", "a b.py", "c.py", "-x")


def test_a_plan_survives_its_own_yaml():
    document, _, _ = parsed(PLAN)

    again, lines, _ = parsed(plans.dump(document))

    assert again == document
    assert findings(again, lines, "pay") == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("needs: [T1.1]\n        files", "needs: [T1.11]\n        files", 23, "T1.2 needs T1.11, "),
        ("id: T1.2", "id: T1.1", 21, "duplicate task id T1.1 (first on line 15)"),
        ("id: T1.2", "id: two", 21, "not a task id: 'two' (like T1.1)"),
        ("title: Gateway", "titel: Gateway", 16, "unknown key 'titel' (did you mean 'title'?)"),
        ("feature: pay", "feature: shop", 2, "feature is 'shop', but this is 'pay'"),
        ("covers: [A1]", "covers: [A2]", 17, "T1.1 covers A2, which does not exist"),
        ("needs: [T1.1]\n        files", "needs: T1.1\n        files", 23, "must be a list, not"),
        ("[src/gateway.py]", "[../gateway.py]", 18, "not a path inside the repository"),
        ("[src/gateway.py]", "[.git/hooks/x]", 18, "not a path inside the repository"),
        (
            "tests: [tests/test_gateway.py]}",
            "tests: [tests/x.py]}",
            19,
            "not among its files.tests",
        ),
        ("check: {cmd: [grep, -q, once, README.md]}", "why: x", 25, "give it a `check`"),
        ("schema: 1", "schema: 2", 1, "schema: must be 1, not 2"),
        ("attempts: 3", "attempts: three", 8, "must be a whole number, not 'three'"),
        ("title: Gateway", "title: ''", 16, "must not be empty"),
    ],
)
def test_each_fault_is_told_with_its_line(old, new, line, message):
    assert old in PLAN
    told = found_in(PLAN.replace(old, new, 1))

    assert any(one[0] == line and message in one[1] for one in told), told


def test_a_cycle_is_told_as_a_path():
    text = PLAN.replace("covers: [A1]", "covers: [A1]\n        needs: [T1.2]")

    assert found_in(text) == [(18, "tasks need each other: T1.1 -> T1.2 -> T1.1")]


def test_an_acceptance_item_without_a_task_is_a_warning():
    document, lines, _ = parsed(PLAN.replace("covers: [A1]", "covers: []"))

    (only,) = findings(document, lines, "pay")
    assert (only.level, only.message) == ("warning", "no task covers A1")
    assert errors((only,)) == ()


def test_tasks_that_may_run_side_by_side_should_not_share_files():
    text = PLAN.replace(
        "needs: [T1.1]\n        files: {src: [src/api.py]", "files: {src: [src/*.py]"
    )

    text = text.replace("src/gateway.py", "src/pay.py")

    assert found_in(text) == [(23, "T1.2 and T1.1 both change src/*.py: let one need the other")]


def test_tasks_in_a_chain_may_share_files():
    assert found_in(PLAN.replace("src/api.py", "src/gateway.py")) == []


@pytest.mark.parametrize("text", ["a: [1", "a: *b", "a: &a [*a]", "\tx: 1", "a: 1\n b: 2"])
def test_what_is_not_yaml_is_refused_with_a_line(text):
    with pytest.raises(NotYaml) as caught:
        parsed(text)
    assert caught.value.line >= 1


@pytest.mark.parametrize("text", ["", "plain words", "- a\n- b", "7"])
def test_yaml_that_is_no_plan_is_a_finding_not_a_crash(text):
    assert len(found_in(text)) == 1


def test_a_key_that_stands_twice_is_noticed():
    assert parsed("a: 1\nb: 2\na: 3\n")[2] == [(3, "a")]


def test_the_page_shows_what_is_done():
    plan = plans.from_document(parsed(PLAN)[0])

    page = plans.page(plan, {"T1.1": "done", "T1.2": "red"})

    assert "- [x] **T1.1** Gateway" in page
    assert "- [ ] **T1.2** Route (red)" in page
    assert "generated from plan.yaml" in page


def test_an_answer_cannot_choose_our_commands_or_names():
    answer = {
        "title": "T",
        "feature": "other",
        "defaults": {"test": {"cmd": ["rm", "-rf", "/"]}},
        "phases": [],
    }

    document = plans.from_answer(answer, "pay", "main", {"test": {"cmd": ["make", "test"]}})

    assert document["feature"] == "pay"
    assert document["defaults"]["test"] == {"cmd": ["make", "test"]}
