"""What is ready, what waits, what comes next."""

from ai_sessions.plan import progress

NEEDS = {"T1": [], "T2": ["T1"], "T3": ["T1"], "T4": ["T3"], "T5": []}


def test_a_task_waits_for_its_needs():
    assert progress.shown("T2", NEEDS, {}) == "waiting"
    assert progress.shown("T2", NEEDS, {"T1": "done"}) == "ready"
    assert progress.missing("T4", NEEDS, {"T3": "red"}) == ["T3"]


def test_the_task_most_others_wait_for_comes_first():
    assert progress.following(NEEDS, {}) == "T1"
    assert progress.following(NEEDS, {"T1": "done"}) == "T3"


def test_a_begun_task_goes_before_a_new_one_and_a_failed_one_last():
    assert progress.following(NEEDS, {"T5": "red"}) == "T5"
    assert progress.following(NEEDS, {"T1": "failed"}) == "T5"
    assert progress.following(NEEDS, {"T1": "failed", "T5": "done"}) == "T1"


def test_nothing_is_next_when_all_is_finished():
    assert progress.following(NEEDS, dict.fromkeys(NEEDS, "done")) == ""


def test_a_cycle_of_a_thousand_tasks_is_found_without_deep_recursion():
    needs = {f"T{i}": [f"T{(i + 1) % 1500}"] for i in range(1500)}

    path = progress.cycle(needs)

    assert path[0] == path[-1] and len(path) == 1501
    assert path[1] in needs[path[0]]
