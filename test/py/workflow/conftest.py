"""A real repository with a plan, and a line to a scripted agent."""

import os
import shutil
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scripted import PLAN, ROOT, SOURCE, TEST, Agent, git, writes

from ai_sessions.accounting.budgets import Reserved, allowance
from ai_sessions.jobs import Kit
from ai_sessions.ledger import windows
from ai_sessions.records import Cost
from ai_sessions.store.memory import MemoryStore
from ai_sessions.workflow.calls import Calling, Line
from ai_sessions.workflow.implement import Options, implement
from ai_sessions.workflow.project import Project
from ai_sessions.workspace.files import Workspace


@pytest.fixture(scope="session")
def begun(tmp_path_factory):
    """A repository with one commit: made once and then copied, which takes a tenth of the time."""
    made = tmp_path_factory.mktemp("begun")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        git(made, "init", "-q", "-b", "main")
        git(made, "config", "user.name", "Test")
        git(made, "config", "user.email", "test@example.com")
        (made / "README.md").write_text("Payments\n")
        git(made, "add", "-A")
        git(made, "commit", "-qm", "Begin")
    return made


@pytest.fixture
def repo(begun, tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return Path(shutil.copytree(begun, tmp_path / "my project", symlinks=True))


@pytest.fixture
def space(repo):
    made = Workspace(str(repo), ROOT, "pay")
    made.write("cache/\nlogs/\nlocks/\nworktrees/\n*.tmp\n", "..", ".gitignore")
    made.write(PLAN, "plan.yaml")
    return made


@pytest.fixture
def project(repo):
    command = {"runner": "unittest", "cmd": ["python3", "-m", "unittest", "{tests}"]}
    return Project(repo, ROOT, {"test": command})


@pytest.fixture
def store():
    return MemoryStore()


def reserved(job, _provider, _id):
    """Room under the limits of a job, for who has an empty ledger."""
    return nullcontext(Reserved(allowance(windows.spent(one, []) for one in job.limits)))


@pytest.fixture
def line_of(space, store):
    """A line to a provider, and what it says to the user; its clock goes on while it sleeps."""

    def make(provider, command="implement", **chosen):
        said: list[str] = []
        slept: list[float] = []

        def now():
            return datetime.now(UTC) + timedelta(seconds=sum(slept))

        def watch(event):
            if event.kind == "retry":
                said.append(event.text)

        kit = Kit(store, lambda _u, _m, _t: Cost(), now, watch, reserve=reserved)
        line = Line(space, provider, kit, Calling(command, f"{command}-pay", **chosen), said.append)
        line.sleep = slept.append
        return line, said

    return make


@pytest.fixture
def do(line_of, project):
    """Do one task with a provider; `do.said` is what the user was told meanwhile, and `do.phase`
    is told what begins.
    """

    def run(provider, task="T1.1", options=None, **chosen):
        line, said = line_of(provider, **chosen)
        run.said = said
        run.line = line
        return implement(line, project, task, options or Options(), os.environ, run.phase)

    run.phase = lambda _text: None
    return run


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Repositories in which T1.1 is done, by their plan: each is made once and then copied."""
    return {}, tmp_path_factory


@pytest.fixture
def done_with(finished, repo, space, line_of, project):
    """`done_with(plan)`: the workspace after an honest agent has done T1.1 of this plan."""
    made, folders = finished

    def done(plan):
        if plan not in made:
            space.write(plan, "plan.yaml")
            line, _ = line_of(Agent(writes(test_gateway__py=TEST), writes(gateway__py=SOURCE)))
            implement(line, project, "T1.1", Options(), os.environ)
            made[plan] = folders.mktemp("finished") / "repo"
            shutil.copytree(repo, made[plan], symlinks=True)
        else:
            shutil.rmtree(repo)
            shutil.copytree(made[plan], repo, symlinks=True)
        return space

    return done


@pytest.fixture
def done(done_with):
    return done_with(PLAN)
