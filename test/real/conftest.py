"""Real agent commands from npm against model servers of our own on a loopback port.

Each is installed once into AGENTS_DIR (default `.tools/agents`), in the version its facts were
measured on. What cannot be installed is skipped with the reason. No key is real, nothing is paid.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ai_sessions.providers.contract import Event, Provider, Reply, Request
from layouts import Walk
from toolchains import from_npm, from_pypi

ROOT = Path(__file__).resolve().parents[2]
AGENTS = Path(os.environ.get("AGENTS_DIR") or ROOT / ".tools" / "agents")
#: Package and version of each command.
PACKAGES = {
    "claude": "@anthropic-ai/claude-code@2.1.329",
    "codex": "@openai/codex@0.169.0",
    "gemini": "@google/gemini-cli@0.61.0",
    "opencode": "opencode-ai@1.18.33",
}

#: Package and version of each SDK, by its module.
SDKS = {
    "openai": ("openai==3.57.0",),
    "anthropic": ("anthropic==2.14.0",),
    "agents": ("openai-agents==0.24.0", "pytest-asyncio==1.3.0", "inline-snapshot==0.32.0"),
    "llm": ("llm==0.36",),
    "litellm": ("litellm==1.110.2",),
    "pydantic_ai": ("pydantic-ai-slim==2.68.0",),
    "google": ("google-genai==3.6.1",),
    "opentelemetry": (
        "opentelemetry-sdk==1.45.2",
        "opentelemetry-exporter-otlp-proto-http==1.45.2",
    ),
}


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Lets a test import an SDK: `sdk("openai")`. What the tests have themselves comes first."""

    def make(module: str) -> Path:
        folder = from_pypi(ROOT / ".tools/sdks" / module, module, *SDKS[module])
        monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
        return folder

    return make


@pytest.fixture(autouse=True)
def own_plug_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real project's pytest loads the plug-ins of its environment."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)


def installed(name: str) -> Path:
    """The folder of a command, installed now if it is not there; skips the test if it cannot be."""
    return from_npm(AGENTS / name, PACKAGES[name], f".bin/{name}").parent


@dataclass
class Bench:
    """A place to run one agent in: its own home, a fresh repository."""

    home: Path
    repo: Path
    environment: dict[str, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def ask(self, provider: Provider, prompt: str, **more: object) -> Reply:
        more.setdefault("timeout_s", 90.0)
        more.setdefault("cwd", self.repo)
        request = Request(prompt=prompt, **more)  # type: ignore[arg-type]
        return provider.run(request, self.events.append)


@pytest.fixture
def bench(tmp_path: Path):
    """Makes a bench for a command: `bench("claude", ANTHROPIC_BASE_URL=…)`."""

    def make(name: str, **environment: str) -> Bench:
        path = f"{installed(name)}{os.pathsep}{os.environ['PATH']}"
        home, repo = tmp_path / "home", tmp_path / "shop"
        for folder in (home, repo):
            folder.mkdir(exist_ok=True)
        if not (repo / ".git").exists():
            subprocess.run(["git", "init", "-q", str(repo)], check=True)
        return Bench(home, repo, {"PATH": path, "HOME": str(home), **environment})

    return make


_TABLE = pytest.StashKey[list[Walk]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TABLE] = []


@pytest.fixture
def table(request: pytest.FixtureRequest) -> list[Walk]:
    """Walks through layouts, shown as a table when all tests have run."""
    return request.config.stash[_TABLE]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    walks = config.stash[_TABLE]
    if walks:
        terminalreporter.write_line(
            "layout | honest | without T1.1 | without T1.2 | asked for | time"
        )
    for walk in walks:
        terminalreporter.write_line(walk.row())
