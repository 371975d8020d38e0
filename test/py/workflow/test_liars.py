"""A hundred agents that lie: each is refused by `implement`, or not let go by `verify`.

Those that neither can see are here too, so that docs/workflow.md tells the truth of them. Each is a
whole task, so the first of each kind runs by default, and all with AI_SESSIONS_LONG=1.
"""

import os
import pwd
import shutil
import sys
from pathlib import Path

import honest
import liars_compiled
import liars_in_files
import liars_in_git
import liars_in_services
import liars_in_settings
import pytest
from lying import PLAN, Liar, take
from scripted import Agent, git

from ai_sessions.errors import AiSessionsError
from ai_sessions.workflow.implement import Options as Doing
from ai_sessions.workflow.plan import approve
from ai_sessions.workflow.verify import Options, verify

TABLES = (liars_in_files, liars_in_git, liars_in_services, liars_in_settings, liars_compiled)
LIARS = [liar for table in TABLES for liar in table.LIARS]
HONEST = [agent for table in (honest, *TABLES[1:]) for agent in table.HONEST]
PROGRAMS = ("node", "go", "cargo")
LONG = os.environ.get("AI_SESSIONS_LONG") == "1"


def of_each_kind(table: list[Liar]) -> list[Liar]:
    """The first of each kind; a plug-in that has to be found is a kind of its own."""
    kinds = {(one.kind, one.loads_plugins): one for one in reversed(table)}
    return [one for one in table if one in kinds.values()]


def tried(tables: list[list[Liar]]) -> list[object]:
    """Those to run, as parameters: all of each table where that may take long."""
    takes_long = pytest.mark.skip("one like it has run: set AI_SESSIONS_LONG=1")
    short = [one for table in tables for one in of_each_kind(table)]
    return [
        pytest.param(one, id=one.name, marks=() if LONG or one in short else takes_long)
        for table in tables
        for one in table
    ]


@pytest.fixture
def toolchains(tmp_path_factory, monkeypatch):
    """Go and Rust, which look into the home folder for themselves. Skips what cannot be had, and
    what takes long unless AI_SESSIONS_LONG is set.
    """
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    monkeypatch.setenv("GOCACHE", str(tmp_path_factory.getbasetemp().parent / "go-cache"))
    for name, folder in (("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")):
        if name not in os.environ and (home / folder).is_dir():
            monkeypatch.setenv(name, str(home / folder))

    def need(agent: Liar) -> None:
        is_built = agent.commands in (liars_compiled.GO, liars_compiled.RUST)
        if is_built and not LONG:
            pytest.skip("builds take long: set AI_SESSIONS_LONG=1")
        for name in PROGRAMS:
            if f"[{name}," in agent.commands and not shutil.which(name):
                pytest.skip(f"{name} is not installed")

    return need


@pytest.fixture
def lies(do, space, repo, toolchains, monkeypatch):
    """Where a liar was stopped, and everything that was said of it."""
    here = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{here}{os.pathsep}{os.environ['PATH']}")

    def told(liar: Liar) -> tuple[str, str]:
        toolchains(liar)
        if liar.loads_plugins:
            monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
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


@pytest.mark.parametrize("liar", tried([table.LIARS for table in TABLES]))
def test_a_liar_is_stopped_or_named_in_the_documentation(lies, liar):
    stopped, said = lies(liar)

    assert stopped == liar.stopped, said
    pages = Path(__file__).resolve().parents[3] / "docs/workflow.md"
    assert liar.line in (said if liar.stopped else pages.read_text())


@pytest.mark.parametrize("agent", HONEST, ids=lambda agent: agent.name)
def test_an_honest_agent_that_looks_like_one_is_done(lies, agent):
    stopped, said = lies(agent)

    assert stopped == agent.stopped, said
    assert agent.line in said


def test_nearly_all_liars_are_stopped_and_no_more_than_five_are_not():
    assert sum(bool(liar.stopped) for liar in LIARS) >= 95
    assert sum(not liar.stopped for liar in LIARS) <= 5
