"""Which tasks may be done at the same time, and where."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from scripted import ROOT, SOURCE, TEST, Agent, git, writes

from ai_sessions.errors import ConfigError, GateRefused, NeedsPerson, NotFound
from ai_sessions.plan import document as plans
from ai_sessions.plan.document import Command
from ai_sessions.workflow import parallel
from ai_sessions.workflow.parallel import Batch, choose
from ai_sessions.workflow.plan import approve
from ai_sessions.workflow.project import project as project_of
from ai_sessions.workflow.task import Options
from ai_sessions.workflow.tests import Runs
from ai_sessions.workspace.plan_file import read_plan
from ai_sessions.workspace.task_trees import note_tree, tasks_with_trees
from ai_sessions.workspace.tasks import RunNote, save_run

ROUTED = """\
import unittest

import route


class Routes(unittest.TestCase):
    def test_routes(self):
        self.assertEqual(route.ROUTE, 1)
"""


def plan_of(*tasks):
    """`("T1.1", "a.py", *needs)`: tasks that change one file each, or none that they name."""
    made = []
    for id_, source, *needs in tasks:
        files = {"src": [source], "tests": [f"test_{source}"]} if source else {}
        made.append({"id": id_, "title": id_, "files": files, "needs": needs})
    phases = [{"id": "P1", "title": "P", "tasks": made}]
    return plans.from_document({"schema": 1, "feature": "pay", "title": "x", "phases": phases})


def chosen(plan, space, most=9, **states):
    found = {task.id: states.get(task.id.replace(".", "_"), "todo") for task in plan.tasks}
    return choose(plan, found, most, space)


@pytest.fixture
def away(space, tmp_path):
    """`away("T1.2")`: that task has work in a tree of its own."""

    def begun(task):
        place = tmp_path / "away" / task
        place.mkdir(parents=True)
        (place / ".git").write_text("gitdir: somewhere\n")
        note_tree(space, task, str(place))

    return begun


THREE = plan_of(("T1.1", "a.py"), ("T1.2", "b.py"), ("T1.3", "c.py"))


def test_tasks_that_do_not_meet_go_together_the_first_of_them_here(space):
    assert chosen(THREE, space) == Batch("T1.1", ("T1.2", "T1.3"), {})
    assert chosen(THREE, space).tasks == ("T1.1", "T1.2", "T1.3")


def test_no_more_than_were_asked_for_in_the_order_of_the_plan(space):
    assert chosen(THREE, space, most=2) == Batch("T1.1", ("T1.2",), {})


def test_of_two_that_change_one_file_the_later_one_waits(space):
    plan = plan_of(("T1.1", "a.py"), ("T1.2", "*.py"), ("T1.3", "c/d.py"))

    batch = chosen(plan, space)
    assert batch.tasks == ("T1.1", "T1.3")
    assert batch.waits == {"T1.2": "T1.1 and T1.2 both change a.py"}


@pytest.mark.parametrize("at", [0, 1])
def test_a_task_that_names_no_files_goes_alone(space, at):
    tasks = [("T1.1", "a.py"), ("T1.2", "b.py")]
    tasks[at] = (tasks[at][0], "")

    batch = chosen(plan_of(*tasks), space)
    assert batch.tasks == ("T1.1",)
    assert batch.waits == {"T1.2": f"T1.{at + 1} does not say which files it changes"}


def test_a_task_waits_for_what_it_needs(space):
    plan = plan_of(("T1.1", "a.py"), ("T1.2", "b.py", "T1.1"))

    assert chosen(plan, space).tasks == ("T1.1",)
    assert chosen(plan, space, T1_1="done").tasks == ("T1.2",)
    assert chosen(plan, space, T1_1="done", T1_2="done") == Batch("")


@pytest.mark.parametrize("state", ["failed", "blocked"])
def test_what_failed_or_is_blocked_comes_last_and_alone(space, state):
    assert chosen(THREE, space, T1_1=state).tasks == ("T1.2", "T1.3")
    all_ = dict.fromkeys(("T1_1", "T1_2", "T1_3"), state)
    assert chosen(THREE, space, **all_).tasks == ("T1.1",)


def test_a_task_goes_on_where_it_was_begun(space, away):
    away("T1.1")
    assert chosen(THREE, space) == Batch("T1.2", ("T1.1", "T1.3"), {})
    save_run(space, "T1.3", RunNote("red"))
    assert chosen(THREE, space) == Batch("T1.3", ("T1.1", "T1.2"), {})
    for task in ("T1.2", "T1.3"):
        away(task)
    assert chosen(THREE, space) == Batch("", ("T1.1", "T1.2", "T1.3"), {})


# -- a tree of its own, and the way back


@pytest.fixture
def made(space, project, repo, tmp_path):
    """`made("T1.1")`: the tree of a task, made where there is none yet."""

    def tree(task, **more):
        runs = Runs(space, read_plan(space), os.environ, 30.0, repo)
        chosen = replace(project, **more)
        return parallel.tree_of(space, chosen, task, str(tmp_path / "sessions"), runs)

    return tree


@pytest.fixture
def away_tree(made):
    """The tree of T1.1, made below a folder of sessions."""
    return made("T1.1")


def test_a_tree_is_made_once_from_the_current_commit_outside_the_repository(
    space, repo, tmp_path, away_tree, made
):
    assert git(away_tree, "rev-parse", "HEAD") == git(repo, "rev-parse", "HEAD")
    assert away_tree.is_relative_to(tmp_path / "sessions")
    assert parallel.has_worktree(space, "T1.1")
    assert not parallel.has_worktree(space, "T1.2")

    (away_tree / "begun").write_text("x")
    assert made("T1.1") == away_tree
    assert (away_tree / "begun").exists()


def test_a_tree_with_nothing_in_it_goes(space, project, repo, away_tree):
    parallel.tidy(space, project, "T1.2")
    assert away_tree.exists()

    parallel.tidy(space, project, "T1.1")

    assert not away_tree.exists()
    assert tasks_with_trees(space) == []
    assert len(git(repo, "worktree", "list").splitlines()) == 1


@pytest.mark.parametrize("left", ["file", "commit", "run"])
def test_a_tree_with_something_in_it_stays(space, project, away_tree, left):
    if left == "run":
        save_run(space, "T1.1", RunNote("red"))
    else:
        (away_tree / "gateway.py").write_text("x")
    if left == "commit":
        git(away_tree, "add", "-A")
        git(away_tree, "commit", "-qm", "work")

    parallel.tidy(space, project, "T1.1")

    assert away_tree.exists()


@pytest.fixture
def proved(space, project, line_of, tmp_path):
    """T1.1, done by an honest agent in a tree of its own."""
    line, _ = line_of(Agent(writes(test_gateway__py=TEST), writes(gateway__py=SOURCE)))
    top = str(tmp_path / "sessions")
    parallel.do(line, project, "T1.1", Options(), os.environ, top)
    parallel.do(line, project, "T1.1", Options(), os.environ, top)  # proved is proved
    return line


def test_a_task_is_proved_in_its_own_tree_and_then_here(proved, space, project, repo):
    assert parallel.is_proved(space, "T1.1")
    assert not parallel.is_proved(space, "T1.2")
    assert git(repo, "log", "--format=%s") == "Begin\n"
    assert len(proved.calls) == 2

    outcome = parallel.finish(proved, project, "T1.1", Options(), os.environ)

    assert outcome.state == "done"
    assert len(proved.calls) == 2
    assert git(repo, "log", "--format=%s").splitlines() == [
        *("feat(pay): T1.1 Gateway", "test(pay): T1.1 red", "Begin")
    ]
    assert git(repo, "status", "--porcelain") == ""
    assert not parallel.has_worktree(space, "T1.1")


def test_the_same_file_changed_here_meanwhile_needs_a_person(proved, space, project, repo):
    (repo / "gateway.py").write_text("mine")
    (repo / "mine.txt").write_text("mine")

    with pytest.raises(NeedsPerson, match=r"T1\.1: gateway\.py changed here") as error:
        parallel.finish(proved, project, "T1.1", Options(), os.environ)

    assert "its work is in " in error.value.hint
    assert (repo / "gateway.py").read_text() == "mine"
    assert parallel.is_proved(space, "T1.1")


def test_a_task_that_the_plan_has_not_is_not_brought_back(line_of, project):
    line, _ = line_of(Agent())

    with pytest.raises(NotFound, match=r"no task T9\.9"):
        parallel.finish(line, project, "T9.9", Options(), os.environ)


def test_a_tree_that_was_cut_off_while_it_was_made_is_made_anew(space, made):
    half = made("T1.1")
    note_tree(space, "T1.1", "")
    (half / "README.md").unlink()

    assert not parallel.has_worktree(space, "T1.1")
    assert (made("T1.1") / "README.md").is_file()


def shell(script):
    return Command(("sh", "-c", script))


def test_a_tree_is_set_up_and_built_once(made, repo):
    commands = {"setup": shell("echo set-up > made"), "build": shell("echo built >> made")}
    place = made("T1.1", **commands)
    assert made("T1.1", **commands) == place
    assert (place / "made").read_text() == "set-up\nbuilt\n"
    assert not (repo / "made").exists()


def test_a_tree_that_cannot_be_set_up_is_told_and_made_anew(made, space):
    with pytest.raises(ConfigError, match=r"T1.1: its working tree .* ended with 4: no compiler"):
        made("T1.1", build=shell("echo begin; echo no compiler; exit 4"))

    assert not parallel.has_worktree(space, "T1.1")
    assert (made("T1.1", build=shell("touch made")) / "made").exists()


def test_what_tests_read_is_built_of_the_work_that_is_brought_back(space, repo, line_of, tmp_path):
    (repo / ".git/info/exclude").write_text("dist\n")
    copies = "import shutil; shutil.copytree('src', 'dist', dirs_exist_ok=True)"
    space.write(f'build: {{cmd: [python3, -c, "{copies}"]}}\n', "..", "config.yaml")
    (repo / "src").mkdir()
    (repo / "src/one.py").write_text("")
    git(repo, "add", "src")
    git(repo, "commit", "-qm", "src")
    plan = space.text("plan.yaml").replace("[gateway.py]", "[src/gateway.py]")
    space.write(plan, "plan.yaml")
    approve(space)

    def works(folder):
        (folder / "src/gateway.py").write_text(SOURCE)
        shutil.copytree(folder / "src", folder / "dist", dirs_exist_ok=True)

    built = project_of(repo, ROOT)
    test = "import sys\nsys.path.insert(0, 'dist')\n" + TEST
    line, _ = line_of(Agent(writes(test_gateway__py=test), works))
    parallel.do(line, built, "T1.1", Options(), os.environ, str(tmp_path / "sessions"))

    assert parallel.finish(line, built, "T1.1", Options(), os.environ).state == "done"
    assert len(line.calls) == 2


@pytest.mark.parametrize("is_under_way", [True, False])
def test_what_a_task_at_the_same_time_installs_is_explained_by_its_manifest(
    space, do, repo, is_under_way
):
    plan = space.text("plan.yaml").replace("[route.py, helper.py]", "[route.py, package.json]")
    space.write(plan, "plan.yaml")
    (repo / "node_modules/.bin").mkdir(parents=True)
    (repo / "node_modules/.bin/x").write_text("one")
    (repo / ".git/info/exclude").write_text("node_modules\n")
    if is_under_way:
        save_run(space, "T1.2", RunNote("green"))

    def works_beside(folder):
        (folder / "node_modules/.bin/x").write_text("another")
        return writes(gateway__py=SOURCE)(folder)

    steps = (writes(test_gateway__py=TEST), works_beside, works_beside)
    if is_under_way:
        assert do(Agent(*steps)).state == "done"
    else:
        with pytest.raises(GateRefused, match="changed in installed packages"):
            do(Agent(*steps))


@pytest.mark.parametrize("suite", ["unittest", "opaque"])
def test_a_task_is_not_blamed_for_red_tests_that_another_one_left_here(
    space, project, line_of, do, tmp_path, suite
):
    plan = space.text("plan.yaml").replace("        needs: [T1.1]\n", "")
    space.write(plan.replace("suite: {runner: unittest", f"suite: {{runner: {suite}"), "plan.yaml")
    path = tmp_path / "sessions"
    line, _ = line_of(Agent(writes(test_route__py=ROUTED), writes(route__py="ROUTE = 1\n")))
    parallel.do(line, project, "T1.2", Options(), os.environ, str(path))
    with pytest.raises(GateRefused):
        do(
            Agent(writes(test_gateway__py=TEST), writes(gateway__py="")),
            options=Options(attempts=1),
        )

    assert parallel.finish(line, project, "T1.2", Options(), os.environ).state == "done"


#: Tests of which each fails by itself without the work.
EACH = TEST.replace("import gateway\n", "").replace("self.assert", "import gateway; self.assert")


def test_a_task_is_blamed_for_what_it_breaks_of_one_that_is_done(do):
    do(Agent(writes(test_gateway__py=EACH), writes(gateway__py=SOURCE)))
    breaks = writes(route__py="ROUTE = 1\n", gateway__py="def charge(key):\n    return 1\n")

    with pytest.raises(GateRefused, match=r"new failures: test_gateway\.py::Charge::test_differs"):
        do(Agent(writes(test_route__py=ROUTED), breaks, breaks), "T1.2")


def test_a_task_is_blamed_for_its_own_tests_where_they_fail_in_the_suite(do, repo):
    (repo / "test_a.py").write_text("import os\n\nos.environ['LEFT'] = '1'\n")
    git(repo, "add", "test_a.py")
    git(repo, "commit", "-qm", "Leave something")
    alone = f"{EACH}\n    def test_alone(self):\n        import gateway\n        gateway.alone()\n"
    work = "import os\n\n\ndef alone():\n    assert 'LEFT' not in os.environ\n\n\n" + SOURCE
    steps = [writes(gateway__py=work)] * 2

    with pytest.raises(GateRefused, match=r"new failures: test_gateway\.py::Charge::test_alone"):
        do(Agent(writes(test_gateway__py=alone), *steps))


@pytest.mark.parametrize(
    ("kind", "options", "step"),
    [
        ("code", Options(), "green"),
        ("docs", Options(), "check"),
        ("chore", Options(), "check"),
        ("code", Options(waive="no tests"), "waiver"),
        ("docs", Options(waive="no tests"), "waiver"),
    ],
)
def test_what_is_brought_back_is_judged_as_its_kind_is(
    space, project, line_of, monkeypatch, kind, options, step
):
    path = Path(space.path("plan.yaml"))
    judged_by = f"kind: {kind}\n        check: {{cmd: ['true']}}\n        title: Gateway"
    path.write_text(path.read_text().replace("title: Gateway", judged_by))
    steps = []
    monkeypatch.setattr(parallel, "bring_back", lambda *given: steps.append(given[3]))
    monkeypatch.setattr(parallel, "implement", lambda *given: given[3])
    line, _ = line_of(Agent())

    judged = parallel.finish(line, project, "T1.1", options, os.environ)

    assert steps == [step]
    assert (judged.tdd, judged.waive) == (False, options.waive)
