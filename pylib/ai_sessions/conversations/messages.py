"""Messages of a conversation: what is said in it, by whom, and with which tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ai_sessions import ids
from ai_sessions.conversations import checks, finding, lineage
from ai_sessions.errors import Conflict, UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import tool_calls, weights
from ai_sessions.records import (
    Entry,
    Json,
    Message,
    Note,
    Said,
    Session,
    ToolCall,
    stamp,
)
from ai_sessions.store import totals
from ai_sessions.tokens import ESTIMATE, Counter

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store, Turn

#: Most tool calls that may wait for their results at once: each append writes them.
MOST_OPEN = 128
#: How often a write begins again because somebody else wrote first.
_TRIES = 50
#: Entries beside messages that are read along with the newest of them.
_BESIDE = 4
#: Open calls that a message names.
_SHOWN = 8


def add_message(
    store: Store,
    now: datetime,
    name: str,
    message: Message,
    *,
    entry_id: str = "",
    turn: Turn | None = None,
    count: Counter = ESTIMATE,
) -> Message:
    """Add a message to session `name`; returns it as it was stored, with its id. When the session
    is over the message begins the one that follows it (`finding.current`).

    Tokens that nobody counted are counted by `count`. `entry_id`: the same one again adds nothing.
    `turn`: must still be held. Tool calls that were cut off get an error for their result first.

    Raises `UsageError` for an unknown role, a text of more than `checks.LARGEST` bytes, and a tool
    result whose call is not open; `NotFound` when there is no such session, `Conflict` when the
    turn was lost.
    """
    return added(store, now, name, message, entry_id, turn, count)[0]


def added(
    store: Store,
    now: datetime,
    name: str,
    message: Message,
    entry_id: str,
    turn: Turn | None,
    count: Counter = ESTIMATE,
) -> tuple[Message, Session]:
    """`add_message`, with the session that it was added to as it is then."""
    checks.check(message)
    stored, session = _add(store, now, name, [message], entry_id, turn, count)
    return stored[-1], session


def record_tool_call(
    store: Store,
    now: datetime,
    name: str,
    tool: str = "tool",
    arguments: Any = None,
    *,
    call_id: str = "",
    result: Any = None,
    error: str | None = None,
    turn: Turn | None = None,
    count: Counter = ESTIMATE,
) -> ToolCall:
    """Record that an assistant used a tool, and with `result` or `error` what came of it.

    `call_id`: with it the result may follow, by this function or as a message of role
    `tool`; without it nobody could name the call later, so no result means an empty one.
    `result`: text, or a value that becomes JSON. Raises what `add_message` does.
    """
    if result is not None and error is not None:
        raise UsageError(f"tool {tool}: both a result and an error", "a call has one of them")
    call = ToolCall(call_id or ids.new(), tool, arguments)
    messages = [Message("assistant", "", tool_calls=(call,))]
    if call_id and call_id in store.read(name).open_calls:
        messages.clear()
    if error is not None or result is not None or not call_id:
        failed = error is not None
        text = error if error is not None else _text_of(result)
        messages.append(Message("tool", text, name=tool, tool_call_id=call.id, is_error=failed))
    for message in messages:
        checks.check(message)
    if messages:
        _add(store, now, name, messages, "", turn, count)
    return call


def record_error(
    store: Store, now: datetime, name: str, error: str | BaseException, detail: Json | None = None
) -> None:
    """Record that something failed beside the messages. Raises as `add_message`."""
    uid = store.read(name).uid
    text = error if isinstance(error, str) else str(error) or type(error).__name__
    checks.check_size(text)
    note = Note(totals.ERROR, {"message": text, **(detail or {})}, stamp(now), words=("message",))
    store.append(name, [note], uid=uid)


def said(
    store: Store,
    name: str,
    last: int | None = None,
    *,
    after: int = -1,
    hidden: Mapping[str, int] | None = None,
    is_open: bool = False,
    said_in: Callable[[Entry], Sequence[Message]] = lineage.messages,
) -> tuple[Message, ...]:
    """What was said, in order, with the past that a fork shares; calls of a model that failed are
    left out.

    `last`: only so many of the newest messages; reading them costs what they are. `after`: only
    those of its own entries that are numbered higher. `hidden`: as `lineage.entries` has it. A tool
    call without a result is followed by an error in its place, which has no id; `is_open`: not so,
    for who is about to give the result. `said_in`: what counts as said in an entry.

    Raises `NotFound` when there is no such session.
    """
    found = _newest(store, name, last, _Span(after, hidden), said_in)
    return tuple(found if is_open else tool_calls.closed(found))


@dataclass(frozen=True, slots=True)
class _Span:
    """The part of a conversation that is asked for, as `said` has it."""

    after: int
    hidden: Mapping[str, int] | None


def _newest(
    store: Store,
    name: str,
    last: int | None,
    span: _Span,
    said_in: Callable[[Entry], Sequence[Message]],
) -> list[Message]:
    session = store.read(name)
    if last is None:
        return _messages(_entries(store, session, span, None), said_in)
    if last <= 0:
        return []
    count, before = last + _BESIDE, -1
    while True:
        entries = list(_entries(store, session, span, count))
        found = _messages(entries, said_in)
        is_whole = count > session.last_seq and session.about.parent is None
        has_reached = span.after >= 0 and len(entries) < count  # the others are numbered lower
        if is_whole or has_reached or len(found) >= last or len(entries) == before:
            return found[-last:]
        count, before = count * 4, len(entries)


def _entries(store: Store, session: Session, span: _Span, last: int | None) -> Iterator[Entry]:
    """With the past that a fork shares, unless only later ones are asked for."""
    if span.after < 0:
        return lineage.entries(store, session, last, span.hidden)
    return store.entries(session.name, span.after, last)


def _messages(
    entries: Iterable[Entry], said_in: Callable[[Entry], Sequence[Message]]
) -> list[Message]:
    return [message for entry in entries for message in said_in(entry)]


def _add(
    store: Store,
    now: datetime,
    name: str,
    messages: Sequence[Message],
    id_: str,
    turn: Turn | None,
    count: Counter,
) -> tuple[list[Message], Session]:
    """Add them in one write, all or none; returns them as they were stored, and the session."""
    counted = [_counted(message, now, count) for message in messages]
    for _attempt in range(_TRIES - 1):
        with suppress(Conflict):
            return _try_to_add(store, now, name, counted, id_, turn, count)
    return _try_to_add(store, now, name, counted, id_, turn, count)


def _try_to_add(
    store: Store,
    now: datetime,
    name: str,
    messages: Sequence[Message],
    id_: str,
    turn: Turn | None,
    count: Counter,
) -> tuple[list[Message], Session]:
    """Raises `Conflict` when somebody else wrote first, or the turn was lost."""
    session = finding.current(store, now, name)
    name = session.name
    if id_ and _may_be_repeat(session, messages[-1]) and (found := _stored(store, session, id_)):
        return [found], session
    new = _with_results(session, messages, now, count)
    uses_tools = any(one.role == "tool" or one.tool_calls for one in new)
    entries = [*map(Said, new[:-1]), Said(new[-1], id_)]
    after = store.append(
        name, entries, session.last_seq if uses_tools else None, turn, uid=session.uid
    )
    if id_ and (found := _stored(store, after, id_)):
        return [found], after
    first = after.last_seq - len(new) + 1
    return [replace(one, id=f"{first + place}.0") for place, one in enumerate(new)], after


def _with_results(
    session: Session, messages: Sequence[Message], now: datetime, count: Counter
) -> list[Message]:
    """The messages, after a result for each call that was cut off; each result has its tool's name.

    Raises `UsageError` for a result without a call.
    """
    calls = dict(session.open_calls)
    told: list[Message] = []
    for given in messages:
        message = given
        if tool_calls.ends_calls(message):
            told += tool_calls.closing(calls, stamp(now), count)
            calls.clear()
        elif message.role == "tool":
            tool = _tool_of(session, calls, message)
            message = replace(message, name=message.name or tool)
            del calls[message.tool_call_id]
        for call in message.tool_calls:
            _refuse_repeated(session, calls, call)
            calls[call.id] = call.name
        told.append(message)
    if len(calls) > MOST_OPEN:
        raise UsageError(
            f"session {session.name}: {len(calls)} tool calls without a result"
            f" (at most {MOST_OPEN})",
            "add the results first, as messages of role tool",
        )
    return told


def _tool_of(session: Session, calls: dict[str, str], result: Message) -> str:
    """The name of the tool whose result it is."""
    id_ = result.tool_call_id
    if id_ in calls:
        return calls[id_]
    there = ", ".join(list(calls)[:_SHOWN])
    raise UsageError(
        f"session {session.name}: no open tool call {id_!r}",
        f"open calls: {there}" if there else "a tool result follows the message with its call",
    )


def _refuse_repeated(session: Session, calls: dict[str, str], call: ToolCall) -> None:
    if call.id in calls:
        raise UsageError(
            f"session {session.name}: tool call {call.id!r} has no result yet",
            "give each call an id of its own",
        )


def _may_be_repeat(session: Session, message: Message) -> bool:
    """Whether a message that was stored already would be taken for a wrong one, or close calls
    that began after it.
    """
    if message.role == "tool":
        return message.tool_call_id not in session.open_calls
    return bool(session.open_calls)


def _stored(store: Store, session: Session, id_: str) -> Message | None:
    """The message of the entry with that id, which most often is the last one."""
    for after in (session.last_seq - 1, -1):
        for entry in store.entries(session.name, after):
            if isinstance(entry, Said) and entry.id == id_:
                return entry.message
    return None


def _counted(message: Message, now: datetime, count: Counter) -> Message:
    """With its time, its tokens and who counted them."""
    at = message.at or stamp(now)
    if message.tokens is not None:
        return replace(message, at=at, tokens_source=message.tokens_source or "provider")
    tokens, source = weights.counted(message, count)
    return replace(message, at=at, tokens=tokens, tokens_source=source)


def _text_of(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, default=str)
