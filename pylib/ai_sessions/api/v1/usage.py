"""`/v1/usage` and `/v1/quota`: what was used of models, and what their providers allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions import typed_times
from ai_sessions.accounting import reports
from ai_sessions.api.answers import Answer
from ai_sessions.api.problems import Refused
from ai_sessions.api.routes import Asked, Query, Route, array_of, object_of
from ai_sessions.api.service import Service
from ai_sessions.cli import limited
from ai_sessions.errors import UsageError
from ai_sessions.index import calls, crossed
from ai_sessions.records import stamp

if TYPE_CHECKING:
    from datetime import tzinfo

_GROUP = "Models"
#: Rows of an answer; a program that needs more asks for each month by itself.
_MOST_ROWS = 10_000
_TEXT = {"type": "string"}
_COUNT = {"type": "integer"}
_WHEN = {"type": "string", "maxLength": 40}
_NAME = {"type": "string", "maxLength": 256}


def usage(service: Service, asked: Asked) -> Answer:
    """Raises `UsageError` for a key, a time or a zone that is none, `Refused` for too many rows."""
    given, keys = asked.query, _keys(asked.query["group"])
    zone = typed_times.zone_named(given.get("tz"))
    first, last = typed_times.span(given.get("since"), given.get("until"), service.now(), zone)
    wanted = calls.Wanted(first, last, given.get("feature"), provider=given.get("provider", ""))
    groups, unreadable = _groups(service, keys, wanted, zone)
    if len(groups) > _MOST_ROWS:
        told = f"{len(groups):,} rows: an answer has at most {_MOST_ROWS:,}"
        raise Refused(
            400, "too_many", told, "ask for less at once by since and until, or fewer keys"
        )
    return Answer(
        {
            "group": given["group"],
            "since": stamp(first) if first else None,
            "until": stamp(last) if last else None,
            "data": [
                {"name": ", ".join(names), "keys": dict(zip(keys, names, strict=True)), **sums}
                for names, sums in groups.items()
            ],
            "unreadable": unreadable,
        }
    )


def _keys(text: str) -> list[str]:
    """Raises `UsageError`, which names all that are wrong at once."""
    keys = [one.strip() for one in text.split(",")]
    wrong = [one for one in dict.fromkeys(keys) if one not in reports.KEYS]
    if wrong:
        told = ", ".join(repr(one[:40]) for one in wrong[:5])
        raise UsageError(
            f"group: cannot group by {told}", f"one or more of: {', '.join(reports.KEYS)}"
        )
    if len(set(keys)) < len(keys):
        twice = next(one for one in keys if keys.count(one) > 1)
        raise UsageError(f"group: {twice} is there twice", "name each key once")
    return keys


def _groups(
    service: Service, keys: list[str], wanted: calls.Wanted, zone: tzinfo | None
) -> tuple[reports.Crossed, list[str]]:
    """By the names of each, and what is wrong with sessions that are left out."""
    if len(keys) > 1:
        told = crossed.by(service.index, keys, wanted, zone)
        return told.answer, told.unreadable
    told = calls.by(service.index, keys[0], wanted, zone)
    return {(name,): sums for name, sums in told.answer.items()}, told.unreadable


def quota(service: Service, _asked: Asked) -> Answer:
    settings = service.settings()
    root = settings["SESSION_DIR"]
    return Answer(
        {
            "reached": limited.facts(root),
            "data": limited.quota_facts(root, settings, service.environment),
        }
    )


ROUTES = (
    Route(
        "GET",
        "/v1/usage",
        "get_usage",
        "Calls, tokens and cost, by day, model, interface and others; the dearest first.",
        usage,
        query=(
            Query(
                "group",
                {"type": "string", "maxLength": 200, "default": "day"},
                f"What each row is, several between commas: {', '.join(reports.KEYS)}.",
            ),
            Query("since", _WHEN, "From then on: RFC 3339, a day, a month, `7d`."),
            Query("until", _WHEN, "Before then."),
            Query("tz", _NAME, "Zone of days, as Europe/Berlin; none: this machine's."),
            Query("feature", _NAME, "Of one feature."),
            Query("provider", _NAME, "Of one provider."),
        ),
        answers={
            200: object_of(
                {
                    "group": _TEXT,
                    "since": {"type": ["string", "null"]},
                    "until": {"type": ["string", "null"]},
                    "data": array_of(
                        object_of(
                            {
                                "name": _TEXT,
                                "keys": {"type": "object", "additionalProperties": _TEXT},
                                "interactions": _COUNT,
                                "errors": _COUNT,
                                "cost": {"type": ["number", "null"]},
                                "unknown_costs": _COUNT,
                            },
                            *("name", "keys", "interactions", "errors", "cost", "unknown_costs"),
                            more=True,
                        )
                    ),
                    "unreadable": array_of(_TEXT),
                },
                *("group", "since", "until", "data", "unreadable"),
            )
        },
        group=_GROUP,
    ),
    Route(
        "GET",
        "/v1/quota",
        "get_quota",
        "Limits of providers: those that are reached now, and how much of each is used.",
        quota,
        answers={
            200: object_of(
                {
                    "reached": array_of({"type": "object"}),
                    "data": array_of(
                        object_of(
                            {
                                "provider": _TEXT,
                                "unit": _TEXT,
                                "window": _TEXT,
                                "limit": {"type": ["integer", "null"]},
                                "used": {"type": ["integer", "null"]},
                                "resets_at": {"type": ["string", "null"]},
                            },
                            *("provider", "unit", "window", "limit", "used", "resets_at"),
                            more=True,
                        )
                    ),
                },
                *("reached", "data"),
            )
        },
        group=_GROUP,
    ),
)
