"""The answer that is coming in a session, as far as it has come."""

from __future__ import annotations

from ai_sessions.api import following
from ai_sessions.api.service import Service
from ai_sessions.api.site import paths
from ai_sessions.api.turns import Turn
from ai_sessions.display.html import tables, transcript
from ai_sessions.records import Message, Session
from ai_sessions.sessions import drafts


def settled(service: Service, session: Session) -> Session:
    """The session, with a call recorded whose process is gone."""
    call = str(session.calling.get("id", ""))
    if not call or _ours(service, session) or not following.is_over(service, session.name, call):
        return session
    return service.store.read(session.name)


#: Seconds until a page on which an answer is coming is loaded again.
AGAIN_S = 5


def shown(service: Service, session: Session, *, looks_again: bool) -> str:
    """Empty where no turn is under way. `looks_again`: the page is loaded again by itself."""
    turn = _ours(service, session)
    call = turn.id if turn else str(session.calling.get("id", ""))
    if not call:
        return ""
    said = "".join(
        transcript.message(one, f"now-{number}")
        for number, one in enumerate(_said(service, session, turn, call))
    )
    return f"{said}{_status(session, looks_again=looks_again)}"


def _status(session: Session, *, looks_again: bool) -> str:
    """With the way to have it loaded again by itself, and to have that no more. A page does so for
    nobody who did not ask for it: it would take the place that a screen reader is at.
    """
    off, on = paths.session(session.uid), paths.session(session.uid, refresh="on")
    told = (
        f"This page is loaded again every {AGAIN_S} s. {tables.link(off, 'Stop that')}"
        if looks_again
        else f"{tables.link(off, 'Look again')} {tables.link(on, f'Look every {AGAIN_S} s')}"
    )
    return (
        f'<p class="mark" role="status"><b>under way</b> the answer is still coming. {told}</p>\n'
    )


def _ours(service: Service, session: Session) -> Turn | None:
    turn = service.turns.of(session.name)
    return turn if turn and not turn.is_over else None


def _said(service: Service, session: Session, turn: Turn | None, call: str) -> tuple[Message, ...]:
    """From the draft; where nobody keeps words, from the turn itself."""
    if turn and turn.words is not None:
        text = ""
        for line in list(turn.words):
            text = line["text"] if line["begins"] else text + line["text"]
        return (Message("assistant", text),) if text else ()
    return drafts.read(service.log_dir(session.name), call, "")
