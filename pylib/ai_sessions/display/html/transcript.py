"""A session as a page of HTML: what it is, then all that was said, each call with its figures."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ai_sessions import money
from ai_sessions.controls import one_line
from ai_sessions.display import facts, spoken, timeline
from ai_sessions.display.html import page, tables
from ai_sessions.display.html.escaping import optional, text
from ai_sessions.display.html.prose import code, prose
from ai_sessions.records import Entry, Interaction, Message, ModelTotals, Session, Summary, ToolCall

_ROLES = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool"}
#: Facts that are a time.
_TIMES = ("Created", "Updated")
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


def about(
    session: Session,
    metadata: Mapping[str, Any] | None = None,
    links: Mapping[str, tables.Html] | None = None,
) -> str:
    """What it is called, its facts, and what each model did in it. `links`: facts that are links,
    by their names, in place of those in words.
    """
    linked = dict(links or {})
    found = [
        (name, linked.pop(name, _time(value) if name in _TIMES else text(one_line(value))))
        for name, value in facts.facts(session, metadata)
    ]
    rows = "".join(
        f"<dt>{text(name)}</dt><dd>{shown}</dd>\n" for name, shown in (*found, *linked.items())
    )
    return (
        f'<h1 dir="auto">{text(title_of(session))}</h1>\n<dl>\n{rows}</dl>\n'
        f"{_models(session.totals.by_model)}"
    )


def title_of(session: Session) -> str:
    """What it is called."""
    return one_line(session.about.title or session.name)


def piece(entry: Entry, number: int | None = None) -> str:
    """What the page has of an entry; empty for what nobody looks for. `number`: messages above;
    None: they are called by their ids.
    """
    said = spoken.said(entry)
    labels = (one.id for one in said) if number is None else itertools.count(number + 1)
    shown = "".join(message(one, str(label)) for one, label in zip(said, labels, strict=False))
    if isinstance(entry, Interaction):
        return shown + _call(entry)
    return shown if said else _mark(entry)


def anchor(call: Interaction) -> str:
    """Where the figures of a call are on its page."""
    return f"call-{quote(call.id, safe='')}"


def _mark(entry: Entry) -> str:
    """The words of a summary are folded."""
    found = timeline.mark(entry)
    if found is None:
        return ""
    shown = f'<p class="mark" dir="auto"><b>{text(found.kind)}</b> {text(found.text)}</p>\n'
    if not isinstance(entry, Summary):
        return shown
    inner = f'<div dir="auto">{prose(entry.text)}</div>'
    return f'<div class="mark">{_folded(found.kind, inner, found.text)}</div>\n'


def _models(sums: Mapping[str, ModelTotals]) -> str:
    rows = [
        (
            name or "?",
            money.shown(one.cost_nusd, one.unknown_costs),
            f"{one.interactions:,}",
            f"{one.usage.input_tokens:,}",
            f"{one.usage.cache_read_tokens:,}",
            f"{one.usage.cache_write_tokens:,}",
            f"{one.usage.output_tokens:,}",
        )
        for name, one in sums.items()
    ]
    heads = ("Model", "Cost", "Calls", "Input", "From cache", "To cache", "Output")
    return tables.table(heads, rows, "Models") if rows else ""


def message(said: Message, label: str) -> str:
    """A message with all it has. `label`: what it is called on the page."""
    role = said.role if said.role in _ROLES else "other"
    about = "".join(
        (
            optional("<bdi>{}</bdi>", said.name),
            '<b class="bad">failed</b>' if said.is_error else "",
            _time(said.at),
        )
    )
    place = text(f"m{label}")
    return (
        f'<article id="{place}" class="{role}">\n<h2><a href="#{place}">'
        f"{text(label.rpartition(':')[2])}</a>"
        f"<span>{text(_ROLES.get(said.role, said.role))}</span>{about}</h2>\n"
        f"{_text(said)}{''.join(map(_tool_call, said.tool_calls))}"
        f"{''.join(map(_part, said.parts))}{_data('metadata', said.metadata)}</article>\n"
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
        ("At", "" if call.messages else _moment(call.at)),
        ("Task", call.task),
        ("For", call.purpose),
        ("Model", call.model or call.provider),
        ("In", _tokens(call, usage.input_tokens)),
        ("From cache", f"{usage.cache_read_tokens:,}" if usage.cache_read_tokens else ""),
        ("To cache", f"{usage.cache_write_tokens:,}" if usage.cache_write_tokens else ""),
        ("Out", _tokens(call, usage.output_tokens)),
        ("Cost", money.shown(call.cost.nusd)),
        ("Took", f"{call.duration_ms / 1000:.1f} s" if call.duration_ms else ""),
    )
    shape = "<div><dt>{}</dt><dd>{{}}</dd></div>\n"
    rows = "".join(optional(shape.format(name), value) for name, value in found)
    if call.status != "ok":
        rows += f'<div class="bad"><dt>Failed</dt><dd>{text(call.status)}</dd></div>\n'
    return f'<dl class="call" id="{text(anchor(call))}">\n{rows}</dl>\n'


def _tokens(call: Interaction, count: int) -> str:
    """Of a call that broke off and of which nobody knows what it used: that."""
    if call.status != "ok" and call.cost.nusd is None and not call.usage.total_tokens:
        return "unknown"
    return f"{'about ' if call.usage.estimated else ''}{count:,} tokens"


def _time(at: str) -> str:
    return f'<time datetime="{text(at)}">{text(_moment(at))}</time>' if at else ""


def _moment(at: str) -> str:
    """`2026-11-28T10:00:00.000Z` as `2026-11-28 10:00:00 UTC`; anything else as it is."""
    return f"{at[:10]} {at[11:19]} UTC" if at.endswith("Z") and at[10:11] == "T" else at


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
