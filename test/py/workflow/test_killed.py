"""`kill -9` at each step of a task: the next run goes on, and pays nothing twice in silence."""

import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scripted import SOURCE, TEST, Agent, git, writes

from ai_sessions.jobs import Kit
from ai_sessions.records import Cost
from ai_sessions.store.files import FileStore
from ai_sessions.workflow import parallel, status
from ai_sessions.workflow.calls import Calling, Line
from ai_sessions.workflow.implement import Options, implement
from ai_sessions.workflow.state import FeatureState

#: Where we are killed, and how many calls more than two the task then takes in all.
PHASES = {
    "T1.1 tests (baseline)": 0,
    "suite (baseline)": 0,
    "T1.1 tests (red)": 0,
    "T1.1 tests (green)": 0,
    "suite (green)": 0,
    "T1.1 tests (planted failures)": 0,
    "T1.1 tests (teeth: gateway.py)": 0,
}
CALLS = {"red begun": 1, "red written": 1, "green begun": 1, "green written": 0}


class Told(Agent):
    """Writes the tests, then the work, whoever asks; dies together with us where it has to."""

    def __init__(self, log: Path, dies: str = ""):
        super().__init__()
        self.log, self.dies = log, dies

    def run(self, request, watch):
        step = "green" if request.purpose == "green" else "red"
        with self.log.open("a") as file:
            file.write(f"{step}\n")
        work = writes(gateway__py=SOURCE) if step == "green" else writes(test_gateway__py=TEST)
        self._die(f"{step} begun")
        self.steps = [lambda folder: (work(folder), self._die(f"{step} written"))[0]]
        return super().run(request, watch)

    def _die(self, here):
        if here == self.dies:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def do(space, project, tmp_path):
    """Do the task in this process; what it says is in `do.said`."""

    def run(dies="", phase=""):
        store = FileStore(tmp_path / "sessions", fsync="none")
        kit = Kit(store, lambda *_: Cost(), _now)
        run.said = []
        agent = Told(run.log, dies)
        line = Line(space, agent, kit, Calling("implement", "implement-pay"), run.said.append)

        return implement(line, project, "T1.1", Options(), os.environ, _dies_at(phase))

    run.log = tmp_path / "calls"
    return run


def killed(work):
    """Do `work` in a process that has to be killed by it."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    _, ended = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(ended) == -signal.SIGKILL


def calls(do):
    return len(do.log.read_text().splitlines())


@pytest.mark.parametrize("phase", PHASES)
def test_killed_while_tests_run_it_goes_on_without_another_call(do, repo, phase):
    killed(lambda: do(phase=phase))

    assert do().state == "done"
    assert calls(do) == 2
    assert git(repo, "status", "--porcelain") == ""


@pytest.mark.parametrize("moment", CALLS)
def test_killed_during_a_call_it_says_that_the_call_may_have_cost(do, space, moment):
    killed(lambda: do(dies=moment))
    before = status.show(space.repo, "pay", ".ai-session")

    assert do().state == "done"

    step = moment.split()[0]
    assert calls(do) == 2 + CALLS[moment]
    assert f"a call was cut off (T1.1 {step}, begun 20" in before
    assert f"T1.1 was interrupted at {step}; the next run goes on there" in before
    assert any(f"a call (T1.1 {step}) was cut off; it may have cost" in one for one in do.said)
    assert FeatureState(space).costs["T1.1"][1] == 1
    assert "cut off" not in status.show(space.repo, "pay", ".ai-session")


def test_killed_in_a_trial_the_status_says_where_the_work_is(do, space, repo):
    killed(lambda: do(phase="T1.1 tests (teeth: gateway.py)"))

    shown = status.show(space.repo, "pay", ".ai-session")

    assert (repo / "gateway.py").read_text() != SOURCE
    told = "its tests were tried without the work, which the next run brings back"
    assert f"T1.1 was interrupted at green; {told}" in shown


@pytest.mark.parametrize("hook", ["pre-commit", "post-commit"])
@pytest.mark.parametrize("number", [1, 2])
def test_killed_while_committing_it_goes_on_without_another_call(
    do, repo, monkeypatch, hook, number
):
    killed(at_commit(repo, monkeypatch, hook, number, do))
    _until_git_is_done(repo)

    outcome = do()

    assert outcome.state == "done"
    assert calls(do) == 2
    assert git(repo, "status", "--porcelain") == ""
    assert git(repo, "log", "--format=%s").splitlines() == [
        "feat(pay): T1.1 Gateway",
        "test(pay): T1.1 red",
        "Begin",
    ]


@pytest.mark.parametrize("phase", ["T1.1 tests (green)", "suite (green)"])
def test_killed_while_judging_what_was_brought_back_it_goes_on_without_a_call(
    worktree, repo, phase
):
    worktree.do()

    killed(lambda: worktree.finish(phase))

    assert worktree.go_on().state == "done"
    _is_as_if_nothing_had_happened(worktree, repo)


@pytest.mark.parametrize("hook", ["pre-commit", "post-commit"])
@pytest.mark.parametrize("number", [1, 2])
def test_killed_while_bringing_back_it_goes_on_without_a_call(
    worktree, repo, monkeypatch, hook, number
):
    worktree.do()

    killed(at_commit(repo, monkeypatch, hook, number, worktree.finish))
    _until_git_is_done(repo)

    assert worktree.go_on().state == "done"
    _is_as_if_nothing_had_happened(worktree, repo)


def _is_as_if_nothing_had_happened(worktree, repo):
    assert calls(worktree) == 2
    assert git(repo, "status", "--porcelain") == ""
    assert len(git(repo, "worktree", "list").splitlines()) == 1
    assert git(repo, "log", "--format=%s").splitlines() == [
        "feat(pay): T1.1 Gateway",
        "test(pay): T1.1 red",
        "Begin",
    ]


class InWorktree:
    """T1.1 in a working tree of its own, by an agent whose calls are counted in `log`."""

    def __init__(self, space, project, folder):
        self.space, self.project, self.log = space, project, folder / "calls"
        self.sessions = folder / "sessions"

    def line(self):
        kit = Kit(FileStore(self.sessions, fsync="none"), lambda *_: Cost(), _now)
        return Line(self.space, Told(self.log), kit, Calling("implement", "implement-pay-t1.1"))

    def do(self):
        parallel.do(self.line(), self.project, "T1.1", Options(), os.environ, str(self.sessions))

    def finish(self, phase=""):
        entered = _dies_at(phase)
        return parallel.finish(self.line(), self.project, "T1.1", Options(), os.environ, entered)

    def go_on(self):
        """As the command does it: in the tree where the task is, else in the repository."""
        if parallel.has_worktree(self.space, "T1.1"):
            self.do()
            return self.finish()
        return implement(self.line(), self.project, "T1.1", Options(), os.environ)


@pytest.fixture
def worktree(space, project, repo, tmp_path):
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "--amend", "--no-edit")
    return InWorktree(space, project, tmp_path)


def at_commit(repo, monkeypatch, hook, number, work):
    """`work`, to be killed at a commit: the first or second one that runs this hook."""
    path = repo / ".git" / "hooks" / hook
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        '#!/bin/sh\necho commit >>.git/commits\n[ $(wc -l <.git/commits) -eq "$AT" ] || exit 0\n'
        'kill -9 "$PID_OF_US"\n[ $# -eq 0 ] && exit 1\n'
    )
    path.chmod(0o755)
    monkeypatch.setenv("AT", str(number))

    def dies():
        os.environ["PID_OF_US"] = str(os.getpid())
        work()

    return dies


def _dies_at(phase):
    def entered(text):
        if text == phase:
            os.kill(os.getpid(), signal.SIGKILL)

    return entered


def _now():
    return datetime.now(UTC)


def _until_git_is_done(repo):
    """git itself was not killed; it holds its lock for some milliseconds more."""
    deadline = time.monotonic() + 300
    while list((repo / ".git").glob("*.lock")) and time.monotonic() < deadline:
        time.sleep(0.01)
