"""Which agents are on this machine, in which version, and how long they keep their own logs.

An agent that cleans up ends what can be resumed and imported. Observed: claude removes what is
older than `cleanupPeriodDays` (30) of its settings.json, gemini what `general.sessionRetention`
(on, `30d`) of its own says; codex and opencode keep everything.
"""

import contextlib
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_sessions.imports.contract import home
from ai_sessions.providers import agents
from ai_sessions.providers.fields import one_line, table

FOR_EVER = "for ever"
_USUAL_DAYS = 30
_VERSION_S = 10.0


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent on PATH. `version` empty: it did not tell. `keeps`: how long it keeps its logs."""

    name: str
    path: str
    version: str
    keeps: str


def look(names: Sequence[str], environment: Mapping[str, str]) -> list[Agent]:
    """Those of `names` that are installed, in that order."""
    paths = {name: shutil.which(name, path=environment.get("PATH", "")) for name in names}
    there = {name: path for name, path in paths.items() if path}
    with ThreadPoolExecutor() as pool:
        versions = pool.map(lambda path: _version(path, environment), there.values())
        return [
            Agent(name, path, version, _keeps(name, environment))
            for (name, path), version in zip(there.items(), versions, strict=True)
        ]


def _version(path: str, environment: Mapping[str, str]) -> str:
    """From its package, or else what it says itself; some of them take seconds for that."""
    return agents.version(path) or _told(path, environment)


def _told(path: str, environment: Mapping[str, str]) -> str:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            [path, "--version"],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_VERSION_S,
            check=False,
        )
        if done.returncode == 0:
            return one_line(done.stdout)
    return ""


def _keeps(name: str, environment: Mapping[str, str]) -> str:
    rule = _RETENTION.get(name)
    return rule(environment) if rule else FOR_EVER


def _claude(environment: Mapping[str, str]) -> str:
    moved = environment.get("CLAUDE_CONFIG_DIR", "").partition(",")[0]
    place = Path(moved) if moved else home(environment) / ".claude"
    days = _settings(place / "settings.json").get("cleanupPeriodDays")
    return f"{days if type(days) is int else _USUAL_DAYS} days"


def _gemini(environment: Mapping[str, str]) -> str:
    moved = environment.get("GEMINI_CLI_HOME")
    place = (Path(moved) if moved else home(environment)) / ".gemini"
    kept = table(table(_settings(place / "settings.json"), "general"), "sessionRetention")
    if kept.get("enabled") is False:
        return FOR_EVER
    age = kept.get("maxAge")
    return age if isinstance(age, str) else f"{_USUAL_DAYS} days"


def _settings(path: Path) -> Mapping[str, Any]:
    """Empty when there are none, or they cannot be read."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


_RETENTION: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "claude": _claude,
    "gemini": _gemini,
}
