"""What owners are told without having asked: what became of features that are worked on elsewhere,
budgets that are nearly used up, limits and their end.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import field
from typing import TYPE_CHECKING, Any

from ai_sessions import money
from ai_sessions.accounting import outlook
from ai_sessions.assemble.budgets import KINDS, budgets
from ai_sessions.bots import waiting
from ai_sessions.bots.events import Place
from ai_sessions.bots.waiting import Waiting
from ai_sessions.bots.work import Ask
from ai_sessions.errors import AiSessionsError
from ai_sessions.index import overview
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.ledger import limits
from ai_sessions.workflow.state import costs
from ai_sessions.workspace.plan_file import read_document
from ai_sessions.workspace.reports import last_report
from ai_sessions.workspace.tasks import read_states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ai_sessions.bots.desk import Desk
    from ai_sessions.workspace.files import Workspace

#: Kinds of `Facts`: chats without pushes, features as they were seen last, limits that were told.
QUIET, _SEEN, _LIMIT = "quiet", "seen", "limit"
#: A budget is told when so much of it is used.
_PART = 0.8
_TOLD = frozenset(("done", "waived", "blocked", "failed"))
_WATCHED = ("state", "verify", "plan.yaml", "events.jsonl")
#: Kind of `Facts`: budgets that were told of.
_BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Push:
    """`key`: told once by it. `waiting`: what is asked with it."""

    key: str
    text: str
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be told now, and what is to be kept when it is: kind and key -> what."""

    pushes: list[Push] = field(default_factory=list)
    seen: dict[tuple[str, str], Any] = field(default_factory=dict)
    over: list[str] = field(default_factory=list)
    """Keys of limits that have ended."""


class Pushes:
    """Safe to use from several threads. Raises `StorageError`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def places(self) -> list[Place]:
        """The private chats of owners who did not switch pushes off."""
        quiet = self._desk.facts.all(QUIET)
        owners = self._desk.members.owners()
        return [Place(one, is_private=True) for one in owners if one not in quiet]

    def found(self) -> Found:
        """All that is new since `keep`."""
        found = Found()
        busy = {(one.ask.repository, one.ask.feature) for one in self._desk.work.open()}
        known = self._desk.facts.all(_SEEN)
        for space in self._desk.work.spaces():
            before = known.get(_key(space))
            if before and before["mark"] == _mark(space):
                continue
            now = _seen(space)
            found.seen[_SEEN, _key(space)] = now
            with suppress(AiSessionsError):
                self._add_budget(found, _of_plan(space))
            if before and (space.repo, space.feature) not in busy:  # its own run tells its end
                with suppress(AiSessionsError):
                    found.pushes.extend(_changes(space, before, now))
        for push in self._budgets():
            self._add_budget(found, push)
        self._limits(found)
        return found

    def keep(self, found: Found) -> None:
        """It is told."""
        for (kind, key), told in found.seen.items():
            self._desk.facts.keep(kind, key, told)
        for key in found.over:
            self._desk.facts.forget(_LIMIT, key)

    def seen(self, space: Workspace) -> None:
        """Everybody who has to know knows how a feature stands."""
        self._desk.facts.keep(_SEEN, _key(space), _seen(space))

    def _add_budget(self, found: Found, push: Push | None) -> None:
        if push and self._desk.facts.read(_BUDGET, push.key) is None:
            found.pushes.append(push)
            found.seen[_BUDGET, push.key] = True

    def _budgets(self) -> Iterator[Push]:
        settings = self._desk.parts.settings()
        if not any(settings[f"BUDGET_{kind.upper()}"] for kind in KINDS):
            return
        given = budgets(settings, settings["SESSION_DIR"])
        periods = overview.periods(self._desk.parts.index, self._desk.parts.now(), None, given)
        for name, sums in periods.items():
            budget = sums["budget"]
            if budget and budget["cost_nusd"] >= _PART * budget["limit_nusd"]:
                told = f"{_PART:.0%} of {outlook.WHOSE[name]} is used: {outlook.state(budget)}"
                yield Push(f"budget:{name}:{sums['since']}:{budget['limit_nusd']}", told)

    def _limits(self, found: Found) -> None:
        now = self._desk.parts.now()
        held = limits.reached(self._desk.parts.settings()["SESSION_DIR"], now)
        told = self._desk.facts.all(_LIMIT)
        reached = {_limit_key(one): one for one in held}
        for key, one in reached.items():
            if key not in told:
                whose = " ".join(filter(None, (one["provider"], one["model"])))
                found.pushes.append(Push(f"limit:{key}", f"{whose}: {limits.told(one, now)}"))
                found.seen[_LIMIT, key] = whose
        for key, whose in told.items():
            if key not in reached:
                found.pushes.append(Push(f"limit-over:{key}", f"{whose}: the limit has ended"))
                found.over.append(key)


def _limit_key(limit: dict[str, str]) -> str:
    names = ("provider", "account", "model", "window", "until", "call")
    return ":".join(limit[name] for name in names)


def _key(space: Workspace) -> str:
    return f"{space.repo}\n{space.feature}"


def _mark(space: Workspace) -> list[int]:
    """What is another one when something has changed: files are put in place by a new name."""
    marks = []
    for name in _WATCHED:
        with suppress(OSError):
            marks.append(os.stat(space.path(name)).st_mtime_ns)
    return marks


def _seen(space: Workspace) -> dict[str, Any]:
    mark = _mark(space)  # first: what changes meanwhile is looked at again
    states = {task: [one.state, one.at] for task, one in read_states(space).items()}
    report = last_report(space, "verify") or {}
    verdict = [report.get("verdict"), report.get("commit")]
    return {"mark": mark, "states": states, "verdict": verdict, "plan": _plan_mark(space)}


def _of_plan(space: Workspace) -> Push | None:
    """The budget of a plan, when most of it is used."""
    if not space.has("plan.yaml"):
        return None
    limit = read_document(space).get("budget_usd")
    spent, unknown = costs(space).get("", (0, 0))
    if not limit or spent < _PART * money.nano(limit):
        return None
    used = f"{money.shown(spent, unknown)} of {money.shown(money.nano(limit))}"
    text = f"{_PART:.0%} of the budget of {space.feature} is used: {used}"
    return Push(f"{space.repo}:{space.feature}:{limit}", text)


def _plan_mark(space: Workspace) -> int:
    with suppress(OSError):
        return os.stat(space.path("plan.yaml")).st_mtime_ns
    return 0


def _changes(space: Workspace, before: dict[str, Any], now: dict[str, Any]) -> Iterator[Push]:
    """What became of a feature that somebody works on elsewhere."""
    start = f"{space.repo}:{space.feature}"
    for task, (state, at) in now["states"].items():
        if state in _TOLD and before["states"].get(task) != [state, at]:
            ask = Ask(space.repo, space.feature, "implement", task)
            asks = waiting.question(space, ask) if state == "blocked" else None
            text = "" if asks else f"{space.feature} {task}: {state}"
            yield Push(f"{start}:{task}:{state}:{at}", text, asks)
    verdict, commit = now["verdict"]
    if verdict and before["verdict"] != now["verdict"]:
        text = f"{space.feature}: {verdict} at {str(commit)[:9]}"
        yield Push(f"{start}:{verdict}:{commit}", text)
    if before["plan"] != now["plan"]:
        plan = Ask(space.repo, space.feature, "plan")
        if asks := waiting.commands(space, plan):
            yield Push(f"{start}:{asks.fingerprint}", "", asks)
