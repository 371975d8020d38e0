"""Todos of sessions: what was begun and ended when, at what expected and what real cost.

A todo is a note (topic `todo`) in the session's journal. Notes say when and what was expected; the
money and the tokens come from the interactions themselves, so nothing is counted twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Literal

from ai_sessions import money, times
from ai_sessions.display import columns
from ai_sessions.records import About, Entry, Interaction, Json, Note, Session, Usage, stamp

TOPIC = "todo"
Event = Literal["start", "end", "error"]
State = Literal["open", "done", "error"]
_STATES: dict[str, State] = {"start": "open", "end": "done", "error": "error"}


@dataclass(frozen=True, slots=True)
class Item:
    """One task of one session. Times RFC 3339 UTC; empty: not known."""

    session: str
    feature: str
    task: str
    command: str = ""
    """What the session is for; it says more than no task at all."""
    state: State = "open"
    started: str = ""
    ended: str = ""
    estimate_nusd: int | None = None
    """None: nobody said what it would cost."""
    promised: bool = False
    """A person gave the estimate, so those made from earlier calls do not count."""
    cost_nusd: int = 0
    unknown_costs: int = 0
    calls: int = 0
    usage: Usage = Usage()
    text: str = ""
    todos: tuple[Json, ...] = ()
    """The agent's own list, as it was last."""


def note(
    event: Event, task: str, at: str, *, estimate_nusd: int | None = None, text: str = ""
) -> Note:
    """A todo as a person or a script reports it."""
    body: dict[str, object] = {"event": event, "task": task}
    if estimate_nusd is not None:
        body["estimate_nusd"] = estimate_nusd
    if text:
        body["text"] = text
    return Note(TOPIC, body, at)


def automatic(call: Interaction, session: Session) -> tuple[Note, ...]:
    """Start and end of a call, as notes; none for a call that is not work on a feature.

    What was expected is the mean of the session's earlier calls with a known price.
    """
    if not session.about.feature:
        return ()
    begun = call.messages[0].at if call.messages else call.at
    body = {"task": call.task, "purpose": call.purpose, "interaction": call.id}
    expected = _mean_before(call, session)
    start: dict[str, object] = {"event": "start", **body}
    if expected is not None:
        start["estimate_nusd"] = expected
    ended: Event = "end" if call.status == "ok" else "error"
    return (Note(TOPIC, start, begun), Note(TOPIC, {"event": ended, **body}, call.at))


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


def between(
    found: Iterable[Item], since: datetime | None = None, until: datetime | None = None
) -> list[Item]:
    """Those that were worked on from `since` on and before `until`."""
    first, last = stamp(since) if since else "", stamp(until) if until else ""
    return [
        item
        for item in found
        if (not first or (item.ended or item.started) >= first)
        and (not last or "" < (item.started or item.ended) < last)
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
        "cost_nusd": item.cost_nusd,
        "cost": None if _nothing_known(item) else _dollars(item.cost_nusd),
        "unknown_costs": item.unknown_costs,
        "interactions": item.calls,
        "input_tokens": item.usage.input_tokens,
        "output_tokens": item.usage.output_tokens,
        "text": item.text,
        "todos": [dict(todo) for todo in item.todos],
    }


HEAD = ("feature", "task", "state", "started", "ended", "calls", "tokens", "estimate", "actual")


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
        "-" if item.estimate_nusd is None else money.shown(item.estimate_nusd),
        money.shown(item.cost_nusd, item.unknown_costs),
    )


def _to_minutes(at: str, zone: tzinfo | None) -> str:
    """`2026-11-01 10:00`; empty when it is not known."""
    known = times.read(at)
    return f"{known.astimezone(zone):%Y-%m-%d %H:%M}" if known else ""


def markdown(found: Sequence[Item], zone: tzinfo | None = None) -> str:
    """The report as a Markdown table, one row a task."""
    return columns.markdown([HEAD, *(cells(item, zone) for item in found)], HEAD[:5])


def _task(entry: Entry) -> str | None:
    if isinstance(entry, Interaction):
        return entry.task
    if isinstance(entry, Note) and entry.topic == TOPIC:
        return str(entry.body.get("task", ""))
    return None


def _with_call(item: Item, call: Interaction) -> Item:
    begun = call.messages[0].at if call.messages else call.at
    todos = call.detail.get("todos")
    return replace(
        item,
        state="done" if call.status == "ok" else "error",
        started=_earliest(item.started, begun),
        ended=max(item.ended, call.at),
        cost_nusd=item.cost_nusd + (call.cost.nusd or 0),
        unknown_costs=item.unknown_costs + (call.cost.nusd is None),
        calls=item.calls + 1,
        usage=item.usage + call.usage,
        todos=tuple(todos) if isinstance(todos, (list, tuple)) else item.todos,
    )


def _with_note(item: Item, told: Note) -> Item:
    """A note of one call adds what was expected of it; a person's note also says how it stands."""
    ours = "interaction" in told.body
    item = _estimated(item, told.body.get("estimate_nusd"), by_person=not ours)
    if ours:
        return item
    state = _STATES.get(str(told.body.get("event")), item.state)
    return replace(
        item,
        state=state,
        started=_earliest(item.started, told.at) if state == "open" else item.started,
        ended=item.ended if state == "open" else max(item.ended, told.at),
        text=str(told.body.get("text", "")) or item.text,
    )


def _estimated(item: Item, expected: object, *, by_person: bool) -> Item:
    if type(expected) is not int or (item.promised and not by_person):
        return item
    before = (item.estimate_nusd or 0) if item.promised == by_person else 0
    return replace(item, estimate_nusd=before + expected, promised=by_person)


def _mean_before(call: Interaction, session: Session) -> int | None:
    totals = session.totals
    known = totals.interactions - totals.unknown_costs - (call.cost.nusd is not None)
    return (totals.cost_nusd - (call.cost.nusd or 0)) // known if known > 0 else None


def _earliest(one: str, other: str) -> str:
    return min(filter(None, (one, other)), default="")


def _nothing_known(item: Item) -> bool:
    return bool(item.calls) and item.unknown_costs == item.calls


def _dollars(nusd: int | None) -> float | None:
    return None if nusd is None else nusd / 1_000_000_000
