"""A session as a page to read: what it is, then everything that was said, as Markdown.

What was said is quoted, so that no message can pass for a heading, a speaker or a cost of the page.
"""

import json
import re
from collections.abc import Iterable, Iterator

from ai_sessions import money
from ai_sessions.controls import one_line, plain
from ai_sessions.display import timeline
from ai_sessions.records import SUMMARY, Entry, Interaction, Message, Said, Session

_END_OF_QUOTE = re.compile(r"</(?=\s*blockquote)", re.IGNORECASE)
_SPEAKERS = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool"}


def markdown(session: Session, entries: Iterable[Entry]) -> Iterator[str]:
    """The page in pieces, one an entry, so that long sessions need no memory."""
    yield head(session)
    yield from filter(None, map(piece, entries))


def piece(entry: Entry) -> str:
    """What a page has of an entry, whatever is before it; empty: nothing."""
    if isinstance(entry, Interaction):
        return _call(entry)
    if isinstance(entry, Said):
        return _said(entry.message)
    found = timeline.mark(entry)
    return f"*{one_line(found.kind)}* {found.text}\n\n" if found else ""


def head(session: Session) -> str:
    """What a page begins with: its heading, the facts of the session."""
    totals = session.totals
    cost = money.shown(totals.cost_nusd, totals.unknown_costs)
    facts = [
        ("Title", session.about.title),
        ("Feature", session.about.feature),
        ("Project", session.about.project),
        ("Created", session.created_at),
        ("Last used", session.last_used),
        ("Calls", f"{totals.interactions} ({cost})"),
        *_of_conversation(session),
    ]
    lines = [f"- {label}: {one_line(value)}" for label, value in facts if value]
    return "\n".join([f"# {session.name}", "", *lines, "", ""])


def _of_conversation(session: Session) -> Iterator[tuple[str, str]]:
    """What only conversations have; empty values are left out by the caller."""
    about = session.about
    yield "Description", session.description
    yield "Interface", " ".join(filter(None, (about.interface, about.conversation_id)))
    yield "Tags", ", ".join(session.tags)
    if about.parent:
        yield ("Follows" if about.parent.seq is None else "Fork of"), about.parent.name
    yield "Linked with", ", ".join(session.links.values())
    for key, value in session.state.items():
        yield "State", f"{key} = {json.dumps(value, ensure_ascii=False)}"
    for key, pin in session.pins.items():
        yield "Pin", f"{key}: {pin.text}"


def _call(call: Interaction) -> str:
    cost = money.shown(call.cost.nusd)
    words = [call.at, call.task, call.purpose, call.model or call.provider, cost]
    if call.status != "ok":
        words.append(f"failed: {call.status}")
    said = "" if call.purpose == SUMMARY else "".join(map(_said, call.messages))
    return f"## {' · '.join(filter(None, map(one_line, words)))}\n\n{said}"


def _said(message: Message) -> str:
    about = ", ".join(filter(None, (message.name, "failed" if message.is_error else "")))
    speaker = _SPEAKERS.get(message.role, message.role) + (f" ({about})" if about else "")
    text = "\n".join(filter(None, (message.text, *map(timeline.tool_call, message.tool_calls))))
    return f"**{one_line(speaker)}**\n\n{_quoted(text)}\n\n"


def _quoted(text: str) -> str:
    """Every line as part of a quotation, which no tag in it can end."""
    shown = _END_OF_QUOTE.sub("&lt;/", plain(text).rstrip())
    return "\n".join(f"> {line}" if line else ">" for line in shown.split("\n"))
