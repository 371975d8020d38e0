"""What a fresh checkout lacks: an honest commit is not blamed for it, nor a broken one excused."""

import os
import sys

import pytest
from scripted import ROOT, SOURCE, TEST, Agent, git, plan_of, writes

from ai_sessions.errors import GateRefused
from ai_sessions.testing.contract import Case, Run
from ai_sessions.workflow.implement import Options as Doing
from ai_sessions.workflow.implement import implement
from ai_sessions.workflow.init import prepare
from ai_sessions.workflow.lacking import Baseline, Lacking
from ai_sessions.workflow.plan import approve
from ai_sessions.workflow.project import project as project_of
from ai_sessions.workflow.tree import Tree
from ai_sessions.workflow.verify import Options, verify
from ai_sessions.workspace.files import Workspace

#: Copies what is there and removes nothing, as compilers do.
BUILD = "import shutil; shutil.copytree('src', 'dist', dirs_exist_ok=True)"
SETUP = f'setup: {{cmd: [{sys.executable}, -c, "{BUILD}"]}}\n'
SUITE = "  suite: {runner: unittest, cmd: [python3, -m, unittest, discover]}\n"
PLAN = plan_of(
    "{id: T1.1, title: Gateway, files: {src: [src/gateway.py], tests: [test_gateway.py]}}",
    test="test_gateway.py",
    more=SUITE,
)
BUILT = "import sys\nsys.path.insert(0, 'dist')\n"
OLD = f"{BUILT}import base, unittest\nclass Old(unittest.TestCase):\n    def test_it(self): pass\n"


def builds(folder):
    """The work of an agent that also builds, as agents do."""
    (folder / "src/gateway.py").write_text(SOURCE)
    (folder / "dist/gateway.py").write_text(SOURCE)


@pytest.fixture
def space(repo):
    """A project whose tests run what a build leaves in a folder that git ignores."""
    for folder in ("src", "dist"):
        (repo / folder).mkdir()
        (repo / folder / "base.py").write_text("")
    (repo / ".gitignore").write_text("/dist/\n__pycache__\n")
    (repo / "test_old.py").write_text(OLD)
    made = Workspace(str(repo), ROOT, "pay")
    prepare(repo, ROOT)
    return made


@pytest.fixture
def done(repo, space, line_of):
    """`done(plan, setup)`: T1.1 is done by an honest agent."""

    def made(setup="", plan=PLAN, work=builds):
        space.write(plan, "plan.yaml")
        space.write(setup, "..", "config.yaml")
        git(repo, "add", "-A")
        git(repo, "commit", "-qm", "plan")
        approve(space)
        line, _ = line_of(Agent(writes(test_gateway__py=BUILT + TEST), work))
        implement(line, project_of(repo, ROOT), "T1.1", Doing(), os.environ)

    return made


def judged(space):
    report = verify(space, os.environ, Options(), None)
    return report.verdict, {one.name: (one.status, one.told) for one in report.checks}, report.notes


@pytest.mark.parametrize("plan", [PLAN, PLAN.replace(SUITE, "")])
def test_what_is_built_by_hand_is_not_verified_and_the_line_for_it_is_told(repo, space, done, plan):
    done()
    space.write(plan, "plan.yaml")
    git(repo, "commit", "-qam", "plan", "--allow-empty")
    verdict, checks, notes = judged(space)

    status, told = checks["T1.1 tests"]
    assert (verdict, status) == ("MANUAL", "open")
    assert "dist/gateway.py" in told
    assert "is in your working tree, but not in git" in told
    assert "failed" not in {status for status, _ in checks.values()}
    assert any("into .ai-session/config.yaml" in note and "setup: " in note for note in notes)


def test_without_a_suite_honest_work_in_a_build_is_not_refused(space, done):
    done(plan=PLAN.replace(SUITE, ""))
    green = space.record("evidence", "T1.1", "green.json")

    assert any("not proved in a fresh checkout" in one for one in green["warnings"])
    assert judged(space)[0] == "MANUAL"


def test_work_that_no_commit_would_carry_is_refused_where_nothing_was_built_before(
    repo, space, done
):
    (repo / "dist/base.py").unlink()
    (repo / "dist").rmdir()
    (repo / "test_old.py").unlink()

    def hides(folder):
        (folder / "dist").mkdir()
        builds(folder)

    with pytest.raises(GateRefused, match="not in a fresh checkout"):
        done(plan=PLAN.replace(SUITE, ""), work=hides)


def test_what_the_project_builds_is_built_for_each_commit(space, done):
    done(setup=SETUP)
    verdict, checks, notes = judged(space)

    assert verdict == "GO"
    assert checks["T1.1 red before"] == ("ok", "1 could not start")
    assert not any("fresh checkout" in note for note in notes)


@pytest.mark.parametrize(("setup", "worst"), [(SETUP, "NO-GO"), ("", "MANUAL")])
def test_a_commit_without_the_work_is_never_ok(repo, space, done, setup, worst):
    done(setup=setup)
    (repo / "src/gateway.py").unlink()
    git(repo, "commit", "-qam", "the work is gone")
    (repo / "src/gateway.py").write_text(SOURCE)

    verdict, checks, _ = judged(space)

    assert verdict == worst
    assert checks["T1.1 tests"][0] != "ok"
    assert checks["suite"][0] != "ok"


def test_a_set_up_that_does_not_make_it_is_named(space, done):
    done(setup="setup: {cmd: ['true']}\n")
    verdict, _, notes = judged(space)

    assert verdict == "MANUAL"
    assert "a fresh checkout lacks what `true` does not make" in notes


def test_a_missing_command_is_named_with_the_line_that_mends_it(repo, space, done):
    done()
    plan = PLAN.replace("[python3, -m, unittest, ", "[.venv/bin/python, -m, unittest, ")
    space.write(plan, "plan.yaml")
    (repo / "requirements.txt").write_text("")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "with an environment")
    approve(space)

    verdict, checks, notes = judged(space)

    assert verdict == "MANUAL"
    assert ".venv/bin/python: command not found" in checks["T1.1 tests"][1]
    assert any(".venv/bin/pip install -q -r requirements.txt" in note for note in notes)


# -- what the suite tells of the commit before the feature


class Told:
    """Checkouts in which the suite comes to a run that is told."""

    setup, shown = None, ""

    def __init__(self, tree, run):
        self.tree, self.run, self.asked = tree, run, 0

    def ready(self, _place):
        return self

    def suite(self, _step):
        self.asked += 1
        return self.run


def a_run(code=0, **cases):
    made = [Case(one, outcome) for outcome, names in cases.items() for one in names]
    return Run(("make", "test"), code, tuple(made), 1, "")


FAILED = a_run(1, failed=["new"])


@pytest.fixture
def lacking(repo):
    def made(known, now, found="pass"):
        told = Told(Tree(repo, ROOT), now)
        baseline = Baseline("HEAD", known, found) if known else None
        return Lacking(told, lambda: baseline), told

    return made


@pytest.mark.parametrize(
    ("known", "now", "told"),
    [
        (a_run(passed=["a", "b"]), a_run(passed=["a", "b"]), ""),
        (a_run(passed=["a", "b"]), a_run(1, passed=["a"], failed=["b"]), "feature b passed in"),
        (a_run(passed=["a"]), a_run(127), "feature a passed in your working tree, but not in a"),
        (a_run(), a_run(1, failed=["a"]), "feature make test passed"),
        (None, a_run(127), ""),
        (a_run(passed=["a"]), None, ""),
    ],
)
def test_what_passed_before_here_and_not_there_is_lacking(lacking, known, now, told):
    made, _ = lacking(known, now)

    found = made.told(FAILED, made.checkouts.tree.repo)
    assert told in found if told else not found
    assert bool(made.remedy()) is bool(told)


def test_a_suite_that_failed_before_tells_nothing_of_what_is_lacking(lacking):
    made, _ = lacking(a_run(), a_run(1, failed=["a"]), found="fail")

    assert made.told(FAILED, made.checkouts.tree.repo) == ""


def test_the_commit_before_is_tried_once(lacking):
    made, told = lacking(a_run(passed=["a"]), a_run(passed=["a"]))
    for _ in range(3):
        made.told(FAILED, made.checkouts.tree.repo)

    assert told.asked == 1
