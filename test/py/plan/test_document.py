"""The plan: its document form, its YAML, its page."""

import pytest

from ai_sessions.plan import document as plans
from ai_sessions.plan.findings import findings
from ai_sessions.yaml_text import NotYaml, parsed

from .conftest import PLAN


def test_a_document_becomes_a_plan_with_money_in_nano_dollars():
    plan = plans.from_document(parsed(PLAN)[0])

    assert [task.id for task in plan.tasks] == ["T1.1", "T1.2", "T1.10"]
    assert plan.task("T1.1").budget_nusd == 1_500_000_000
    assert plan.task("T1.2").tests == ("tests/test_api.py",)
    assert plan.test_of(plan.task("T1.10")).cmd == ("grep", "-q", "once", "README.md")


def test_the_tests_of_a_task_become_separate_arguments():
    command = plans.Command(("pytest", "-q", plans.TESTS, "-x"))

    assert command.with_tests(["a b.py", "c.py"]) == ("pytest", "-q", "a b.py", "c.py", "-x")


@pytest.mark.parametrize(
    ("test", "seen"),
    [
        ("apps/web/src/a.test.ts", "src/a.test.ts"),
        ("apps/web/a.py::A::test_a", "a.py::A::test_a"),
        ("test/b.ts", "../../test/b.ts"),
        ("TestCharge", "TestCharge"),
    ],
)
def test_a_command_of_a_folder_sees_tests_from_there(test, seen):
    command = plans.Command(("jest", plans.TESTS), cwd="apps/web")

    assert command.with_tests([test]) == ("jest", seen)
    assert command.shown == "(cd apps/web && jest {tests})"


def test_a_command_is_shown_so_that_it_is_plain_where_each_argument_ends():
    command = plans.Command(("sh", "-c", "a b; rm x", plans.TESTS), cwd="my app")

    assert command.shown == "(cd 'my app' && sh -c 'a b; rm x' {tests})"


def test_a_plan_survives_its_own_yaml():
    document, _, _ = parsed(PLAN)

    again, lines, _ = parsed(plans.dump(document))

    assert again == document
    assert findings(again, lines, "pay") == ()


@pytest.mark.parametrize("text", ["a: [1", "a: *b", "a: &a [*a]", "\tx: 1", "a: 1\n b: 2"])
def test_what_is_not_yaml_is_refused_with_a_line(text):
    with pytest.raises(NotYaml) as caught:
        parsed(text)
    assert caught.value.line >= 1


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


def test_what_is_written_for_people_to_edit_steers_no_terminal():
    text = plans.dump({"title": "a\x1b[31mb\u202ec"})

    assert "\u202e" not in text
    assert "\x1b" not in text
