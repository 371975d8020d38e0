"""Each check of `verify` by itself: the last line of defence takes no run for more than it is."""

from dataclasses import dataclass, field, replace

import pytest
from scripted import git

from ai_sessions.plan import document as plans
from ai_sessions.plan.document import Command
from ai_sessions.testing.contract import Case, Run
from ai_sessions.testing.execute import Finished
from ai_sessions.workflow import verify
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workflow.tests import seen
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.tasks import TaskState, save_evidence, save_state


def a_run(exit_code=None, **cases):
    made = [Case(f"t.py::{name}", outcome) for outcome, names in cases.items() for name in names]
    code = int("failed" in cases or "error" in cases) if exit_code is None else exit_code
    return Run(("x",), code, tuple(made), 7, "")


@dataclass
class Told:
    """Runs of tests that are told, not made."""

    whole: Run | None = None
    of_tasks: dict[str, Run] = field(default_factory=dict)
    set_up: Finished = field(default_factory=lambda: Finished(0, "", 3))

    def suite(self, _step):
        return self.whole

    def tests(self, task, _step):
        return self.of_tasks[task.id]

    def setup(self, _command):
        return self.set_up

    def elsewhere(self, _place):
        return self

    def leading_back(self):
        return ()


@pytest.fixture
def fresh(space, repo):
    """`fresh(whole=run)`: a checkout of the plan of three tasks, whose runs are told."""

    def made(setup=None, **runs):
        state = FeatureState(space)
        plan = plans.from_document(state.document)
        tree = Tree(repo, ".ai-session")
        return verify._Fresh(tree, repo, state, plan, Told(**runs), setup, tree.head())

    return made


def checks_of(made):
    return [(one.name, one.status, one.told) for one in made.checks]


# -- runs of tests


PASSING = a_run(passed=["a", "b"])


@pytest.mark.parametrize(
    ("run", "status", "told"),
    [
        (PASSING, "ok", "2 passed"),
        (a_run(passed=["a", "b"], skipped=["c"]), "ok", "2 passed, 1 skipped"),
        (a_run(passed=["a"]), "failed", "t.py::b did not run"),
        (a_run(passed=["a"], skipped=["b"]), "failed", "t.py::b did not run"),
        (a_run(passed=["a"], failed=["b"]), "failed", "1 failed, 1 passed: t.py::b"),
        (a_run(passed=["a"], error=["b"]), "failed", "1 could not start, 1 passed: t.py::b"),
        (a_run(passed=["a", "b"], exit_code=3), "failed", "2 passed"),
        (a_run(exit_code=5), "failed", "no test, exit 5"),
        (a_run(exit_code=124), "open", "could not be run (no test, exit 124)"),
    ],
)
def test_tests_pass_when_all_that_was_proved_ran_and_passed(run, status, told):
    check = verify._passes(run, "T1.1 tests", frozenset({"t.py::a", "t.py::b"}))

    assert (check.name, check.status, check.told) == ("T1.1 tests", status, told)
    assert check.duration_ms == 7


def test_where_nothing_was_proved_no_test_is_missed():
    assert verify._passes(a_run(passed=["x"]), "suite").status == "ok"


@pytest.mark.parametrize(
    ("green", "wanted"),
    [
        ({"run": {"ids": {"passed": ["a", "b"], "failed": ["c"]}}}, {"a", "b"}),
        ({"run": {"ids": {}}}, set()),
        ({"run": {"ids": None}}, set()),
        ({"run": None}, set()),
        ({}, set()),
    ],
)
def test_what_was_proved_is_what_passed_at_green(green, wanted):
    assert verify._ids(green) == wanted


# -- the suite


@pytest.fixture
def before(space):
    """`before("T1.1", failed=["a"])`: what the suite was before that task."""

    def kept(task, **cases):
        suite = seen(a_run(**cases), "") if cases else None
        save_evidence(space, task, "baseline", {"base": "x", "suite": suite})

    return kept


@pytest.mark.parametrize("outcome", ["failed", "error"])
def test_an_old_failure_of_the_suite_is_noted(fresh, before, outcome):
    before("T1.1", **{outcome: ["old"]})
    made = fresh(whole=a_run(passed=["a"], failed=["old"]))
    verify._check_suite(made)

    told = "1 failed, 1 passed; failed before the feature too: t.py::old"
    assert checks_of(made) == [("suite", "noted", told)]


@pytest.mark.parametrize(
    ("before", "status"),
    [
        (["total of 40"], "noted"),
        (["total of 40"] * 2, "noted"),
        (["", "total of 40"], "failed"),
        ([""], "failed"),
        ([], "failed"),
    ],
)
def test_coverage_that_the_feature_lost_is_a_failure(fresh, space, before, status):
    for task, missed in zip(("T1.1", "T1.2"), before, strict=False):
        suite = replace(a_run(exit_code=int(bool(missed)), passed=["a"]), coverage=missed)
        save_evidence(space, task, "baseline", {"base": "x", "suite": seen(suite, "")})
    made = fresh(whole=replace(a_run(exit_code=1, passed=["a"]), coverage="total of 50"))

    verify._check_suite(made)

    (check,) = made.checks
    assert (check.status, check.told) == (status, "1 passed, and too little: total of 50")


@pytest.mark.parametrize(
    "run",
    [
        a_run(passed=["a"], failed=["old", "new"]),
        a_run(passed=["a"], failed=["old"], error=["new"]),
        a_run(passed=["a"], failed=["new"]),
        a_run(passed=["a"], exit_code=1),
    ],
)
def test_a_new_failure_beside_an_old_one_is_a_failure(fresh, before, run):
    before("T1.1", failed=["old"])
    made = fresh(whole=run)
    verify._check_suite(made)

    assert [one.status for one in made.checks] == ["failed"]


def test_a_test_of_the_suite_that_fails_once_is_told(fresh):
    runs = [a_run(passed=["a"], failed=["b"]), a_run(passed=["a", "b"])]
    made = fresh()
    made.runs.suite = lambda _step: runs.pop(0)
    verify._check_suite(made)

    told = "2 passed; failed once and passed when it ran again: t.py::b"
    assert checks_of(made) == [("suite", "ok", told)]
    assert runs == []


def test_what_failed_before_a_later_task_alone_is_this_features_doing(fresh, before):
    before("T1.1", passed=["old"])
    before("T1.2", failed=["old"])
    made = fresh(whole=a_run(failed=["old"]))
    verify._check_suite(made)

    assert [one.status for one in made.checks] == ["failed"]


def opaque(exit_code):
    return Run(("x",), exit_code, (), 7, "", opaque=True)


@pytest.mark.parametrize(
    ("was", "now", "status"),
    [
        ([a_run(exit_code=0)], a_run(exit_code=0), "open"),
        ([opaque(1)], opaque(1), "open"),
        ([opaque(1), opaque(1)], opaque(2), "open"),
        ([opaque(1), opaque(0)], opaque(1), "failed"),
        ([opaque(0)], opaque(1), "failed"),
        ([a_run(passed=["a"])], a_run(exit_code=0), "failed"),
        ([a_run(failed=["a"])], opaque(1), "failed"),
        ([opaque(1)], a_run(passed=["a"], exit_code=1), "failed"),
        ([opaque(1)], a_run(failed=["a"]), "failed"),
        ([], opaque(1), "failed"),
    ],
)
def test_a_suite_that_told_nothing_before_each_task_is_no_verdict(fresh, space, was, now, status):
    for task, run in zip(("T1.1", "T1.2"), was, strict=False):
        save_evidence(space, task, "baseline", {"base": "x", "suite": seen(run, "")})
    made = fresh(whole=now)
    verify._check_suite(made)

    assert [one.status for one in made.checks] == [status]


def test_a_suite_that_tells_nothing_is_told_with_the_line_to_correct(fresh, space):
    save_evidence(space, "T1.1", "baseline", {"base": "x", "suite": seen(a_run(exit_code=0), "")})
    made = fresh(whole=a_run(exit_code=0))
    verify._check_suite(made)

    assert made.checks[0].told == (
        "no test, exit 0, as before the feature: it tells nothing of the work;"
        " correct defaults.suite in .ai-session/pay/plan.yaml"
    )


def test_a_task_without_a_suite_before_it_tells_nothing_of_old_failures(fresh, before):
    before("T1.1", failed=["old"])
    before("T1.2")
    made = fresh(whole=a_run(failed=["old"]))
    verify._check_suite(made)

    assert [one.status for one in made.checks] == ["noted"]


@pytest.mark.parametrize(
    ("run", "status"), [(PASSING, "ok"), (a_run(exit_code=137), "open"), (None, "noted")]
)
def test_a_suite_that_passes_cannot_run_or_is_not_there(fresh, run, status):
    made = fresh(whole=run)
    verify._check_suite(made)

    assert [(one.name, one.status) for one in made.checks] == [("suite", status)]


# -- tasks


def test_a_task_that_is_not_done_waived_or_dropped_is_told_as_it_is(fresh, space):
    space.write(
        space.text("plan.yaml").replace("title: Route", "title: R\n        state: dropped"),
        "plan.yaml",
    )
    save_state(space, "T1.1", TaskState("red"))
    made = fresh()
    made.feature_state.states["T1.3"] = "waived"
    save_state(space, "T1.3", TaskState("waived", reason="words only"))
    verify._check_tasks(made)

    assert checks_of(made) == [
        ("T1.1 done", "failed", "it is red, not done"),
        ("T1.3 tests", "noted", "waived: words only"),
    ]


def test_what_is_wrong_with_the_evidence_is_a_failure(fresh):
    made = fresh()
    made.feature_state.notes.append("T1.1 says done, but its evidence is missing or was changed")
    made.feature_state.states.update(dict.fromkeys(("T1.1", "T1.2", "T1.3"), "dropped"))
    verify._check_tasks(made)

    (only,) = checks_of(made)
    assert only[:2] == ("evidence", "failed")


def test_a_docs_task_is_proved_by_its_check_alone(fresh):
    made = fresh(of_tasks={"T1.3": a_run(passed=["a"])})
    verify._check_task(made, made.plan.task("T1.3"), {})

    assert checks_of(made) == [("T1.3 check", "ok", "1 passed")]


def committed(repo, text):
    """A commit with this text as the test of T1.1."""
    (repo / "test_gateway.py").write_text(text)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", text)
    return git(repo, "rev-parse", "HEAD").strip()


@pytest.fixture
def untouched(fresh, repo):
    """What is said of T1.1, whose commit has `then` for a test, and HEAD `now`.

    `frozen`: the text that its evidence names; `latest`: that of the last task that froze it.
    """

    def judge(then, now, frozen, latest):
        commits = {text: committed(repo, text) for text in {frozen, latest, then, now}}
        commit, _ = commits[then], git(repo, "checkout", "-q", commits[now])
        made = fresh()
        made.feature_state.commit_of = lambda _task: commit
        digests = [
            Tree(repo, ".ai-session").digests(commits[one], ["test_gateway.py"])
            for one in (frozen, latest)
        ]
        return verify._untouched(made, made.plan.task("T1.1"), {"frozen": digests[0]}, digests[1])

    return judge


def test_tests_are_unchanged_when_commit_and_checkout_have_what_was_frozen(untouched):
    check = untouched("one", "one", frozen="one", latest="one")

    assert (check.name, check.status, check.told) == ("T1.1 tests unchanged", "ok", "1 file")


@pytest.mark.parametrize(
    ("then", "now", "frozen", "latest"),
    [
        ("one", "two", "one", "one"),
        ("two", "one", "one", "one"),
        ("one", "one", "one", "two"),
        ("two", "two", "one", "two"),
    ],
)
def test_tests_that_are_not_what_was_proved_are_told(untouched, then, now, frozen, latest):
    check = untouched(then, now, frozen, latest)

    assert (check.status, check.told) == ("failed", "test_gateway.py is not what was proved")


@pytest.mark.parametrize(
    ("now", "status", "told"),
    [
        ("charge( 'k' )  # ours", "ok", "1 file, formatted since: test_gateway.py"),
        ("charge('j')", "failed", "test_gateway.py is not what was proved"),
        ("charge('k'", "failed", "test_gateway.py is not what was proved"),
    ],
)
def test_a_test_that_was_only_formatted_since_is_what_was_proved(untouched, now, status, told):
    check = untouched('charge("k")', now, frozen='charge("k")', latest='charge("k")')

    assert (check.status, check.told) == (status, told)


def test_what_its_commit_holds_is_never_taken_for_formatted(untouched):
    check = untouched("charge( 'k' )", 'charge("k")', frozen='charge("k")', latest='charge("k")')

    assert check.status == "failed"


def test_a_later_task_may_have_changed_a_test_of_an_earlier_one(untouched):
    assert untouched("one", "two", frozen="one", latest="two").status == "ok"


def test_evidence_that_names_no_test_proves_nothing(fresh):
    made = fresh()
    made.feature_state.commit_of = lambda _task: made.commit

    green = {"frozen": {"conftest.py": "sha256:1"}}
    check = verify._untouched(made, made.plan.task("T1.1"), green, {})
    assert (check.status, check.told) == ("failed", "its evidence names no test file")


# -- set-up and acceptance


@pytest.mark.parametrize(
    ("done", "is_set_up", "told"),
    [
        (Finished(0, "fine", 3), True, ("set-up", "ok", "npm ci")),
        (Finished(7, "a\nlast\n", 3), False, ("set-up", "open", "npm ci: exit 7: last")),
        (Finished(7, " ", 3), False, ("set-up", "open", "npm ci: exit 7: it said nothing")),
    ],
)
def test_where_the_set_up_fails_nothing_is_said_of_the_tests(fresh, done, is_set_up, told):
    made = fresh(setup=Command(("npm", "ci")), set_up=done)

    assert verify._is_set_up(made) is is_set_up
    assert checks_of(made) == [told]


def test_a_project_without_a_set_up_has_none_to_fail(fresh):
    made = fresh()

    assert verify._is_set_up(made)
    assert made.checks == []


@pytest.mark.parametrize(
    ("state", "status", "told"),
    [
        ("done", "ok", "covered by T1.1"),
        ("red", "open", "only by T1.1, not done"),
        ("dropped", "open", "no task covers it"),
    ],
)
def test_acceptance_is_covered_by_tasks_that_are_done(fresh, state, status, told):
    made = fresh()
    made.feature_state.states["T1.1"] = state
    verify._check_acceptance(made)

    assert checks_of(made) == [("A1 Charges once.", status, told)]


@pytest.mark.parametrize("part", ["unit", "integration", "acceptance"])
def test_only_the_parts_that_were_asked_for_are_checked(fresh, part):
    made = fresh(whole=PASSING)
    verify._check_parts(made, frozenset({part}))

    names = {"unit": "T1.1 done", "integration": "suite", "acceptance": "A1 Charges once."}
    assert made.checks[0].name == names[part]
    assert not {one.name for one in made.checks} & {n for p, n in names.items() if p != part}


INHERITED = ("base.py::test_value", "t.py::TestA::test_value")


@pytest.mark.parametrize(
    ("proved", "ran", "is_told"),
    [
        ([INHERITED[0]], [INHERITED[1]], True),
        ([INHERITED[0], "t.py::a"], [INHERITED[1]], False),
        (["t.py::TestB::test_value"], [INHERITED[1]], False),
        ([INHERITED[0]], ["other.py::test_value"], False),
        ([INHERITED[0]], [INHERITED[0], INHERITED[1]], False),
    ],
)
def test_ids_of_inherited_tests_as_an_earlier_version_had_them_are_told(proved, ran, is_told):
    run = Run(("x",), 0, tuple(Case(id_, "passed") for id_ in ran), 7, "")

    assert verify._is_named_otherwise(run, frozenset(proved)) is is_told
