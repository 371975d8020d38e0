"""Which agents are on this machine, in which version, and how long they keep their own logs.

An agent that cleans up ends what can be resumed and imported. Observed: claude removes what is
older than `cleanupPeriodDays` (30) of its settings.json, gemini what `general.sessionRetention`
(on, `30d`) of its own says; codex and opencode keep everything.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ai_sessions.imports.contract import home
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.processes.asking import first_line
from ai_sessions.providers import agents
from ai_sessions.providers.fields import one_line, table

FOR_EVER = "for ever"
LOGGED_IN, NOBODY_KNOWS = "logged in", "its login cannot be seen"
_USUAL_DAYS = 30


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent on PATH. `version` empty: it did not tell. `keeps`: how long it keeps its logs.

    `login`: why it should answer, as far as can be seen without a call; empty when nothing speaks
    for it.
    """

    name: str
    path: str
    version: str
    keeps: str
    login: str


def look(known: Mapping[str, agents.Access], environment: Mapping[str, str]) -> list[Agent]:
    """Those of `known` that are installed, in that order."""
    paths = {name: shutil.which(name, path=environment.get("PATH", "")) for name in known}
    there = {name: path for name, path in paths.items() if path}
    with ThreadPoolExecutor() as pool:
        versions = pool.map(lambda path: _version(path, environment), there.values())
        return [
            Agent(name, path, version, _keeps(name, environment), login(known[name], environment))
            for (name, path), version in zip(there.items(), versions, strict=True)
        ]


def login(access: agents.Access, environment: Mapping[str, str]) -> str:
    """Whether somebody has logged in, by the traces that it leaves; no key is read."""
    if key := next((key for key in access.keys if environment.get(key)), ""):
        return f"{key} is set"
    if any(_is_there(place, environment) for place in access.logins):
        return LOGGED_IN
    return NOBODY_KNOWS if access.keychain and sys.platform == "darwin" else ""


def _is_there(place: str, environment: Mapping[str, str]) -> bool:
    first, _, rest = place.partition("/")
    folder = environment.get(first.removeprefix("$"), "") if first[0] == "$" else home(environment)
    return bool(folder) and os.path.exists(os.path.join(folder, rest))


def _version(path: str, environment: Mapping[str, str]) -> str:
    """From its package, or else what it says itself; some of them take seconds for that."""
    return agents.version(path) or one_line(first_line([path, "--version"], environment))


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
