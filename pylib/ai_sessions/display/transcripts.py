"""A session as a page to read: what it is, then everything that was said, as Markdown."""

from collections.abc import Iterable, Iterator

from ai_sessions import controls, money
from ai_sessions.records import Entry, Interaction, Message, Said, Session

_SPEAKERS = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool"}


def markdown(session: Session, entries: Iterable[Entry]) -> Iterator[str]:
    """The page in pieces, one an entry, so that long sessions need no memory."""
    yield controls.plain(_head(session))
    for entry in entries:
        if isinstance(entry, Interaction):
            yield controls.plain(_call(entry))
        elif isinstance(entry, Said):
            yield controls.plain(_said(entry.message))


def _head(session: Session) -> str:
    totals = session.totals
    cost = money.shown(totals.cost_nusd, totals.unknown_costs)
    facts = [
        ("Feature", session.about.feature),
        ("Project", session.about.project),
        ("Created", session.created_at),
        ("Last used", session.last_used),
        ("Calls", f"{totals.interactions} ({cost})"),
    ]
    lines = [f"- {label}: {value}" for label, value in facts if value]
    return "\n".join([f"# {session.name}", "", *lines, "", ""])


def _call(call: Interaction) -> str:
    cost = money.shown(call.cost.nusd)
    words = [call.at, call.task, call.purpose, call.model or call.provider, cost]
    if call.status != "ok":
        words.append(f"failed: {call.status}")
    said = "".join(map(_said, call.messages))
    return f"## {' · '.join(word for word in words if word)}\n\n{said}"


def _said(message: Message) -> str:
    speaker = _SPEAKERS.get(message.role, message.role) + (
        f" ({message.name})" if message.name else ""
    )
    return f"**{speaker}**\n\n{message.text.rstrip()}\n\n"
