"""What is wrong with a plan, each finding with its line."""

import pytest

from ai_sessions.plan.findings import Finding, errors, findings, line_of
from ai_sessions.yaml_text import parsed

from .conftest import PLAN

TEST = next(line for line in PLAN.splitlines() if line.startswith("  test: "))


def found_in(text: str, feature: str = "pay") -> list[tuple[int, str]]:
    document, lines, _ = parsed(text)
    return [(one.line, one.message) for one in findings(document, lines, feature)]


def test_a_sound_plan_has_no_findings():
    assert found_in(PLAN) == []


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
        ("[src/gateway.py]", '["!src/a.py"]', 18, "'!src/a.py' may not mean what it says: a"),
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
        ("title: Gateway", "xyz: Gateway", 16, "tasks[0]: unknown key 'xyz' (known: id, title"),
        ("        title: Route\n", "", 21, "phases[0].tasks[1]: 'title' is missing"),
        ("title: Payments", "title: []", 3, "title: must be text, not []"),
        ("budget_usd: 1.50", "budget_usd: 'x'", 20, "budget_usd: must be a number, not 'x'"),
        ("attempts: 3", "attempts: -1", 8, "attempts: -1 is less than the minimum"),
        ("tasks:\n", "tasks: []\n    x:\n", 14, "phases[0].tasks: must not be empty"),
        ("kind: docs", "kind: poem", 28, "must be one of code, docs, chore, not 'poem'"),
        ("title: Route", f"title: [{'x' * 40}]", 22, f"not ['{'x' * 35}..."),
        ("title: Route", f"title: [{'x' * 36}]", 22, f"not ['{'x' * 36}']"),
        (
            'text: "Charges once."}',
            "text: a}\n  - {id: A1, text: b}",
            11,
            "duplicate acceptance id A1",
        ),
        ("needs: [T1.1]\n        files", "needs: [T1.11]\n        files", 23, "(nearest: T1.1)"),
        ("covers: [A1]", "covers: [zzz]", 17, "T1.1 covers zzz, which does not exist"),
        ("src: [src/api.py]", "src: [tests/test_api.py]", 24, "is both source and test"),
        ("src: [src/api.py], ", "", 21, "T1.2: name its source files in files.src"),
        (", tests: [tests/test_api.py]", "", 21, "T1.2: name its test files in files.tests"),
        (f"{TEST}\n", "", 14, "T1.1: no test command (defaults.test or its own test)"),
    ],
)
def test_each_fault_is_told_with_its_line(old, new, line, message):
    assert old in PLAN
    told = found_in(PLAN.replace(old, new, 1))

    assert any(one[0] == line and message in one[1] for one in told), told


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "tests: [tests/test_gateway.py]}",
            "tests: [tests/test_gateway.py]}\n        test: {cmd: [x]}",
        ),
        ("tests: [tests/test_gateway.py]\n", "tests: ['tests.test_gateway.Case.test_a']\n"),
        ("tests: [tests/test_gateway.py]\n", "tests: ['tests/test_gateway.py::test_a']\n"),
        ("tests: [tests/test_gateway.py]\n", "tests: [charges once]\n"),
        ("title: Route\n", "title: Route\n        state: dropped\n"),
        ("files: {src: [src/api.py], tests: [tests/test_api.py]}", "state: dropped"),
        (
            "        covers: [A1]\n        files: {",
            "        covers: [A1]\n        kind: code\n        files: {",
        ),
    ],
)
def test_what_is_in_order_is_no_finding(old, new):
    assert old in PLAN
    assert found_in(PLAN.replace(old, new, 1)) == []


@pytest.mark.parametrize("cwd", ["../x", "/tmp", "apps/*", ".git/hooks", "a//b"])
def test_a_command_that_runs_elsewhere_is_told(cwd):
    given = f"tests: [tests/test_gateway.py]\n        test: {{cmd: [x], cwd: '{cwd}'}}\n"
    ((line, told),) = found_in(PLAN.replace("tests: [tests/test_gateway.py]\n", given, 1))

    assert line == 20
    assert told.endswith(f"test.cwd: must be a folder inside the repository, not {cwd!r}")


def test_a_name_of_a_module_below_no_test_file_is_told():
    text = PLAN.replace("tests: [tests/test_gateway.py]\n", "tests: [tests.test_other.Case]\n")

    assert found_in(text) == [(19, "T1.1: tests.test_other.Case is not among its files.tests")]


def test_a_phase_that_stands_twice_is_told():
    task = "{id: T2.1, title: X, kind: chore, check: {cmd: [x]}}"
    again = f"  - id: P1\n    title: Again\n    tasks: [{task}]\n"

    assert found_in(PLAN + again) == [(30, "duplicate phase id P1 (first on line 12)")]


def test_without_lines_no_line_is_told():
    document, _, _ = parsed(PLAN.replace("id: T1.2", "id: T1.1"))

    told = [one for one in findings(document, {}, "pay") if one.message.startswith("duplicate")]
    assert told == [Finding(0, "duplicate task id T1.1")]


@pytest.mark.parametrize(
    ("finding", "wanted"),
    [
        (Finding(12, "wrong"), "plan.yaml:12: wrong"),
        (Finding(0, "wrong"), "plan.yaml: wrong"),
        (Finding(3, "odd", "warning"), "plan.yaml:3: warning: odd"),
    ],
)
def test_a_finding_is_shown_in_one_line(finding, wanted):
    assert finding.shown("plan.yaml") == wanted


def test_the_line_of_a_place_is_that_of_the_nearest_one_around_it():
    lines = {(): 1, ("a",): 2, ("a", 0): 3}

    assert [line_of(place, lines) for place in (("a", 0, "x"), ("a", 1), ("b",), ())] == [
        3,
        2,
        1,
        1,
    ]
    assert line_of(("a",), {}) == 0


def test_findings_come_by_line_errors_before_warnings():
    text = PLAN.replace("covers: [A1]", "covers: []").replace("feature: pay", "feature: shop")

    assert [line for line, _ in found_in(text)] == [2, 10]
    assert found_in(text, "shop") == found_in(text, "")


def test_tasks_that_wait_for_each_other_over_a_third_may_share_files():
    chain = PLAN.replace("src/gateway.py", "src/x.py").replace(
        "needs: [T1.1]\n        kind: docs",
        "needs: [T1.2]\n        kind: docs\n        files: {src: [src/x.py]}",
    )

    assert found_in(chain) == []


def test_tasks_side_by_side_may_not_share_a_test_either():
    text = PLAN.replace(
        "needs: [T1.1]\n        kind: docs",
        "kind: docs\n        files: {tests: [tests/test_api.py]}",
    )

    assert found_in(text) == [
        (28, "T1.10 and T1.2 both change tests/test_api.py: let one need the other")
    ]


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


@pytest.mark.parametrize("text", ["", "plain words", "- a\n- b", "7"])
def test_yaml_that_is_no_plan_is_a_finding_not_a_crash(text):
    assert len(found_in(text)) == 1
