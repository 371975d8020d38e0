"""One turn with a model in a session: what a request asks for, and what is told of its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sessions.api import problems
from ai_sessions.api.answers import Answer
from ai_sessions.api.problems import Refused
from ai_sessions.assemble import chats
from ai_sessions.conversations import outcomes
from ai_sessions.sessions import export

if TYPE_CHECKING:
    from ai_sessions.api.scopes import Token
    from ai_sessions.api.service import Service
    from ai_sessions.assemble.chats import Prepared
    from ai_sessions.errors import AiSessionsError
    from ai_sessions.jobs import Result
    from ai_sessions.records import Interaction, Session

Plain = dict[str, Any]


def prepared(service: Service, token: Token, session: Session, body: Plain) -> Prepared:
    """`body`: `text`, and what the caller wants: `provider`, `model`, `timeout_s`,
    `require_resume`.

    Raises as `chats.prepared` does, and `Refused` for an agent without the scope admin.
    """
    asked = chats.Asked(
        body["text"],
        body.get("provider", ""),
        body.get("model", ""),
        float(body["timeout_s"]) if "timeout_s" in body else None,
        bool(body.get("require_resume")),
        lock_wait_s=0.0,  # a second turn is told that one is under way
        may_read_files=token.allows("admin"),
    )
    try:
        return chats.prepared(service, session, asked)
    except chats.ReadsFiles as error:
        hint = "name another provider, or use a token with scope admin"
        raise Refused(403, "scope", str(error), hint) from error


def problem(call: Interaction, error: AiSessionsError | None = None) -> Answer:
    """A call that failed, told alike to who waited and to who reads of it later. `error`: what was
    raised, where that is known still.
    """
    if error is None:
        told = str(call.detail.get("error", "")) or f"the call ended as {call.status}"
        error = outcomes.kind_of(call.status)(f"{call.provider}: {told}")
    if call.status == "interrupted":  # the model did nothing wrong: somebody ended it
        return problems.answer(409, "interrupted", error.message, "ask again")
    return problems.of_error(error)


def answer(result: Result, call: Interaction) -> Answer:
    """The end of a turn as one JSON object; of a call that failed the problem, with the call.

    `call`: as it is in the log, with its number.
    """
    told = {
        "session": result.session.uid,
        "text": result.text,
        "call": export.call(call),
        "continuity": result.continuity,
        "warnings": list(result.warnings),
    }
    if result.error is None:
        return Answer(told)
    failed = problem(call, result.error)
    return Answer({**failed.body, **told}, failed.status, failed.headers, failed.media)
