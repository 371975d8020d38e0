"""What a run that has ended waits for: approval, an answer, a limit's end, or the next command."""

from __future__ import annotations

import re
import shlex
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions import controls, times
from ai_sessions.bots import telling
from ai_sessions.bots.work import Ask
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.ledger import limits
from ai_sessions.plan import trust
from ai_sessions.plurals import counted
from ai_sessions.workflow import plan
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.tasks import read_state

if TYPE_CHECKING:
    from datetime import datetime

    from ai_sessions.workspace.files import Workspace

#: What a question can be answered with; a reply to `question` is the answer itself.
APPROVE, DENY, ALLOW, LATER = "approve", "deny", "allow", "later"
_NEXT = re.compile(r"(?:\S*/)?(implement|review|verify)\.sh (\S+)(?: --task (\S+))?")
_APPROVALS = (("Approve", APPROVE), ("Deny", DENY), ("Allow for this session", ALLOW))
_LEAVE = ("Leave it", DENY)
_DIRTY = "--allow-dirty"


@dataclass(frozen=True, slots=True)
class Waiting:
    """`kind`: `commands`, `tree`, `question`, `limit`, `again` or `next`. `text`: for people.
    `choices`: label and answer of each button. `ask`: what is begun when it is approved, but for a
    plan that was made, whose commands alone are at stake. `items`: what an approval is bound to, as
    an allowance remembers it. `fingerprint`: of the command list that was shown. `until`: when a
    limit ends, RFC 3339 UTC.
    """

    kind: str
    text: str
    choices: tuple[tuple[str, str], ...]
    ask: Ask
    items: tuple[str, ...] = ()
    fingerprint: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that is over. `facts`: as `Runs.read`. `sessions`: SESSION_DIR."""

    ask: Ask
    facts: dict[str, Any]
    space: Workspace
    sessions: str
    now: datetime = field(kw_only=True)

    @property
    def result(self) -> dict[str, Any]:
        return self.facts["result"] or {}

    @property
    def error(self) -> dict[str, Any]:
        return self.result.get("error") or {}


def of(run: Ended) -> Waiting | None:
    """None: nothing is left to do or to decide. Raises as `plan.waiting` does."""
    if run.facts["state"] == "killed":
        return again(run.ask)
    if not run.error:
        is_planned = run.ask.command == "plan"
        return (commands(run.space, run.ask) if is_planned else None) or following(run)
    if run.error.get("kind") == "limit":
        return _limit(run)
    waits_for = run.error.get("waits_for")
    if waits_for == "answer":
        return question(run.space, run.ask)
    found = None
    if waits_for == "approval":
        found = commands(run.space, run.ask)
    elif waits_for == "tree":
        found = tree(run.space, run.ask)
    return found or again(run.ask)


def commands(space: Workspace, ask: Ask) -> Waiting | None:
    """The commands of a plan that are not approved; None: there are none. `ask`: what they keep
    from going on, or the plan that was made.
    """
    found = plan.waiting(space)
    if not found.commands:
        return None
    shown = telling.block(_shown(one) for one in found.commands)
    head = f"{space.feature}: approve {counted(len(found.commands), 'command')}, which would run"
    items = tuple(trust.fingerprint([one]) for one in found.commands)
    text = f"{head} on your machine:\n{shown}"
    return Waiting("commands", text, _APPROVALS, ask, items, found.fingerprint)


def _shown(command: Any) -> str:
    """Word by word: `sh -c 'a b'` is another command than `sh -c a b`."""
    words = shlex.join(command.cmd)
    return f"(cd {shlex.quote(command.cwd)} && {words})" if command.cwd else words


def tree(space: Workspace, ask: Ask) -> Waiting:
    """Changes of a person in the working tree; to go on, they have to be left where they are."""
    names = changed(space)
    shown = telling.block(names)
    text = f"{ask.title}: go on although these files have changes? They stay as they are.\n{shown}"
    options = tuple(dict.fromkeys((*ask.options, _DIRTY)))
    going_on = replace(ask, options=options)
    choices = (("Go on", APPROVE), *_APPROVALS[1:])
    return Waiting("tree", text, choices, going_on, names)


def changed(space: Workspace) -> tuple[str, ...]:
    """Files of the working tree that differ from the last commit, or are not in it."""
    found = Tree(Path(space.repo), space.root)
    return tuple(sorted(found.changed(found.head())))


def question(space: Workspace, ask: Ask) -> Waiting:
    """What the agent wants to know; the answer is a reply."""
    asked = controls.plain(read_state(space, ask.task).question)
    text = f"{ask.title} asks: {asked}\nReply to this message, and the task goes on."
    return Waiting("question", text, (_LEAVE,), ask)


def answered(ask: Ask, answer: str) -> Ask:
    """The same task with a person's answer, in place of an earlier one."""
    others = (one for one in ask.options if not one.startswith("--answer="))
    return replace(ask, options=(*others, f"--answer={answer}"))


def again(ask: Ask) -> Waiting:
    """It failed in a way that may pass."""
    return Waiting("again", "", (("Try again", APPROVE), _LEAVE), ask)


def following(run: Ended) -> Waiting | None:
    """The command that comes next, by a button; None: only a person can tell."""
    found = _NEXT.fullmatch(str(run.result.get("next") or ""))
    if not found or found[2] != run.ask.feature:
        return None
    command, _feature, task = found.groups()
    ask = Ask(run.ask.repository, run.ask.feature, command, task or "")  # type: ignore[arg-type]
    if command == "implement" and not task:
        return None
    return next_step(ask)


def next_step(ask: Ask) -> Waiting:
    """What comes next, which a person may begin."""
    label = " ".join(filter(None, (ask.command.capitalize(), ask.task)))
    return Waiting("next", f"Next: {ask.typed}", ((label, APPROVE),), ask)


def _limit(run: Ended) -> Waiting:
    """A limit that ends by itself, or a budget that only its owner can raise."""
    until = _reset(run)
    hint = telling.in_chat(str(run.error.get("hint") or ""))
    choices = [("Try now", APPROVE), _LEAVE]
    if until is None:
        return Waiting("limit", hint, tuple(choices), run.ask)
    clock = times.clock(until, run.now)
    text = f"{hint}\nIt ends at {times.ahead(until, run.now)}."
    choices.insert(0, (f"Go on at {clock}", LATER))
    return Waiting("limit", text, tuple(choices), run.ask, until=until.isoformat())


def _reset(run: Ended) -> datetime | None:
    """When a limit ends; None: nobody knows, or not by itself."""
    if told := times.read(run.error.get("until")):
        return told
    if (budget := run.error.get("budget")) in ("day", "month"):
        return times.spanned(run.now, str(budget), None)[1]
    if budget:
        return None
    provider = (run.result.get("cost") or {}).get("provider")
    held = [one for one in limits.reached(run.sessions, run.now) if one["provider"] == provider]
    ends = [end for one in held if (end := times.read(one["until"]))]
    return max(ends, default=None)
