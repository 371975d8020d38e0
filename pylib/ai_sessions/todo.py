"""Todos of sessions: what was begun and ended when, at what expected and what real cost.

A todo is a note (topic `todo`) in the session's journal. Notes say when and what was expected; the
money and the tokens come from the interactions themselves, so nothing is counted twice. How a task
of a plan stands is known from the plan: a call that succeeded is not yet a task that is done.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Literal

from ai_sessions import money, times
from ai_sessions.display import columns
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plurals import counted
from ai_sessions.records import (
    SUMMARY,
    About,
    Entry,
    Interaction,
    Json,
    Note,
    Session,
    Usage,
    stamp,
)

TOPIC = "todo"
Event = Literal["start", "end", "error"]
_STATES = {"start": "open", "end": "done", "error": "error"}
#: States of a plan that are not over; the other ones are told as they are called there.
_OPEN = ("todo", "red", "green")
#: States in which nothing is going on any more.
_OVER = ("done", "error", "failed", "waived", "dropped")
#: Purpose of calls that are never the last one of a task.
_NOT_LAST = "red"


@dataclass(frozen=True, slots=True)
class Item:
    """One task of one session. Times RFC 3339 UTC; empty: not known."""

    session: str
    feature: str
    task: str
    command: str = ""
    """What the session is for; it says more than no task at all."""
    state: str = "open"
    """`open`, `done` or `error`; where the plan knows better, its word: `blocked`, `failed`, …"""
    started: str = ""
    last: str = ""
    """When something was last done about it."""
    noted: bool = False
    """A person said how it stands."""
    estimate_nusd: int | None = None
    """None: nobody could tell what it would cost."""
    estimate_tasks: int = 0
    """How many earlier tasks the estimate is made from; 0: a person gave it."""
    calls_nusd: int = 0
    unknown_calls: int = 0
    told_nusd: int | None = None
    """What a person says that it cost beside the calls."""
    calls: int = 0
    usage: Usage = Usage()
    text: str = ""
    todos: tuple[Json, ...] = ()
    """The agent's own list, as it was last."""

    @property
    def ended(self) -> str:
        """Empty while it is not over."""
        return self.last if self.state in _OVER else ""

    @property
    def cost_nusd(self) -> int | None:
        """What is known of its cost; None: nothing."""
        nothing_known = self.told_nusd is None and self.unknown_calls == self.calls
        return None if nothing_known else self.calls_nusd + (self.told_nusd or 0)

    @property
    def unknown_costs(self) -> int:
        """Calls without a known price; work that is over and of which nobody said the cost is 1."""
        return self.unknown_calls or int(self.cost_nusd is None)


def note(
    event: Event,
    task: str,
    at: str,
    *,
    estimate_nusd: int | None = None,
    cost_nusd: int | None = None,
    text: str = "",
) -> Note:
    """A todo as a person or a script reports it."""
    body: dict[str, object] = {"event": event, "task": task}
    if estimate_nusd is not None:
        body["estimate_nusd"] = estimate_nusd
    if cost_nusd is not None:
        body["cost_nusd"] = cost_nusd
    if text:
        body["text"] = text
    return Note(TOPIC, body, at)


def automatic(call: Interaction, session: Session) -> tuple[Note, ...]:
    """Start and end of a call, as notes; none for a call that is not work on a feature."""
    if not session.about.feature or call.purpose == SUMMARY:
        return ()
    begun = call.messages[0].at if call.messages else call.at
    body = {"task": call.task, "purpose": call.purpose, "interaction": call.id}
    ended: Event = "end" if call.status == "ok" else "error"
    return (
        Note(TOPIC, {"event": "start", **body}, begun),
        Note(TOPIC, {"event": ended, **body}, call.at),
    )


def expected(call: Interaction, nusd: int, tasks: int) -> Note:
    """What the task of a call was to cost, as `tasks` earlier ones told before its first call."""
    body = {"event": "estimate", "task": call.task, "interaction": call.id}
    return Note(TOPIC, {**body, "estimate_nusd": nusd, "estimate_tasks": tasks}, call.at)


def items(session: str, about: About, entries: Iterable[Entry]) -> tuple[Item, ...]:
    """The todos of one session, by task, in the order they were begun."""
    found: dict[str, Item] = {}
    for entry in entries:
        task = _task(entry)
        if task is None:
            continue
        item = found.get(task) or Item(session, about.feature, task, about.command)
        if isinstance(entry, Interaction):
            found[task] = _with_call(item, entry)
        elif isinstance(entry, Note):
            found[task] = _with_note(item, entry)
    return tuple(found.values())


def as_planned(item: Item, state: str, at: str) -> Item:
    """The item in the state that its task has in the plan since `at` (empty: not known).

    Of a task that the plan knows as not begun, a person's own word counts.
    """
    if state in _OPEN:
        return item if state == "todo" and item.noted else replace(item, state="open")
    return replace(item, state=state, last=max(item.last, at))


def between(
    found: Iterable[Item], since: datetime | None = None, until: datetime | None = None
) -> list[Item]:
    """Those that were worked on from `since` on and before `until`."""
    first, last = stamp(since) if since else "", stamp(until) if until else ""
    return [
        item
        for item in found
        if (not first or (item.last or item.started) >= first)
        and (not last or "" < (item.started or item.last) < last)
    ]


def plain(item: Item) -> dict[str, object]:
    """An item as JSON shows it; money in nano-dollars and, beside it, dollars."""
    return {
        "session": item.session,
        "feature": item.feature,
        "task": item.task,
        "command": item.command,
        "state": item.state,
        "started": item.started or None,
        "ended": item.ended or None,
        "estimate_nusd": item.estimate_nusd,
        "estimate": _dollars(item.estimate_nusd),
        "estimate_tasks": item.estimate_tasks or None,
        "cost_nusd": item.cost_nusd,
        "cost": _dollars(item.cost_nusd),
        "unknown_costs": item.unknown_costs,
        "interactions": item.calls,
        "input_tokens": item.usage.input_tokens,
        "output_tokens": item.usage.output_tokens,
        "text": item.text,
        "todos": [dict(todo) for todo in item.todos],
    }


HEAD = (
    *("feature", "task", "state", "started", "ended"),
    *("calls", "tokens", "estimate", "from", "actual"),
)


def cells(item: Item, zone: tzinfo | None = None) -> tuple[str, ...]:
    """The values of `HEAD` for people. `zone`: the time zone of times; None is this machine's."""
    return (
        item.feature or item.session,
        item.task or (f"({item.command})" if item.command else "-"),
        item.state,
        _to_minutes(item.started, zone),
        _to_minutes(item.ended, zone),
        str(item.calls),
        f"{item.usage.total_tokens:,}",
        money.shown(item.estimate_nusd),
        _source(item),
        money.shown(item.cost_nusd, item.unknown_costs),
    )


def _source(item: Item) -> str:
    """Who or what an estimate is from."""
    if item.estimate_nusd is None:
        return ""
    return counted(item.estimate_tasks, "task") if item.estimate_tasks else "you"


def _to_minutes(at: str, zone: tzinfo | None) -> str:
    """`2026-11-01 10:00`; empty when it is not known."""
    known = times.read(at)
    return f"{known.astimezone(zone):%Y-%m-%d %H:%M}" if known else ""


def markdown(found: Sequence[Item], zone: tzinfo | None = None) -> str:
    """The report as a Markdown table, one row a task."""
    return columns.markdown([HEAD, *(cells(item, zone) for item in found)], HEAD[:5])


def _task(entry: Entry) -> str | None:
    if isinstance(entry, Interaction):
        return None if entry.purpose == SUMMARY else entry.task
    if isinstance(entry, Note) and entry.topic == TOPIC:
        return str(entry.body.get("task", ""))
    return None


def _with_call(item: Item, call: Interaction) -> Item:
    begun = call.messages[0].at if call.messages else call.at
    todos = call.detail.get("todos")
    return replace(
        item,
        state=_after(call),
        started=_earliest(item.started, begun),
        last=max(item.last, call.at),
        calls_nusd=item.calls_nusd + (call.cost.nusd or 0),
        unknown_calls=item.unknown_calls + (call.cost.nusd is None),
        calls=item.calls + 1,
        usage=item.usage + call.usage,
        todos=tuple(todos) if isinstance(todos, (list, tuple)) else item.todos,
    )


def _after(call: Interaction) -> str:
    """How a task stands after a call, as far as that tells."""
    if call.status != "ok":
        return "error"
    return "open" if call.purpose == _NOT_LAST else "done"


def _with_note(item: Item, told: Note) -> Item:
    """A note of ours may have an estimate; a person's note also says how it stands."""
    item = _estimated(item, told)
    if "interaction" in told.body:
        return item
    state = _STATES.get(str(told.body.get("event")), item.state)
    cost = told.body.get("cost_nusd")
    return replace(
        item,
        state=state,
        noted=True,
        started=_earliest(item.started, told.at) if state == "open" else item.started,
        last=max(item.last, told.at),
        told_nusd=cost if type(cost) is int else item.told_nusd,
        text=str(told.body.get("text", "")) or item.text,
    )


def _estimated(item: Item, told: Note) -> Item:
    """A person's estimate counts before ours, and the last one of a person.

    Notes of older versions estimated each call from the ones before it: no estimate of the task.
    """
    nusd, tasks = told.body.get("estimate_nusd"), told.body.get("estimate_tasks")
    ours = "interaction" in told.body
    promised = item.estimate_nusd is not None and not item.estimate_tasks
    if type(nusd) is not int or (ours and (type(tasks) is not int or promised)):
        return item
    return replace(item, estimate_nusd=nusd, estimate_tasks=int(str(tasks)) if ours else 0)


def _earliest(one: str, other: str) -> str:
    return min(filter(None, (one, other)), default="")


def _dollars(nusd: int | None) -> float | None:
    return None if nusd is None else money.number(nusd)
