"""Fresh checkouts that are made ready for tests."""

import os
from dataclasses import replace

import pytest
from scripted import ROOT, git

from ai_sessions.plan import document as plans
from ai_sessions.plan.document import Command
from ai_sessions.testing.contract import Case, Run
from ai_sessions.workflow.checkout import Checkouts, lost, missed
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workflow.tests import Runs
from ai_sessions.workflow.tree import Tree


@pytest.fixture
def checkouts(space, repo):
    """`checkouts("sh", "-c", ...)`: those of a project with this set-up command."""

    def made(*words):
        (repo / ".gitignore").write_text("node_modules\n")
        (repo / "node_modules").mkdir(exist_ok=True)
        plan = plans.from_document(FeatureState(space).document)
        runs = Runs(space, plan, os.environ, 30.0, repo)
        return Checkouts(Tree(repo, ROOT), runs, Command(words) if words else None)

    return made


def test_without_a_set_up_the_packages_are_lent(checkouts, repo):
    made = checkouts()
    with made.tree.checkout("HEAD") as place:
        assert made.prepare(place) is None
        assert (place / "node_modules").resolve() == repo / "node_modules"


def test_a_set_up_runs_in_the_checkout_and_nothing_is_lent(checkouts, repo):
    made = checkouts("sh", "-c", "pwd > built; exit 3")
    with made.tree.checkout("HEAD") as place:
        done = made.prepare(place)
        assert done is not None
        assert done.exit_code == 3
        assert (place / "built").read_text() == f"{place.resolve()}\n"
        assert not (place / "node_modules").exists()
        assert made.ready(place).cwd == place
    assert not (repo / "built").exists()
    assert git(repo, "worktree", "list").count("\n") <= 1


BUILD = Command(("sh", "-c", "ls > built; exit 4"))


def test_a_build_runs_with_the_packages_that_are_lent(checkouts):
    made = replace(checkouts(), build=BUILD)
    with made.tree.checkout("HEAD") as place:
        done = made.prepare(place)
        assert (done.exit_code, made.shown) == (4, "sh -c ls > built; exit 4")
        assert "node_modules" in (place / "built").read_text().split()


def test_a_build_runs_after_the_set_up_and_not_where_that_fails(checkouts):
    for command, is_built in (("touch installed", True), ("exit 3", False)):
        made = replace(checkouts("sh", "-c", command), build=BUILD)
        with made.tree.checkout("HEAD") as place:
            assert made.prepare(place).exit_code == (4 if is_built else 3)
            assert (place / "built").exists() is is_built


def test_a_set_up_that_is_the_build_runs_once(checkouts):
    words = ("sh", "-c", "echo once >> built")
    made = replace(checkouts(*words), build=Command(words, timeout_s=9))
    with made.tree.checkout("HEAD") as place:
        assert made.prepare(place).exit_code == 0
        assert (place / "built").read_text() == "once\n"
    assert made.shown == " ".join(words)


def a_run(*passed, code=0, opaque=False):
    return Run(("make", "test"), code, tuple(Case(one, "passed") for one in passed), 1, "", opaque)


@pytest.mark.parametrize(
    ("known", "run", "told"),
    [
        (a_run("a"), a_run("a", "b"), ()),
        (a_run("b", "a", "c"), a_run("c"), ("a", "b")),
        (a_run("a"), a_run(code=127), ("a",)),
        (a_run(), a_run(code=1), ()),
        (a_run(opaque=True), a_run(opaque=True), ()),
        (a_run(opaque=True), a_run(code=1, opaque=True), ("make test",)),
        (a_run(code=1, opaque=True), a_run(code=1, opaque=True), ()),
    ],
)
def test_what_a_fresh_checkout_loses_is_what_passed_in_the_working_tree(known, run, told):
    assert lost(known, run) == told


def test_an_ignored_file_that_the_checkout_has_too_is_not_missed(repo, tmp_path):
    (repo / ".gitignore").write_text("*.data\n")
    for name in ("a.data", "b.data"):
        (repo / name).write_text("1")
    (tmp_path / "a.data").write_text("1")
    said = [Case(f"t::{name}", "failed", f"no rates in '{name}.data'") for name in "abc"]

    assert missed(Tree(repo, ROOT), Run(("x",), 1, tuple(said), 1, ""), tmp_path) == ("b.data",)
