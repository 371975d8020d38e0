"""Finished tasks whose commits are gone: proved again from what is there, without a call."""

import os

import pytest
from scripted import SOURCE, TEST, Agent, git, plan_of, writes

from ai_sessions.errors import NeedsPerson
from ai_sessions.workflow import proving, status
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workflow.verify import Options, prove, verify
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.tasks import read_evidence

PLAN = plan_of(
    "{id: T1.1, title: Gateway, files: {src: [gateway.py], tests: [test_gateway.py]}}",
    "{id: T1.2, title: Refund, needs: [T1.1], files: {src: [gateway.py], tests: [test_refund.py]}}",
)
REFUND_TEST = """\
import unittest

import gateway


class Refund(unittest.TestCase):
    def test_refunds(self):
        self.assertEqual(gateway.refund("k"), "refund-k")
"""
REFUND = SOURCE + '\n\ndef refund(key):\n    return f"refund-{key}"\n'
NEXT = "status.sh pay --prove"


@pytest.fixture
def topic(space, repo, do):
    """`topic(n)`: a branch on which the first n tasks are done; main has the plan alone."""

    def made(tasks=1):
        space.write(PLAN, "plan.yaml")
        git(repo, "add", "-A")
        git(repo, "commit", "-qm", "plan")
        git(repo, "switch", "-q", "-c", "topic")
        do(Agent(writes(test_gateway__py=TEST), writes(gateway__py=SOURCE)))
        if tasks > 1:
            do(Agent(writes(test_refund__py=REFUND_TEST), writes(gateway__py=REFUND)), "T1.2")
        git(repo, "add", "-A")
        git(repo, "commit", "-q", "--allow-empty", "-m", "the rest")
        return space

    return made


@pytest.fixture
def squashed(topic, repo):
    """The same, squashed onto main; `message` None: the one that quotes the commits."""

    def made(tasks=1, message="payments (#1)", before=lambda: None):
        space = topic(tasks)
        git(repo, "switch", "-q", "main")
        before()
        git(repo, "merge", "-q", "--squash", "topic")
        git(repo, "commit", "-q", *(("-m", message) if message else ("--no-edit",)))
        git(repo, "branch", "-q", "-D", "topic")
        return space

    return made


def states(space):
    return FeatureState(space).states


def proved(space):
    return prove(space, os.environ, 300.0)


def told(report):
    return {check.name: (check.status, check.told) for check in report.checks}


def cloned(repo, tmp_path):
    """A fresh clone of the current branch, with no object that it does not need."""
    there = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--no-local", "--single-branch", str(repo), str(there))
    return Workspace(str(there), ".ai-session", "pay")


def commit_all(repo, message="as it is"):
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", message)


def test_after_a_squash_the_next_step_costs_nothing_and_says_why(squashed, do):
    space = squashed()

    feature = FeatureState(space)
    assert feature.notes == [
        "T1.1 was proved, but no commit of this branch names its evidence; "
        f"prove it again, at no cost: {NEXT}"
    ]
    assert status.facts(feature)["next"] == NEXT
    agent = Agent()
    for task in ("T1.1", "", "T1.2"):
        with pytest.raises(NeedsPerson) as caught:
            do(agent, task)
        assert caught.value.hint == NEXT
    assert agent.requests == []


def test_a_squashed_task_is_proved_again_and_stays_so_in_a_fresh_clone(squashed, repo, tmp_path):
    space = squashed()
    squash = git(repo, "rev-parse", "HEAD").strip()

    report = proved(space)

    assert (report.exit_code, report.tasks) == (0, ("T1.1",))
    assert report.lines()[0] == "pay: 1 task proved again, no model was asked"
    assert told(report) == {
        "T1.1 tests unchanged": ("ok", "1 file"),
        "T1.1 tests": ("ok", "2 passed"),
        "T1.1 red before": ("ok", "1 could not start"),
        "T1.1 proved again": (
            "ok",
            f"no commit names its evidence; {squash[:7]} carries the work",
        ),
    }
    assert states(space)["T1.1"] == "done"
    assert FeatureState(space).commit_of("T1.1") == squash
    record = read_evidence(space, "T1.1", "again")
    assert (record["commit"], record["tested"]) == (squash, squash)
    following = proving.following(space, report, {})
    assert following.startswith("git add .ai-session/pay/evidence && git commit -m ")
    commit_all(repo)
    assert proving.following(space, report, {}) == "implement.sh pay --task T1.2"
    assert states(cloned(repo, tmp_path))["T1.1"] == "done"


def test_ci_proves_a_squash_by_itself_in_a_fresh_clone(squashed, repo, tmp_path):
    squashed(2)
    clone = cloned(repo, tmp_path)

    report = verify(clone, os.environ, Options(), None)

    assert report.verdict == "GO"
    assert [name for name in told(report) if "again" in name] == [
        "T1.1 proved again",
        "T1.2 proved again",
    ]
    assert states(clone) == {"T1.1": "done", "T1.2": "done"}
    assert FeatureState(clone).next_step() == ""
    assert any("evidence" in note for note in report.notes)  # not committed yet
    verify(clone, os.environ, Options(), None)
    assert len(clone.listed("verify")) == 4


def test_a_squash_that_quotes_its_commits_is_done_at_once(squashed, repo, tmp_path):
    space = squashed(2, message=None)

    assert states(space) == {"T1.1": "done", "T1.2": "done"}
    report = verify(cloned(repo, tmp_path), os.environ, Options(), None)
    assert report.verdict == "GO"
    assert not any("again" in name for name in told(report))


def test_a_squash_onto_changes_of_the_same_file_is_decided_by_the_tests(squashed, repo):
    (repo / "gateway.py").write_text("\n\n\nLIMIT = 5\n")

    def on_main():
        (repo / "gateway.py").write_text("LIMIT = 5\n")
        commit_all(repo, "main went on")
        git(repo, "merge", "-q", "--no-commit", "--no-ff", "-X", "theirs", "topic")
        git(repo, "merge", "--abort")

    (repo / "gateway.py").unlink()
    space = squashed_over(squashed, repo, on_main)
    assert states(space)["T1.1"] == "green"

    assert proved(space).tasks == ("T1.1",)


def squashed_over(squashed, repo, on_main):
    """A squash whose conflict in gateway.py a person has resolved by keeping both."""

    def before():
        on_main()
        git(repo, "config", "merge.both.driver", "git merge-file --union %A %O %B")
        (repo / ".git" / "info").mkdir(exist_ok=True)
        (repo / ".git" / "info" / "attributes").write_text("gateway.py merge=both\n")

    return squashed(before=before)


@pytest.mark.parametrize("break_", ["code", "tests"])
def test_a_merge_that_has_broken_the_work_is_not_proved(squashed, repo, break_):
    space = squashed()
    name, text = ("gateway.py", "charge = len") if break_ == "code" else ("test_gateway.py", "")
    (repo / name).write_text(text)
    commit_all(repo)

    report = proved(space)

    assert (report.exit_code, report.tasks) == (1, ())
    assert states(space)["T1.1"] == "green"
    assert read_evidence(space, "T1.1", "again") is None
    assert "rm .ai-session/pay/state/T1.1.json; implement.sh pay --task T1.1" in report.notes[-1]
    assert proving.following(space, report, {}) == ""
    assert verify(space, os.environ, Options(), None).verdict == "NO-GO"


def test_a_squash_that_was_reverted_is_not_done(squashed, repo):
    space = squashed()
    proved(space)
    commit_all(repo, "proved again")
    git(repo, "revert", "--no-edit", "HEAD~1")

    assert states(space)["T1.1"] == "todo"
    assert FeatureState(space).next_step() == "implement.sh pay --task T1.1"
    assert proved(space).tasks == ()
    assert verify(space, os.environ, Options(), None).verdict == "NO-GO"


def test_a_revert_that_keeps_the_evidence_is_not_done_either(squashed, repo):
    space = squashed()
    git(repo, "rm", "-q", "gateway.py")
    git(repo, "commit", "-qm", "take it back by hand")

    report = proved(space)
    assert (report.exit_code, report.tasks) == (1, ())
    assert told(report)["T1.1 tests"] == ("failed", "1 could not start: test_gateway.py")


def test_the_first_part_of_a_feature_can_be_squashed_and_the_rest_done(squashed, do):
    space = squashed()
    proved(space)

    outcome = do(Agent(writes(test_refund__py=REFUND_TEST), writes(gateway__py=REFUND)), "T1.2")
    assert outcome.state == "done"
    assert states(space) == {"T1.1": "done", "T1.2": "done"}
    assert verify(space, os.environ, Options(), None).verdict == "GO"


@pytest.mark.parametrize("text", [None, SOURCE + "\nLATER = 1\n"], ids=["message", "code"])
def test_an_amended_commit_is_proved_again(topic, repo, text):
    space = topic()
    git(repo, "reset", "-q", "--soft", "HEAD~1")
    if text:  # trailers kept, other code
        (repo / "gateway.py").write_text(text)
    git(repo, "commit", "-qa", "--amend", *(("--no-edit",) if text else ("-m", "other words")))

    assert states(space)["T1.1"] == "green"
    assert FeatureState(space).next_step() == NEXT
    assert proved(space).tasks == ("T1.1",)
    assert states(space)["T1.1"] == "done"


def test_junk_in_an_amended_commit_is_not_done(topic, repo):
    space = topic()
    git(repo, "reset", "-q", "--soft", "HEAD~1")
    (repo / "gateway.py").write_text("def charge(key):\n    return 1\n")
    git(repo, "commit", "-qa", "--amend", "--no-edit")

    assert states(space)["T1.1"] == "green"
    assert told(proved(space))["T1.1 tests"][0] == "failed"


def test_a_rebase_over_other_files_stays_done(topic, repo):
    space = topic(2)
    git(repo, "switch", "-q", "main")
    (repo / "other.py").write_text("x = 1\n")
    commit_all(repo)
    git(repo, "switch", "-q", "topic")
    git(repo, "rebase", "-q", "main")

    assert states(space) == {"T1.1": "done", "T1.2": "done"}


def test_one_task_that_is_picked_is_done_with_its_tests_and_not_without(topic, repo):
    space = topic(2)
    red, green = git(repo, "rev-list", "--reverse", "main..topic").split()[:2]
    git(repo, "switch", "-q", "-c", "picked", "main")
    git(repo, "cherry-pick", "--allow-empty", red, green)
    assert states(space) == {"T1.1": "done", "T1.2": "todo"}

    git(repo, "switch", "-q", "-c", "half", "main")
    git(repo, "checkout", green, "--", "gateway.py", ".ai-session")
    git(repo, "commit", "-q", "-C", green)
    assert states(space)["T1.1"] == "green"
    report = proved(space)
    assert told(report)["T1.1 tests unchanged"][0] == "failed"


def test_of_two_squashed_tasks_each_has_to_fail_without_its_own_work(squashed, repo):
    space = squashed(2)
    report = proved(space)
    red_again = {name: text for name, (_, text) in told(report).items() if "red" in name}
    assert red_again == {f"{task} red before": "1 could not start" for task in ("T1.1", "T1.2")}
    assert states(space) == {"T1.1": "done", "T1.2": "done"}


def test_work_that_the_old_version_would_do_as_well_is_not_proved(squashed, repo):
    space = squashed()
    # the same function from elsewhere: without gateway.py the tests pass
    (repo / "gateway").mkdir()
    (repo / "gateway" / "__init__.py").write_text(SOURCE)
    commit_all(repo)

    report = proved(space)
    assert told(report)["T1.1 red before"] == (
        "failed",
        "without the work the tests do not fail (2 passed)",
    )
    assert report.tasks == ()


@pytest.mark.parametrize("is_later", [False, True], ids=["within", "later"])
def test_work_that_was_moved_is_taken_away_where_it_is_now(topic, repo, is_later):
    """In the squash or after it: tests fail without it all the same."""
    space = topic()
    moves = [lambda: move(repo), lambda: squash(repo)]
    for step in reversed(moves) if is_later else moves:
        step()

    report = proved(space)

    assert told(report)["T1.1 red before"] == ("ok", "1 could not start")
    assert (report.exit_code, report.tasks) == (0, ("T1.1",))


def test_work_that_is_nowhere_is_not_verified(topic, repo):
    space = topic()
    move(repo)
    (repo / "gateway/__init__.py").write_text(f"# moved\n{SOURCE}")
    commit_all(repo)
    squash(repo)

    report = proved(space)

    assert told(report)["T1.1 red before"][0] == "open"
    assert "gateway.py" in told(report)["T1.1 red before"][1]
    assert (report.exit_code, report.tasks) == (6, ())


def test_a_proved_test_that_was_moved_is_not_what_was_proved(topic, repo):
    space = topic()
    (repo / "tests").mkdir()
    git(repo, "mv", "test_gateway.py", "tests/test_gateway.py")
    commit_all(repo)

    report = verify(space, os.environ, Options(), None)

    assert report.verdict == "NO-GO"
    unchanged = told(report)["T1.1 tests unchanged"]
    assert unchanged == ("failed", "test_gateway.py is not what was proved")


def test_a_test_file_that_a_later_task_went_on_with_is_proved_in_its_last_form(
    space, repo, do, tmp_path
):
    space.write(PLAN.replace("test_refund.py", "test_gateway.py"), "plan.yaml")
    commit_all(repo)
    git(repo, "switch", "-q", "-c", "topic")
    do(Agent(writes(test_gateway__py=TEST), writes(gateway__py=SOURCE)))
    more = TEST + REFUND_TEST.partition("import gateway")[2]
    do(Agent(writes(test_gateway__py=more), writes(gateway__py=REFUND)), "T1.2")
    assert verify(space, os.environ, Options(), None).verdict == "GO"
    squash(repo)

    assert proved(space).tasks == ("T1.1", "T1.2")
    commit_all(repo)
    assert verify(cloned(repo, tmp_path), os.environ, Options(), None).verdict == "GO"


FIXUPS = {
    "code": ("gateway.py", f"# charges\n{SOURCE}", "green", "done"),
    "another file": ("notes.txt", "n\n", "done", "done"),
    "junk": ("gateway.py", "def charge(key):\n    return 1\n", "green", "green"),
    "a test": ("test_gateway.py", TEST.replace("differs", "is_new"), "green", "green"),
}


@pytest.mark.parametrize(("name", "text", "before", "after"), FIXUPS.values(), ids=FIXUPS)
def test_a_fixup_that_is_squashed_into_the_work_is_proved_again(
    topic, repo, monkeypatch, name, text, before, after
):
    space = topic()
    (repo / name).write_text(text)
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "--fixup", FeatureState(space).commit_of("T1.1"))
    monkeypatch.setenv("GIT_SEQUENCE_EDITOR", ":")
    git(repo, "rebase", "-q", "-i", "--autosquash", "main")

    assert states(space)["T1.1"] == before
    proved(space)
    assert states(space)["T1.1"] == after


def move(repo):
    """The module becomes a package; the tests import it as before."""
    (repo / "gateway").mkdir()
    git(repo, "mv", "gateway.py", "gateway/__init__.py")
    commit_all(repo, "a package")


def squash(repo):
    git(repo, "switch", "-q", "main")
    git(repo, "merge", "-q", "--squash", "topic")
    git(repo, "commit", "-q", "-m", "payments (#1)")


def test_in_a_shallow_clone_the_history_is_wanted_and_nothing_is_proved(squashed, repo, tmp_path):
    squashed()
    there = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", str(there))
    space = Workspace(str(there), ".ai-session", "pay")

    report = proved(space)
    assert (report.exit_code, report.tasks) == (6, ())
    assert "git fetch --unshallow" in told(report)["history"][1]


def test_evidence_that_is_not_committed_is_to_be_committed_first(topic, repo):
    space = topic()
    git(repo, "reset", "-q", "HEAD~2")

    report = proved(space)
    assert told(report) == {
        "T1.1 committed": ("open", "HEAD does not have its evidence: commit it first")
    }
    assert (report.exit_code, states(space)["T1.1"]) == (6, "green")


def test_nothing_to_prove_is_no_failure(topic):
    space = topic()
    report = proved(space)

    assert (report.exit_code, report.lines()) == (0, ["pay: nothing to prove again"])
    assert report.facts()["proved"] == []


def test_what_was_proved_of_other_evidence_is_not_kept(topic, repo):
    space = topic()
    tip = git(repo, "rev-parse", "HEAD")

    assert not proving.save(space, "T1.1", "green", tip, {"proof": "0" * 64})
    assert not space.has("evidence", "T1.1", "again.json")
