"""`doctor`: what this machine has of what we need, and whether the sessions are whole."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ai_sessions import config
from ai_sessions.assemble import providers
from ai_sessions.cli import limited, listing
from ai_sessions.cli.app import App
from ai_sessions.cli.terminal import room
from ai_sessions.cli.words import Name
from ai_sessions.diagnosis import extras, places, programs, shell
from ai_sessions.diagnosis.checks import Check
from ai_sessions.display import colours, columns
from ai_sessions.embeddings import minilm
from ai_sessions.errors import ChecksFailed, ConfigError, StorageError
from ai_sessions.imports.contract import home
from ai_sessions.plurals import counted
from ai_sessions.providers import choosing, installed
from ai_sessions.sessions import families

if TYPE_CHECKING:
    from ai_sessions.providers.agents import Access
    from ai_sessions.providers.installed import Agent
    from ai_sessions.store.contract import Finding, Upkeep

#: Cells of the columns before the details.
_BEFORE = 24
_NARROWEST = 24
_LIMITED = "wait for it, or use another agent or model: --provider, --model"


@click.command()
@click.argument("name", type=Name(), required=False)
@click.option("--repair", is_flag=True, help="Set damaged lines aside, make totals anew.")
@click.pass_obj
def doctor(app: App, name: str | None, repair: bool) -> None:
    """Look at what is needed: programs, agents, keys, PATH, places, and the sessions themselves.

    \b
      ai-session.sh doctor
      ai-session.sh doctor --json | jq -r '.checks[] | select(.status != "ok").hint'

    Ends with 1 when something is missing that is needed, or when a session is damaged. Nothing is
    ever deleted, no agent is called, and keys are named but not shown. Damage never stops the other
    commands: they skip what cannot be read and say so.
    """
    upkeep = app.upkeep()
    facts: dict[str, Any] = {}
    checks: list[Check] = []
    if not name:
        checks, facts = _machine(app, upkeep)
        checks = [dataclasses.replace(one, hint=app.out.typed(one.hint)) for one in checks]
        _show(app, checks)
    is_readable = "store" not in _named(checks, "missing")
    findings = list(_examined(app, upkeep, name)) if is_readable else []
    known = set(app.sessions().names()) if is_readable else set()
    hurt = list(dict.fromkeys(one.where for one in findings if one.mendable and one.where in known))
    mended = [one for one in hurt if repair and _mend(app, upkeep, one)]
    hurt = [one for one in hurt if one not in mended]
    code = 1 if hurt or _named(checks, "missing") else 0
    shown = [dataclasses.asdict(finding) for finding in findings]
    found = {"checks": [dataclasses.asdict(check) for check in checks], "findings": shown}
    app.out.result({"ok": not code, "code": code, **found, "mended": mended, **facts})
    _conclude(app, checks, hurt, mended, well=not findings)


def _examined(app: App, upkeep: Upkeep, name: str | None) -> Iterator[Finding]:
    """What is wrong with the sessions, said as it is found."""
    found = app.find(name) if name else ""
    for finding in itertools.chain(upkeep.examine(found), families.examine(app.sessions(), found)):
        line = f" line {finding.line}:" if finding.line else ""
        app.out.say(f"{finding.where}:{line} {finding.problem}")
        yield finding


def _mend(app: App, upkeep: Upkeep, name: str) -> bool:
    is_whole = upkeep.mend(name)
    return families.mend(app.sessions(), name) or is_whole


def _conclude(
    app: App, checks: Sequence[Check], hurt: list[str], mended: list[str], *, well: bool
) -> None:
    """The last line. Raises `ChecksFailed` when something is missing or damaged."""
    if mended:
        app.out.say(f"mended: {', '.join(mended)}")
    missing, warnings = _named(checks, "missing"), _named(checks, "warning")
    damaged = f"damage in {counted(len(hurt), 'session')}" if hurt else ""
    if missing:
        told = ", ".join(filter(None, (f"missing: {', '.join(missing)}", damaged)))
        raise ChecksFailed(told, "what to type stands above, behind its name")
    if damaged:
        raise ChecksFailed(damaged, "mend it: ai-session.sh doctor --repair")
    if warnings:
        app.out.say(f"nothing is missing; to look at: {', '.join(warnings)}")
    elif well:
        app.out.say("all is well")


def _named(checks: Sequence[Check], status: str) -> list[str]:
    return [check.name for check in checks if check.status == status]


def _machine(app: App, upkeep: Upkeep) -> tuple[list[Check], dict[str, Any]]:
    """Everything around the sessions: the checks, and the facts behind them for programs."""
    known = {name: providers.access(name) for name in providers.AGENTS}
    agents = {one.name: one for one in installed.look(known, app.environment)}
    keys = _keys(app, [key for access in known.values() for key in access.keys])
    files = config.user_files(app.environment)
    store, stored = _store(upkeep)
    folder = Path(str(app.settings["SESSION_DIR"]))
    checks = [
        *programs.programs(app.environment, app.folder),
        _answers(app, agents),
        *(_agent(name, access, agents.get(name)) for name, access in known.items()),
        Check("keys", "ok", ", ".join(f"{key} ({where})" for key, where in keys.items()) or "none"),
        shell.on_path(app.environment),
        shell.completion(app.environment, home(app.environment)),
        places.settings(files, list(keys.values())),
        *places.sessions(folder, app.settings.origin("SESSION_DIR"), places.mounts_of()),
        store,
        places.free(folder),
        extras.search(app.settings["SEMANTIC"], minilm.MiniLM()),
        extras.tokens(app.settings["TOKENIZER"]),
        extras.spans(app.settings["OTEL"], app.environment),
        *(Check("limit", "warning", line, _LIMITED) for line in limited.reached(folder)),
        *_quotas(app, folder, agents.values()),
    ]
    facts = {
        "agents": [_facts(name, access, agents.get(name)) for name, access in known.items()],
        "keys": keys,
        "limits": limited.facts(folder),
        "quotas": limited.quota_facts(folder, app.settings, app.environment),
        **stored,
    }
    return checks, facts


def _quotas(app: App, folder: Path, agents: Iterable[Agent]) -> Iterator[Check]:
    """How much is used of what providers give, and of subscriptions that told nothing yet."""
    shown = limited.quotas(folder, app.settings, app.environment)
    for line, is_spent in shown:
        yield Check("limit", "warning" if is_spent else "ok", line, _LIMITED if is_spent else "")
    for agent in agents:
        is_told = any(line.startswith(f"{agent.name} ") for line, _is_spent in shown)
        if agent.login == installed.LOGGED_IN and not is_told:
            for line in limited.unknown(agent.name, app.settings, app.environment):
                yield Check("limit", "ok", line)


def _show(app: App, checks: Sequence[Check]) -> None:
    """A table, then what to type for what could be better, each on a line that can be pasted."""
    from tabulate import tabulate

    cells = max(room() - _BEFORE, _NARROWEST) if app.out.is_terminal() else None
    rows = [
        (
            colours.word(check.status),
            check.name,
            columns.wrapped(check.detail, cells) if cells else check.detail,
        )
        for check in checks
    ]
    app.out.say(tabulate(rows, tablefmt="plain", disable_numparse=True))
    hints = (f"hint: {check.name}: {check.hint}" for check in checks if check.hint)
    for hint in dict.fromkeys(hints):
        app.out.say(hint)


def _answers(app: App, agents: dict[str, Agent]) -> Check:
    """Who would answer when a command names nobody."""
    settings = app.settings
    if choosing.is_auto(settings["AI_MODEL"]):
        origin = f"AI_MODEL ({settings.origin('AI_MODEL')})"
        return _best(app, settings["AI_MODEL"], origin)
    name = settings["AI_PROVIDER"]
    origin = f"AI_PROVIDER ({settings.origin('AI_PROVIDER')})"
    if not name:
        name, setting = choosing.found(settings, lambda: next(iter(agents), ""))
        origin = f"{setting} is set" if setting else "the first agent on your PATH"
    if name == choosing.AUTO:
        return _best(app, choosing.AUTO, origin)
    if not name:
        keys = "ANTHROPIC_API_KEY, OPENAI_BASE_URL or OPENROUTER_API_KEY"
        hint = f"install an agent and log in, or set {keys}"
        return Check("answers", "missing", "nobody: no agent, no key, no server", hint)
    if name in providers.AGENTS and name not in agents:
        told = f"{name}, chosen by {origin}, is not installed"
        return Check("answers", "missing", told, providers.access(name).install)
    return Check("answers", "ok", f"{name}: {origin}")


def _best(app: App, asked: str, origin: str) -> Check:
    """Among how many models the best is chosen."""
    from ai_sessions.assemble import pools

    settings = app.settings
    try:
        places = pools.places(settings, app.environment, asked)
        among = settings["AI_PROVIDER"]
        count = sum(one.has_key and among in ("", one.pool.name) for one in places)
        if not count:
            raise pools.no_places(settings, app.environment, asked)
    except ConfigError as error:
        told = f"{asked}, chosen by {origin}: {error.message}"
        return Check("answers", "missing", told, error.hint)
    return Check("answers", "ok", f"{asked}, the best of {counted(count, 'model')}: {origin}")


def _agent(name: str, access: Access, agent: Agent | None) -> Check:
    if agent is None:
        return Check(name, "ok", "not installed", f"{access.install}; then log in: {access.login}")
    told = f"{agent.version or 'version unknown'} ({agent.path}), keeps its logs {agent.keeps}"
    if agent.login:
        return Check(name, "ok", f"{told}, {agent.login}")
    return Check(name, "warning", f"{told}, nobody has logged in", f"log in: {access.login}")


def _facts(name: str, access: Access, agent: Agent | None) -> dict[str, Any]:
    """An agent for programs, installed or not."""
    found = dataclasses.asdict(agent) if agent else {"name": name, "path": ""}
    how = {"install": access.install, "log_in": access.login}
    return {**found, "installed": agent is not None, **how}


def _keys(app: App, more: Sequence[str]) -> dict[str, str]:
    """The keys that are set, each with who set it: settings, and variables that agents read."""
    ours = [setting.name for setting in config.SETTINGS if setting.secret]
    found = {name: app.settings.origin(name) for name in ours if app.settings[name]}
    theirs = [name for name in more if name not in found and app.environment.get(name)]
    return {**found, **dict.fromkeys(theirs, "environment")}


def _store(upkeep: Upkeep) -> tuple[Check, dict[str, Any]]:
    """What the sessions take, and which of them are in use."""
    try:
        size, busy = upkeep.room(), upkeep.in_use()
    except StorageError as error:
        hint = error.hint or "set SESSION_DIR to a folder of yours"
        return Check("store", "missing", error.message, hint), {"store": None, "in_use": {}}
    used = f"{listing.size(size.bytes)}, trash {listing.size(size.trash_bytes)}"
    at_work = [f"{name} is in use{f' by {who}' if who else ''}" for name, who in busy.items()]
    told = [f"{counted(size.sessions, 'session')}, {used}", *at_work]
    facts = {"store": dataclasses.asdict(size), "in_use": dict(busy)}
    return Check("store", "ok", "; ".join(told)), facts
