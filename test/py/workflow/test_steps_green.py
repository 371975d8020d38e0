"""The green step where files move while they are judged, or on their way into the commit."""

import os
from types import SimpleNamespace

import pytest
from scripted import PLAN, SOURCE, TEST, Agent, git, writes

from ai_sessions.errors import GateRefused
from ai_sessions.testing.contract import Case, Run
from ai_sessions.workflow import steps
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workflow.task import Options
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.tasks import read_evidence, save_evidence

RED = writes(test_gateway__py=TEST)
#: Work that writes a file of its own when it first runs.
WRITES = f'import pathlib\n\nplace = pathlib.Path("seen.txt")\nWHEN\n{SOURCE}'


@pytest.fixture
def with_data(space):
    """A plan in which T1.1 has a file of data, too, and no suite runs."""
    lines = [line for line in PLAN.splitlines() if not line.startswith("  suite:")]
    text = "\n".join(lines).replace("[gateway.py]", "[gateway.py, seen.txt]")
    space.write(f"{text}\n", "plan.yaml")


def test_work_that_completes_itself_under_the_tests_is_judged_once_more(do, repo, space, with_data):
    once = "if not place.exists():\n    place.write_text('1')"
    agent = Agent(RED, writes(gateway__py=WRITES.replace("WHEN", once)))

    assert do(agent).state == "done"
    assert len(agent.requests) == 2
    assert git(repo, "show", "HEAD:seen.txt") == "1"
    assert "seen.txt" in read_evidence(space, "T1.1", "green")["changed"]


def test_work_that_moves_with_every_run_is_refused(do, space, with_data):
    always = "import time\nplace.write_text(str(time.time_ns()))"
    agent = Agent(RED, *[writes(gateway__py=WRITES.replace("WHEN", always))] * 2)

    with pytest.raises(GateRefused, match=r"seen\.txt changed while the tests ran"):
        do(agent)
    assert FeatureState(space).states["T1.1"] != "done"


def hook(repo, script):
    path = repo / ".git" / "hooks" / "pre-commit"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n[ -e gateway.py ] || exit 0\n{script}\n")
    path.chmod(0o755)


def test_a_hook_that_formats_what_was_proved_is_told(do, repo, with_data):
    hook(repo, "echo '# formatted' >>gateway.py; git add gateway.py")

    outcome = do(Agent(RED, writes(gateway__py=SOURCE)))

    assert outcome.state == "done"
    (told,) = outcome.warnings
    assert "gateway.py was changed on the way into the commit (by a hook?)" in told
    assert git(repo, "show", "HEAD:gateway.py").endswith("# formatted\n")


def test_a_hook_that_breaks_what_was_proved_has_its_commit_taken_back(do, repo, space, with_data):
    hook(repo, "echo 'def charge(key): return 1' >>gateway.py; git add gateway.py")

    with pytest.raises(GateRefused, match=r"gateway\.py"):
        do(Agent(RED, writes(gateway__py=SOURCE)))

    assert git(repo, "log", "--format=%s").splitlines() == ["test(pay): T1.1 red", "Begin"]
    assert FeatureState(space).states["T1.1"] == "red"


def test_the_whole_is_one_commit_where_that_was_asked_for(do, repo, with_data):
    do(Agent(RED, writes(gateway__py=SOURCE)), options=Options(one_commit=True))

    assert git(repo, "log", "--format=%s").splitlines() == ["feat(pay): T1.1 Gateway", "Begin"]
    shown = git(repo, "show", "--name-only", "--format=").split()
    assert {"gateway.py", "test_gateway.py"} <= set(shown)


def test_a_wrong_try_is_told_what_our_run_said_and_the_same_once_more_ends_it(do, with_data):
    wrong = writes(gateway__py="def charge(key):\n    return 1\n")
    agent = Agent(RED, wrong, wrong, writes(gateway__py=SOURCE))

    with pytest.raises(GateRefused, match="still fails"):
        do(agent)
    assert len(agent.requests) == 3
    assert "test_differs" in agent.requests[2].prompt
    assert os.environ["HOME"] not in agent.requests[2].prompt


@pytest.mark.parametrize(
    ("said", "record", "told"),
    [
        ("it said", {"run": {"log": "logs/red.log"}}, "it said"),
        ("", {"run": {"log": "logs/red.log"}}, "it was in the log"),
        ("", {"run": {}}, ""),
        ("", {}, ""),
    ],
)
def test_after_a_crash_what_the_failing_run_said_is_read_from_its_log(space, said, record, told):
    save_evidence(space, "T1.1", "red", record)
    space.write("it was in the log", "logs", "red.log")
    work = SimpleNamespace(space=space, task=SimpleNamespace(id="T1.1"))

    assert steps._red_output(work, SimpleNamespace(output=said)) == told


# -- tests of the suite that fail by chance

CHANCE = """\
import pathlib
import unittest

seen = pathlib.Path(__file__).parent / ".git" / "seen"


class Chance(unittest.TestCase):
    def test_other(self):
        if pathlib.Path("gateway.py").exists():
            times = len(seen.read_text()) if seen.exists() else 0
            seen.write_text("x" * (times + 1))
            self.assertGreaterEqual(times, TIMES)
"""


@pytest.fixture
def chance(space, repo):
    """The suite has a test that fails so many times once the work is there."""
    lines = [line for line in PLAN.splitlines() if not line.startswith("  suite:")]
    suite = "  suite: {runner: unittest, cmd: [python3, -m, unittest, discover]}"
    at = lines.index("defaults:") + 1
    space.write("\n".join([*lines[:at], suite, *lines[at:]]) + "\n", "plan.yaml")

    def made(times):
        (repo / "test_chance.py").write_text(CHANCE.replace("TIMES", str(times)))
        git(repo, "add", "-A")
        git(repo, "commit", "-qm", "Chance")

    return made


def test_a_test_of_the_suite_that_fails_once_costs_no_call(do, chance):
    chance(1)
    agent = Agent(RED, writes(gateway__py=SOURCE))

    outcome = do(agent)

    assert outcome.state == "done"
    assert len(agent.requests) == 2
    told = "T1.1: test_chance.py::Chance::test_other failed once and passed when it ran again"
    assert told in outcome.warnings


def test_a_test_of_the_suite_that_fails_twice_is_sent_back(do, chance):
    chance(2)
    agent = Agent(RED, writes(gateway__py=SOURCE), writes(gateway__py=f"{SOURCE}# again\n"))

    assert do(agent).state == "done"
    assert len(agent.requests) == 3
    assert "has new failures: test_chance.py::Chance::test_other" in agent.requests[2].prompt


# -- tests of Go, which are named by their package


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        (("old_test.go",), ["pay::TestCharge"]),
        (("charge_test.go", "old.go"), ["pay::TestCharge", "pay::TestOld"]),
    ],
)
def test_tests_that_another_file_had_are_not_the_tasks_own(repo, space, changed, kept):
    for name in ("Charge", "Old"):
        text = f"package pay\n\nfunc Test{name}(t *testing.T) {{\n}}\n"
        (repo / f"{name.lower()}_test.go").write_text(text)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Go")
    task = SimpleNamespace(test_files=("charge_test.go",))
    work = SimpleNamespace(task=task, tree=Tree(repo, space.root))
    ids = ("pay::TestCharge", "pay::TestOld")
    run = Run(("go", "test"), 0, tuple(Case(id_, "passed") for id_ in ids), 1, "")

    own = steps._without_others(work, run, "HEAD", changed)

    assert [case.id for case in own.cases] == kept
