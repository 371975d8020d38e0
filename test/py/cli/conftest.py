"""A store with a few sessions, and the command line called in this process."""

import io
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scripted import PLAN, Agent

from ai_sessions.assemble import providers
from ai_sessions.cli import start
from ai_sessions.config import SETTINGS
from ai_sessions.records import About, Cost, Interaction, Message, Resume, Usage, stamp
from ai_sessions.sessions.recording.folder import Folder
from ai_sessions.sessions.recording.recorder import write
from ai_sessions.sessions.recording.registry import Registry
from ai_sessions.store.files import FileStore


@dataclass(frozen=True)
class Answer:
    """What one command said and how it ended."""

    code: int
    out: str
    err: str


Cli = Callable[..., Answer]


def call(number: int, age_days: int, nusd: int | None, **more: object) -> Interaction:
    """One call of a model as the line stores it."""
    at = stamp(datetime.now(UTC) - timedelta(days=age_days))
    said = (Message("user", f"Do step {number}", at), Message("assistant", "Done.", at))
    facts: dict[str, object] = {
        "id": f"{number}-{age_days}",
        "at": at,
        "provider": "claude",
        "model": "claude-sonnet-4-5",
        "messages": said,
        "usage": Usage(1000, 200, 400),
        "cost": Cost(nusd, "client") if nusd is not None else Cost(),
        "purpose": "green",
        "task": f"T1.{number}",
        "resume": Resume("0190-abc", "claude-sonnet-4-5"),
    }
    return Interaction(**{**facts, **more})  # type: ignore[arg-type]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """SESSION_DIR, not made yet; nothing else of the caller's environment counts."""
    folder = tmp_path / "sessions"
    for name in (*(setting.name for setting in SETTINGS), "XDG_STATE_HOME", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SESSION_DIR", str(folder))
    monkeypatch.setenv("SESSION_FSYNC", "none")
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def store(root: Path) -> FileStore:
    """Three sessions: one of today, one of 40 days ago, one whose price nobody knows."""
    return filled(root)


def filled(root: Path) -> FileStore:
    sessions = {
        "implement-payment": (
            About("implement", "payment", "/home/me/shop"),
            [call(1, 1, 10_000_000), call(2, 0, 20_500_000)],
        ),
        "plan-payment": (About("plan", "payment", "/home/me/shop"), [call(1, 40, 5_000_000)]),
        "plan-search": (About("plan", "search", "/home/me/wiki"), [call(1, 2, None)]),
    }
    for name, (about, calls) in sessions.items():
        made = datetime.fromisoformat(calls[0].at)
        store = FileStore(root, fsync="none", now=lambda made=made: made)
        store.ensure(name, about)
        store.append(name, calls)
    return FileStore(root, fsync="none")


@pytest.fixture
def cli(root: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Call a command: `cli("list", "--json").out`."""

    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        code = start.main(list(arguments))
        told = capsys.readouterr()
        return Answer(code, told.out, told.err)

    return run


@pytest.fixture
def agent(monkeypatch):
    """The provider called `agent`; its steps are filled in by the test."""
    made = Agent()
    monkeypatch.setitem(providers.PROVIDERS, "agent", lambda _settings, _environment: made)
    monkeypatch.setenv("AI_PROVIDER", "agent")
    return made


@pytest.fixture
def typed(root, tmp_path, monkeypatch):
    """Type a command in a project that has a planned feature `pay`."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    (tmp_path / "gitconfig").write_text("[user]\nname = T\nemail = t@example.com\n")
    repo = tmp_path / "project"
    repo.mkdir()
    monkeypatch.chdir(repo)
    subprocess.run(["git", "init", "-q"], check=True)
    (repo / "README.md").write_text("Payments\n")
    (repo / "shop.py").write_text('"""A small shop."""\n')

    def run(*words, stdin=""):
        out, err = io.StringIO(), io.StringIO()
        with monkeypatch.context() as patch:
            patch.setattr("sys.stdout", out)
            patch.setattr("sys.stderr", err)
            patch.setattr("sys.stdin", io.StringIO(stdin))
            code = start.main(list(words))
        return code, out.getvalue(), err.getvalue()

    run.repo = repo
    run("init", "pay")
    (repo / ".ai-session/pay/plan.yaml").write_text(PLAN)
    subprocess.run(["git", "add", "-A"], check=True)
    subprocess.run(["git", "commit", "-qm", "Begin"], check=True)
    return run


@pytest.fixture
def page(store: FileStore, root: Path) -> Callable[[str], Path]:
    """The page that is recorded of a session."""

    def recorded(name: str) -> Path:
        folder = Folder(str(root.parent / "records"), "")
        write(store, name, folder, Registry(root), print, sync=False)
        [found] = (root.parent / "records").glob(f"*{store.read(name).uid}.md")
        return found

    return recorded
