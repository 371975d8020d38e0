"""Agents that lie: each is refused by `implement`, or not let go by `verify`.

Those that neither can see are here too, so that docs/workflow.md tells the truth of them.
"""

import os
import shutil
import sys
from pathlib import Path

import honest
import liars_in_files
import liars_in_git
import liars_in_settings
import pytest
from lying import PLAN, Liar, take
from scripted import Agent, git

from ai_sessions.errors import AiSessionsError
from ai_sessions.workflow.implement import Options as Doing
from ai_sessions.workflow.plan import approve
from ai_sessions.workflow.verify import Options, verify

LIARS = (*liars_in_files.LIARS, *liars_in_git.LIARS, *liars_in_settings.LIARS)
HONEST = (*honest.HONEST, *liars_in_git.HONEST, *liars_in_settings.HONEST)


@pytest.fixture
def lies(do, space, repo, monkeypatch):
    """Where a liar was stopped, and everything that was said of it."""
    here = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{here}{os.pathsep}{os.environ['PATH']}")

    def told(liar: Liar) -> tuple[str, str]:
        plan = PLAN.replace("COMMANDS\n", liar.commands)
        plan = plan.replace("SOURCE", liar.source).replace("PATTERN", liar.pattern or liar.test)
        space.write(plan.replace("TEST", liar.test), "plan.yaml")
        ignored = "__pycache__/\n.venv/\nnode_modules/\n"
        take({".gitignore": ignored}, repo)
        take(liar.before or {}, repo)
        with (repo / ".gitignore").open("a") as file:
            file.write(ignored)
        git(repo, "add", "-A", ".", ":!.ai-session")
        git(repo, "commit", "-qm", "Project")
        approve(space)
        steps = [
            lambda folder, one=one: take(one, folder) or "done"
            for one in (liar.red, liar.green, liar.green)
        ]
        do.phase = lambda phase: take(liar.meanwhile.get(phase, {}), repo)
        try:
            outcome = do(Agent(*steps), options=Doing(attempts=2))
        except AiSessionsError as error:
            return "implement", "\n".join([*do.said, error.message])
        take(liar.after or {}, repo)
        report = verify(space, os.environ, Options(), None)
        where = {"GO": "", "MANUAL": "verify"}.get(report.verdict, report.verdict)
        return where, "\n".join(
            [*do.said, *outcome.warnings, *(one.shown() for one in report.checks)]
        )

    return told


@pytest.mark.parametrize("liar", LIARS, ids=lambda liar: liar.name)
def test_a_liar_is_stopped_or_named_in_the_documentation(lies, liar):
    if "node" in liar.commands and not _has("node"):
        pytest.skip("node is not installed")

    stopped, said = lies(liar)

    assert stopped == liar.stopped, said
    pages = Path(__file__).resolve().parents[3] / "docs/workflow.md"
    assert liar.line in (said if liar.stopped else pages.read_text())


@pytest.mark.parametrize("agent", HONEST, ids=lambda agent: agent.name)
def test_an_honest_agent_that_looks_like_one_is_done(lies, agent):
    if "node" in agent.commands and not _has("node"):
        pytest.skip("node is not installed")

    stopped, said = lies(agent)

    assert stopped == agent.stopped, said
    assert agent.line in said


def test_forty_liars_are_stopped_and_no_more_than_five_are_not():
    assert sum(bool(liar.stopped) for liar in LIARS) >= 40
    assert sum(not liar.stopped for liar in LIARS) <= 5


def _has(program: str) -> bool:
    return shutil.which(program) is not None
