"""A feature with its proof, whatever stands in the files of its repository."""

import pytest

from ai_sessions.display.html import proofs

RUN = {
    "command": ["pytest", "tests/<b>.py"],
    "exit": 1,
    "counts": {"passed": 0, "failed": 2, "error": 0},
    "ids": {"failed": ["tests/x.py::test_<i>", "b"]},
}


def task(state="done", **more):
    told = {"tests": 2, "reason": None, "question": None, "needs": [], "commit": "a" * 40}
    return {"id": "T1.1", "title": "<Charge>", "state": state, **told, **more}


def feature(*tasks, **more):
    told = {"repository": "/home/me/shop", "feature": "pay", "notes": [], "next": "", **more}
    return {**told, "tasks": list(tasks)}


def content(*tasks, **more):
    return proofs.content(feature(*tasks, **more), lambda name: f"/sessions/{name}")


def test_a_task_stands_with_its_state_its_tests_and_its_commit():
    html = content(task())

    assert '<b class="good">done</b>' in html
    assert "&lt;Charge&gt;" in html
    assert "<td>2</td>" in html
    assert "<td>aaaaaaa</td>" in html


def test_a_proof_shows_what_was_run_and_what_came_of_it():
    html = content(task(proof={"red": {"run": RUN, "session": "implement-pay", "base": "b" * 40}}))

    assert '<section class="proof" id="T1.1">' in html
    assert "<code>pytest tests/&lt;b&gt;.py</code>" in html
    assert "exit 1: 2 failed" in html
    assert "<li>tests/x.py::test_&lt;i&gt;</li>" in html
    assert '<a href="/sessions/implement-pay">implement-pay</a>' in html
    assert "<dd>bbbbbbb</dd>" in html


def test_of_many_tests_the_first_are_named():
    run = {**RUN, "ids": {"passed": [f"t{n}" for n in range(60)]}}
    html = content(task(proof={"green": {"run": run}}))

    assert "<li>t49</li>" in html
    assert "<li>t50</li>" not in html
    assert "and 10 more" in html


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [1], {"a": 1}, True])
@pytest.mark.parametrize("key", ["run", "at", "session", "counts", "ids", "command", "cost_nusd"])
def test_a_record_of_another_form_breaks_no_page(key, value):
    run = {**RUN, key: value}

    assert "proof" in content(task(proof={"red": {"run": run, **{key: value}}, "green": value}))


def test_a_criterion_that_no_task_covers_says_so():
    items = [{"id": "A1", "text": "Charged <once>", "covered_by": []}]

    assert 'Charged &lt;once&gt;</td><td class="words">no task</td>' in content(acceptance=items)


@pytest.mark.parametrize(
    ("verified", "shown"),
    [
        ({"verdict": "GO", "is_current": True}, '<b class="good">GO at ccccccc</b>'),
        (
            {"verdict": "GO", "is_current": False},
            '<b class="bad">GO at ccccccc, before the last commit</b>',
        ),
        ({"verdict": "NO-GO", "is_current": True}, '<b class="bad">NO-GO at ccccccc</b>'),
        (None, ""),
    ],
)
def test_a_verdict_counts_for_the_last_commit_alone(verified, shown):
    told = verified and {**verified, "commit": "c" * 40}

    assert proofs.verdict(feature(verified=told)) == shown


def test_dropped_tasks_are_no_part_of_the_progress():
    assert proofs.done_of(feature(task(), task("waived"), task("dropped"), task("red"))) == (2, 3)
    assert proofs.progress(feature()) == "no plan"


def test_what_is_wrong_with_a_plan_is_told():
    html = content(problem="plan.yaml: <broken>", notes=["<note>"])

    assert '<p class="bad">plan.yaml: &lt;broken&gt;</p>' in html
    assert "&lt;note&gt;" in html
