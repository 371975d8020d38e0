"""Failures as `application/problem+json` (RFC 9457), each with a stable `code`."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from ai_sessions import times
from ai_sessions.api import hints
from ai_sessions.api.answers import Answer
from ai_sessions.disk import refusals
from ai_sessions.errors import AiSessionsError, InvalidPlan

MEDIA = "application/problem+json"
#: Kind of an error -> status of the answer.
STATUSES = {
    "usage": 400,
    "unsupported": 400,
    "config": 503,
    "plan": 409,
    "not_found": 404,
    "gate": 409,
    "needs_person": 409,
    "exists": 409,
    "needed": 409,
    "limit": 429,
    "quota": 429,
    "lock": 409,
    "taken": 409,
    "conflict": 409,
    "provider": 502,
    "context_lost": 409,
    "storage": 507,
    "timeout": 504,
    "checks": 409,
}
#: Seconds after which trying again is worthwhile.
_RETRY_S = {"lock": 1, "conflict": 1, "limit": 60, "quota": 60}
TITLES = {
    303: "See other",
    304: "Not modified",
    400: "Bad request",
    401: "No valid token",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Request timed out",
    409: "Conflict",
    411: "Length required",
    412: "Precondition failed",
    413: "Too large",
    415: "Unsupported media type",
    421: "Misdirected request",
    422: "Not processable",
    429: "Limit reached",
    431: "Headers too large",
    500: "Internal error",
    501: "Not implemented",
    502: "The model failed",
    503: "Not available",
    504: "Timed out",
    507: "Storage failed",
}
#: JSON Schema of a problem.
SCHEMA = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "hint": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["type", "title", "status", "code"],
}


class Refused(AiSessionsError):
    """A request that is not done, with the status that says so."""

    kind = "refused"

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        hint: str = "",
        *,
        headers: dict[str, str] | None = None,
        errors: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, hint)
        self.status, self.code = status, code
        self.headers = headers or {}
        self.errors = errors


def known(error: Exception) -> AiSessionsError | None:
    """A failure in the words of errors.py, also one of the disk; None: a mistake of ours."""
    return error if isinstance(error, AiSessionsError) else refusals.told(error)


def of_error(error: AiSessionsError) -> Answer:
    """The answer that tells of a failure."""
    if isinstance(error, Refused):
        more = {"errors": list(error.errors)} if error.errors else {}
        return answer(error.status, error.code, error.message, error.hint, error.headers, more)
    status = STATUSES.get(error.kind, 500)
    wait_s = _wait_s(error)
    headers = {"retry-after": str(wait_s)} if wait_s else {}
    more = {"errors": list(error.faults)} if isinstance(error, InvalidPlan) else {}
    return answer(status, error.kind, error.message, hints.over_http(error.hint), headers, more)


def _wait_s(error: AiSessionsError) -> int:
    """Seconds until asking again is worthwhile, by when a limit ends if that is known; 0: none."""
    until = times.read(error.facts.get("until"))
    if until is None:
        has_no_end = bool(error.facts.get("budget"))  # that of a session, a task, a call
        return 0 if has_no_end else _RETRY_S.get(error.kind, 0)
    return max(1, math.ceil((until - datetime.now(UTC)).total_seconds()))


def answer(
    status: int,
    code: str,
    detail: str = "",
    hint: str = "",
    headers: dict[str, str] | None = None,
    more: dict[str, Any] | None = None,
) -> Answer:
    """`code`: a word that programs can rely on. `detail`, `hint`: what was wrong, what to do."""
    told = {"detail": detail, "hint": hint}
    body = {"type": "about:blank", "title": TITLES[status], "status": status, "code": code}
    body |= {key: value for key, value in told.items() if value}
    return Answer({**body, **(more or {})}, status, headers or {}, MEDIA)
