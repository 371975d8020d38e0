"""`/v1/export`: sessions with all that was said, streamed as they are read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from ai_sessions import threads, typed_times
from ai_sessions.api.answers import JSON, Answer
from ai_sessions.api.pushing import Write, pushed
from ai_sessions.api.routes import Asked, Query, Route
from ai_sessions.api.service import Service
from ai_sessions.errors import NotFound
from ai_sessions.records import stamp
from ai_sessions.sessions import export as exporting

_MEDIA = {
    "json": JSON,
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}
_WHEN = {"type": "string", "maxLength": 40}
_TEXT = {"type": "string", "maxLength": 256}


async def export(service: Service, asked: Asked) -> Answer:
    """Raises `NotFound` for a session that is none, `UsageError` for a time that is none. What
    cannot be read breaks the stream off, so that nobody takes a part for the whole.
    """
    wanted = await threads.run(_wanted, service, asked)
    pieces = pushed(partial(_written, service, wanted))
    first = await anext(pieces, b"")
    return Answer(media=_MEDIA[wanted.form], stream=_after(first, pieces))


async def _after(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """What failed before the first piece has its status."""
    try:
        yield first
        async for piece in pieces:
            yield piece
    finally:
        await pieces.aclose()  # type: ignore[attr-defined]


def _written(service: Service, wanted: exporting.Wanted, write: Write) -> None:
    exporting.export(service.store, wanted, write)


def _wanted(service: Service, asked: Asked) -> exporting.Wanted:
    given = asked.query
    zone = typed_times.zone_named(given.get("tz"))
    span = typed_times.span(given.get("since"), given.get("until"), service.now(), zone)
    since, until = (stamp(one) if one else "" for one in span)
    return exporting.Wanted(
        names=_names(service, given.get("session", "")),
        form=given["format"],
        since=since,
        until=until,
        ledger="" if given.get("session") else str(service.settings()["SESSION_DIR"]),
        home=service.environment.get("HOME", "") if given["redact"] else None,
    )


def _names(service: Service, given: str) -> tuple[str, ...]:
    if not given:
        return ()
    found = service.core.find_by_id(given)
    if found is None:
        raise NotFound(f"no session {given[:120]!r}", "GET /v1/sessions lists them")
    return (found.name,)


ROUTES = (
    Route(
        "GET",
        "/v1/export",
        "export_sessions",
        "Sessions with their calls and messages, as `ai-session.sh export` writes them.",
        export,
        query=(
            Query("format", {"enum": list(exporting.FORMS), "default": "json"}, "The form."),
            Query("session", _TEXT, "Of one alone, by its id or name."),
            Query("since", _WHEN, "Calls from then on: RFC 3339, a day, a month, `7d`."),
            Query("until", _WHEN, "Calls before then."),
            Query("tz", _TEXT, "Zone of days, as Europe/Berlin; none: this machine's."),
            Query(
                "redact", {"type": "boolean", "default": False}, "Mask keys and the home folder."
            ),
        ),
        answers={200: {"type": "array", "items": {"type": "object"}}},
        failures=(404,),
        texts=tuple(media for media in _MEDIA.values() if media != JSON),
        group="Sessions",
    ),
)
