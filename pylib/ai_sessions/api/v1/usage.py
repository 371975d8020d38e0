"""`/v1/usage` and `/v1/quota`: what was used of models, and what their providers allow."""

from __future__ import annotations

from ai_sessions import typed_times
from ai_sessions.accounting import reports
from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked, Query, Route, array_of, object_of
from ai_sessions.api.service import Service
from ai_sessions.cli import limited
from ai_sessions.index import calls
from ai_sessions.records import stamp

_GROUP = "Models"
_TEXT = {"type": "string"}
_COUNT = {"type": "integer"}
_WHEN = {"type": "string", "maxLength": 40}
_NAME = {"type": "string", "maxLength": 256}


def usage(service: Service, asked: Asked) -> Answer:
    """Raises `UsageError` for a time or a zone that is none."""
    given, key = asked.query, asked.query["group"]
    zone = typed_times.zone_named(given.get("tz"))
    first, last = typed_times.span(given.get("since"), given.get("until"), service.now(), zone)
    wanted = calls.Wanted(first, last, given.get("feature"), provider=given.get("provider", ""))
    told = calls.by(service.index, key, wanted, zone)
    return Answer(
        {
            "group": key,
            "since": stamp(first) if first else None,
            "until": stamp(last) if last else None,
            "data": [{"name": name, **sums} for name, sums in told.answer.items()],
            "unreadable": told.unreadable,
        }
    )


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
            Query("group", {"enum": list(reports.KEYS), "default": "day"}, "What each row is."),
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
                                "interactions": _COUNT,
                                "errors": _COUNT,
                                "cost": {"type": ["number", "null"]},
                                "unknown_costs": _COUNT,
                            },
                            *("name", "interactions", "errors", "cost", "unknown_costs"),
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
