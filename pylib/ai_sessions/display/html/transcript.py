"""A session as a page of HTML: what it is, then all that was said, each call with its figures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ai_sessions import money
from ai_sessions.controls import one_line
from ai_sessions.display import facts, spoken, timeline
from ai_sessions.display.html import page, tables
from ai_sessions.display.html.escaping import optional, text
from ai_sessions.display.html.prose import code, prose
from ai_sessions.records import Entry, Interaction, Message, ModelTotals, Session, ToolCall

_ROLES = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool"}
#: Characters of the line that stands for what is folded, and of data that is no text.
_LINE, _DATA = 100, 2000
#: A system text up to this length is not folded.
_SHORT = 400


def html(session: Session, entries: Iterable[Entry]) -> Iterator[str]:
    """The page in pieces, one an entry, so that long sessions need no memory."""
    metadata, entries = spoken.with_metadata(entries)
    yield page.begin(title_of(session))
    yield head(session, metadata)
    number = 0
    for entry in entries:
        yield piece(entry, number)
        number += len(spoken.said(entry))
    yield "</main>\n" + page.END


def head(session: Session, metadata: Mapping[str, Any] | None = None) -> str:
    """What is above the first message. `metadata`: what a program has to say of its session."""
    return (
        '<a class="skip" href="#said">Skip to what was said</a>\n'
        f'<header>\n{about(session, metadata)}</header>\n<main id="said">\n'
    )


def about(session: Session, metadata: Mapping[str, Any] | None = None) -> str:
    """What it is called, its facts, and what each model did in it."""
    rows = "".join(
        f"<dt>{text(name)}</dt><dd>{text(one_line(value))}</dd>\n"
        for name, value in facts.facts(session, metadata)
    )
    return (
        f'<h1 dir="auto">{text(title_of(session))}</h1>\n<dl>\n{rows}</dl>\n'
        f"{_models(session.totals.by_model)}"
    )


def title_of(session: Session) -> str:
    """What it is called."""
    return one_line(session.about.title or session.name)


def piece(entry: Entry, number: int) -> str:
    """What the page has of an entry; empty for what nobody looks for. `number`: messages above."""
    said = spoken.said(entry)
    shown = "".join(_message(one, at) for at, one in enumerate(said, start=number + 1))
    if isinstance(entry, Interaction):
        return shown + _call(entry)
    if not said and (found := timeline.mark(entry)):
        return f'<p class="mark" dir="auto"><b>{text(found.kind)}</b> {text(found.text)}</p>\n'
    return shown


def _models(sums: Mapping[str, ModelTotals]) -> str:
    rows = [
        (
            name or "?",
            f"{one.interactions:,}",
            f"{one.usage.input_tokens:,}",
            f"{one.usage.output_tokens:,}",
            money.shown(one.cost_nusd, one.unknown_costs),
        )
        for name, one in sums.items()
    ]
    heads = ("Model", "Calls", "Tokens in", "Out", "Cost")
    return tables.table(heads, rows, "Models") if rows else ""


def _message(message: Message, number: int) -> str:
    role = message.role if message.role in _ROLES else "other"
    about = "".join(
        (
            optional("<bdi>{}</bdi>", message.name),
            '<b class="bad">failed</b>' if message.is_error else "",
            _time(message.at),
        )
    )
    return (
        f'<article id="m{number}" class="{role}">\n<h2><a href="#m{number}">{number}</a>'
        f"<span>{text(_ROLES.get(message.role, message.role))}</span>{about}</h2>\n"
        f"{_text(message)}{''.join(map(_tool_call, message.tool_calls))}"
        f"{''.join(map(_part, message.parts))}{_data('metadata', message.metadata)}</article>\n"
    )


def _text(message: Message) -> str:
    """What was said; results of tools and long system texts are folded."""
    if message.role == "tool":
        return _folded("result", code(message.text), message.text, is_open=message.is_error)
    if message.role == "system" and len(message.text) > _SHORT:
        return _folded("text", prose(message.text), message.text)
    return prose(message.text)


def _tool_call(call: ToolCall) -> str:
    given = call.arguments
    if isinstance(given, dict):
        rows = (f"<dt>{text(key)}</dt><dd>{code(_shown(one))}</dd>\n" for key, one in given.items())
        inner = f"<dl>{''.join(rows)}</dl>\n"
    else:
        inner = "" if given is None else code(_shown(given))
    return _folded(f"calls {call.name}", inner, "" if given is None else _shown(given))


def _part(part: Mapping[str, Any]) -> str:
    """A part beside the text, such as a picture: told, never loaded."""
    return _data(str(part.get("type", "part")), part)


def _data(name: str, value: Mapping[str, Any]) -> str:
    if not value:
        return ""
    shown = _shown(value)
    more = len(shown) - _DATA
    return _folded(name, code(f"{shown[:_DATA]}… {more:,} more" if more > 0 else shown))


def _folded(name: str, inner: str, beginning: str = "", *, is_open: bool = False) -> str:
    """`inner` is HTML. `beginning`: the text whose beginning stands for it."""
    line = one_line(beginning[: _LINE * 4])
    cut = f"{line[:_LINE]}…" if len(line) > _LINE else line
    shown = optional(' <span class="soft">{}</span>', cut)
    state = " open" if is_open else ""
    return f"<details{state}><summary>{text(name)}{shown}</summary>\n{inner}</details>\n"


def _call(call: Interaction) -> str:
    usage = call.usage
    found = (
        ("At", "" if call.messages else call.at),
        ("Task", call.task),
        ("For", call.purpose),
        ("Model", call.model or call.provider),
        ("In", f"{usage.input_tokens:,} tokens"),
        ("Cached", f"{usage.cache_read_tokens:,}" if usage.cache_read_tokens else ""),
        ("Out", f"{usage.output_tokens:,} tokens"),
        ("Cost", money.shown(call.cost.nusd)),
        ("Took", f"{call.duration_ms / 1000:.1f} s" if call.duration_ms else ""),
    )
    shape = "<div><dt>{}</dt><dd>{{}}</dd></div>\n"
    rows = "".join(optional(shape.format(name), value) for name, value in found)
    failed = f'<div class="bad"><dt>Failed</dt><dd>{text(call.status)}</dd></div>\n'
    return f'<dl class="call">\n{rows}{failed if call.status != "ok" else ""}</dl>\n'


def _time(at: str) -> str:
    """`2026-11-28T10:00:00.000Z` as `2026-11-28 10:00:00 UTC`; anything else as it is."""
    shown = f"{at[:10]} {at[11:19]} UTC" if at.endswith("Z") and at[10:11] == "T" else at
    return f'<time datetime="{text(at)}">{text(shown)}</time>' if at else ""


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
