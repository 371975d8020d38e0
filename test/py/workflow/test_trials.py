"""Trials of finished work: without it, with tests that must fail, in a fresh checkout."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from scripted import PLAN, SOURCE, TEST, Agent, git, writes

from ai_sessions.errors import GateRefused
from ai_sessions.testing.contract import Case, Run
from ai_sessions.workflow import trials
from ai_sessions.workflow.task import Before, Options
from ai_sessions.workspace.plan_file import read_plan
from ai_sessions.workspace.tasks import read_evidence

RED = writes(test_gateway__py=TEST)
#: Code with a word that a test tool could be deceived with; the second one is hardly ever honest.
SPEAKS, DECEIVES = "import sys\nsys.exit\n", "import unittest\n"


@pytest.fixture(autouse=True)
def two_files(space):
    """A plan without a suite, in which T1.1 has two source files."""
    lines = [line for line in PLAN.splitlines() if not line.startswith("  suite:")]
    text = "\n".join(lines).replace("[gateway.py]", "[gateway.py, extra.py]")
    space.write(f"{text}\n", "plan.yaml")


# -- without the work


def test_a_file_that_no_test_notices_is_told_and_refused_with_strict(do, repo, space):
    both = writes(gateway__py=SOURCE, extra__py="A = 1\n")
    told = "T1.1: no test notices the old version of extra.py"

    with pytest.raises(GateRefused, match=r"no test notices the old version of extra\.py"):
        do(Agent(RED, both), options=Options(strict=True))
    outcome = do(Agent(both))

    assert outcome.warnings == (told,)
    assert read_evidence(space, "T1.1", "green")["toothless"] == ["extra.py"]
    assert (repo / "extra.py").read_text() == "A = 1\n"
    assert git(repo, "status", "--porcelain") == ""


def test_files_that_tests_notice_are_not_told(do, repo):
    source = f"from extra import BEGIN\n\n\n{SOURCE}".replace('f"charge-{key}"', "BEGIN + key")
    outcome = do(Agent(RED, writes(gateway__py=source, extra__py="BEGIN = 'x'\n")))

    assert outcome.warnings == ()
    assert (repo / "extra.py").exists()


def test_teeth_can_be_left_out(do):
    both = writes(gateway__py=SOURCE, extra__py="A = 1\n")

    assert do(Agent(RED, both), options=Options(teeth=False)).warnings == ()


# -- tests that must fail


@pytest.fixture
def plant(space, repo):
    """How planted tests did not fail, in a project with this source and what runs of them say."""
    (repo / "test_gateway.py").write_text(TEST)
    ran = []

    def judged(source, outcome="failed", counted=True, names=None, exit_code=0):
        (repo / "gateway.py").write_text(source)

        def whole_files(_task, files, _step):
            text = (repo / "test_gateway.py").read_text()
            name = text.rpartition("def test_")[2].partition("(")[0]
            ran.append((files, name))
            ids = names or [f"test_gateway.py::test_{name}_equal", f"test_gateway.py::test_{name}"]
            cases = tuple(Case(id_, outcome) for id_ in ids)
            return Run(("x",), exit_code, cases, 1, "", counted=counted)

        runs = SimpleNamespace(cwd=repo, whole_files=whole_files)
        return trials.faked(runs, read_plan(space).task("T1.1"), ["gateway.py", "extra.py"])

    judged.ran = ran
    return judged


def test_plain_code_is_tried_too(plant):
    assert plant(SOURCE, "passed") == "passed (2 of them)"


def test_planted_tests_that_fail_are_fine(plant):
    assert plant(SPEAKS) == ""
    ((files, name),) = plant.ran
    assert files == ("test_gateway.py",)
    assert name.startswith("planted")


def test_planted_tests_that_pass_are_told_by_their_number(plant):
    assert plant(SPEAKS, "passed") == "passed (2 of them)"


@pytest.mark.parametrize(
    ("source", "counted", "told"),
    [(DECEIVES, True, "were not reported"), (SPEAKS, True, ""), (DECEIVES, False, "")],
)
def test_planted_tests_that_nobody_reports_tell_of_deceit(plant, source, counted, told):
    found = plant(source, "passed", names=["test_gateway.py::other"], counted=counted)

    assert found == told


def test_a_test_file_that_ends_the_run_before_it_is_reported_deceives(plant, repo):
    (repo / "test_gateway.py").write_text(f"import os\n{TEST}\n\nos._exit(0)\n")

    assert plant(SPEAKS, "passed", names=["test_gateway.py::other"]) == "were not reported"


def test_a_run_in_which_nothing_passed_tells_nothing(plant):
    assert plant(DECEIVES, "skipped", names=["test_gateway.py::other"]) == ""


def test_a_test_file_that_is_a_link_or_of_no_known_kind_takes_none(plant, repo, space):
    (repo / "test_gateway.py").rename(repo / "elsewhere.py")
    (repo / "test_gateway.py").symlink_to("elsewhere.py")

    assert plant(SPEAKS, "passed") == ""
    assert plant.ran == []
    assert (repo / "elsewhere.py").read_text() == TEST


def test_a_source_that_is_no_text_deceives_nobody(plant, repo):
    (repo / "extra.py").write_bytes(b"\xff unittest")

    assert plant(SOURCE, "passed", names=["test_gateway.py::other"]) == ""


@pytest.mark.parametrize(
    ("runs_it", "told"), [(True, "ran, and the command succeeded"), (False, "")]
)
def test_of_a_command_that_is_not_counted_the_mark_tells(space, repo, runs_it, told):
    (repo / "gateway.test.js").write_text("it('a', () => {});\n")

    def whole_files(_task, files, _step):
        text = (repo / files[0]).read_text()
        if runs_it:
            mark = text.partition('writeFileSync("')[2].partition('"')[0]
            Path(mark).write_text("ran")
        return Run(("x",), 0, (), 1, "", opaque=True)

    task = replace(read_plan(space).task("T1.1"), tests=("gateway.test.js",))
    runs = SimpleNamespace(cwd=repo, whole_files=whole_files)

    assert trials.faked(runs, task, []) == told


# -- sources that do nothing


EARLY = """\
import unittest


class Charge(unittest.TestCase):
    def test_charges(self):
        import gateway

        return
        self.assertEqual(gateway.charge("k"), "charge-k")
"""


@pytest.mark.parametrize(
    "sources", [{"gateway__py": SOURCE}, {"gateway__py": SOURCE, "extra__py": "A = 1\n"}]
)
def test_tests_that_ask_nothing_of_the_work_are_refused(do, repo, sources):
    with pytest.raises(GateRefused, match="they ask nothing of the work"):
        do(Agent(writes(test_gateway__py=EARLY), writes(**sources)))

    assert not (repo / "gateway.py").exists()


OLD = """\
import unittest

import gateway


class Charge(unittest.TestCase):
    def test_old(self):
        self.assertEqual(gateway.charge("k"), 1)
"""


def test_old_tests_that_fail_without_the_work_do_not_speak_for_new_ones(do, repo):
    old = "def charge(key):\n    return 2 - 1\n"
    writes(gateway__py=old, test_gateway__py=OLD)(repo)
    git(repo, "add", "gateway.py", "test_gateway.py")
    git(repo, "commit", "-qm", "Charge")
    named = f"{OLD}\n    def test_new(self):\n        self.assertTrue(hasattr(gateway, 'refund'))\n"
    junk = "def charge(key):\n    return 1\n\n\ndef refund(key):\n    return None\n"

    with pytest.raises(GateRefused, match="they ask nothing of the work"):
        do(Agent(writes(test_gateway__py=named), writes(gateway__py=junk)))


# -- a fresh checkout


@pytest.fixture
def ignoring(repo):
    (repo / ".gitignore").write_text("data.txt\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "ignore")


READS = "def charge(key):\n    return open('data.txt').read() + key\n"


def test_work_that_needs_what_git_ignores_is_not_done(do, repo, ignoring):
    needs = writes(gateway__py=READS, data__txt="x")

    with pytest.raises(GateRefused, match="pass here and not in a fresh checkout") as error:
        do(Agent(RED, needs, needs))
    assert "git ignores data.txt" in error.value.message


def test_what_git_ignores_and_no_test_needs_is_nobodys_concern(do, ignoring):
    assert do(Agent(RED, writes(gateway__py=SOURCE, data__txt="x"))).state == "done"


def test_where_the_suite_passes_in_no_fresh_checkout_that_is_told(do, repo, space, ignoring):
    """It needs a file that git ignores and that was there before the task."""
    (repo / ".gitignore").write_text("data.txt\nbuilt\n")
    git(repo, "commit", "-qam", "ignore more")
    (repo / "built").write_text("x")
    suite = "  suite: {runner: opaque, cmd: [test, -f, built]}"
    space.write(
        space.text("plan.yaml").replace("acceptance:", f"{suite}\nacceptance:"), "plan.yaml"
    )

    outcome = do(Agent(RED, writes(gateway__py=READS, data__txt="x")))

    told = "T1.1: not proved in a fresh checkout, where the tests do not run"
    assert outcome.state == "done"
    assert [one.partition(" (")[0] for one in outcome.warnings] == [told]
    assert read_evidence(space, "T1.1", "green")["warnings"] == list(outcome.warnings)


@pytest.mark.parametrize("known", [None, Run(("x",), 1, (Case("a", "failed"),), 1, "")])
def test_where_nothing_passed_before_a_fresh_checkout_need_not_be_tried(known):
    for before in (Before(known, None), Before(None, known)):
        assert trials.is_possible(None, before) is True
