"""Real agent commands from npm against model servers of our own on a loopback port.

Each is installed once into AGENTS_DIR (default `.tools/agents`), in the version its facts were
measured on. What cannot be installed is skipped with the reason. No key is real, nothing is paid.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ai_sessions.providers.contract import Event, Provider, Reply, Request

ROOT = Path(__file__).resolve().parents[2]
AGENTS = Path(os.environ.get("AGENTS_DIR") or ROOT / ".tools" / "agents")
#: Package and version of each command.
PACKAGES = {
    "claude": "@anthropic-ai/claude-code@2.1.329",
    "codex": "@openai/codex@0.169.0",
    "gemini": "@google/gemini-cli@0.61.0",
    "opencode": "opencode-ai@1.18.33",
}
_INSTALL_S = 600


def installed(name: str) -> Path:
    """The folder of a command, installed now if it is not there; skips the test if it cannot be."""
    folder = AGENTS / name
    found = folder / "node_modules" / ".bin"
    if not (found / name).exists():
        if not shutil.which("npm"):
            pytest.skip(f"{name}: npm is not installed")
        folder.mkdir(parents=True, exist_ok=True)
        words = ["npm", "install", "--prefix", str(folder), "--no-fund", "--no-audit"]
        done = subprocess.run(
            [*words, PACKAGES[name]],
            capture_output=True,
            text=True,
            timeout=_INSTALL_S,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"{name}: npm cannot install it: {done.stderr.strip()[-200:]}")
    return found


@dataclass
class Bench:
    """A place to run one agent in: its own home, a fresh repository."""

    home: Path
    repo: Path
    environment: dict[str, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def ask(self, provider: Provider, prompt: str, **more: object) -> Reply:
        more.setdefault("timeout_s", 90.0)
        request = Request(prompt=prompt, cwd=self.repo, **more)  # type: ignore[arg-type]
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
