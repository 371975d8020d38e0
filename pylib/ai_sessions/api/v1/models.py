"""`/v1/models/rank` and what is done to single models: who is asked next for `auto`, and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ai_sessions import times
from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked, Query, Route, array_of, object_of
from ai_sessions.api.service import Service
from ai_sessions.assemble import ledgers, pools
from ai_sessions.assemble.prices import prices
from ai_sessions.assemble.rotation import rotation
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.providers.choosing import AUTO, AUTO_FREE
from ai_sessions.records import stamp
from ai_sessions.rotating.ranking import priced
from ai_sessions.rotation import registry
from ai_sessions.rotation.records import Candidate, Need

if TYPE_CHECKING:
    from ai_sessions.ledger.quotas import Quotas
    from ai_sessions.rotation.records import Place, Ranked

_GROUP = "Models"
_TEXT = {"type": "string"}
_MOST_TOKENS = 10_000_000
#: Seconds of a pause where nobody says how long, and the longest one.
_PAUSE_S, _LONGEST_S = 3600, 366 * 86_400
#: What a strategy knows of a model.
_STATE = ("requests_today", "tokens_today", "success_rate", "avg_latency_ms", "failures_in_a_row")


def rank(service: Service, asked: Asked) -> Answer:
    """Raises `ConfigError` where there is none to choose among, or no such strategy."""
    settings, now = service.settings(), service.now()
    among = rotation(settings, service.environment, asked.query["choice"])
    strategy = registry.named(asked.query.get("strategy") or settings["AI_STRATEGY"])
    tokens = asked.query["prompt_tokens"]
    need = Need(prompt_tokens=tokens, answer_tokens=among.answer_tokens, free_only=among.free_only)
    price_of = prices(settings)
    found = [priced(one, need, now, price_of) for one in among.candidates(now)]
    by_key = {one.key: one for one in found}
    ranked = strategy.rank(found, need, now)
    explain = asked.query["explain"]
    return Answer(
        {
            "strategy": strategy.name,
            "data": [_plain(one, by_key[one.model], now, explain=explain) for one in ranked],
        }
    )


def _plain(ranked: Ranked, candidate: Candidate, now: datetime, *, explain: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": ranked.model,
        "name": candidate.model.display_name,
        "score": ranked.score,
        "excluded": ranked.excluded or None,
    }
    if not explain:
        return told
    state = {name: getattr(candidate.state, name) for name in _STATE}
    until = candidate.state.open_until
    is_paused = until is not None and until > now
    return {
        **told,
        "terms": dict(ranked.terms),
        "state": {**state, "paused_until": stamp(until) if until and is_paused else None},
        "why": candidate.state.why if is_paused else "",
    }


def enable(service: Service, asked: Asked) -> Answer:
    """Ask a model again that pauses. Raises `NotFound`."""
    found = _places(service, asked)
    for place in found:
        _quotas(service).enable(place)
    return Answer({"id": found[0].model.key, "paused_until": None})


def cooldown(service: Service, asked: Asked) -> Answer:
    """Let a model pause. Raises `NotFound`, `UsageError`."""
    until = _until(service, asked.body or {})
    found = _places(service, asked)
    for place in found:
        _quotas(service).pause(place, until, f"paused by {asked.token.name}")
    return Answer({"id": found[0].model.key, "paused_until": stamp(until)})


def reset(service: Service, asked: Asked) -> Answer:
    """Forget how a model has answered. Raises `NotFound`."""
    found = _places(service, asked)
    for place in found:
        _quotas(service).reset(place)
    return Answer({"id": found[0].model.key, "paused_until": None})


def _until(service: Service, body: dict[str, Any]) -> datetime:
    now = service.now()
    if "until" not in body:
        return now + timedelta(seconds=body.get("seconds", _PAUSE_S))
    until = times.read(body["until"])
    if until is None or not timedelta(0) < until - now < timedelta(seconds=_LONGEST_S):
        raise UsageError(
            f"until: no time in the next year: {body['until']!r:.60}",
            "write it like 2026-11-30T15:00:00Z",
        )
    return until


def _quotas(service: Service) -> Quotas:
    return ledgers.quotas(service.settings(), lambda _told: None, service.now)


def _places(service: Service, asked: Asked) -> list[Place]:
    """Where a model is asked, by its key or the name that its server has for it."""
    given = asked.path["id"]
    known = pools.places(service.settings(), service.environment)
    found = _named(known, given)
    if not found:
        raise NotFound(f"no model {given[:120]!r} to choose among", "GET /v1/models/rank has them")
    return found


def _named(places: Iterable[Place], given: str) -> list[Place]:
    return [one for one in places if given in (one.model.key, one.model.id)]


_PAUSED = object_of(
    {"id": _TEXT, "paused_until": {"type": ["string", "null"]}}, "id", "paused_until"
)
_RANKED = object_of(
    {
        "id": _TEXT,
        "name": _TEXT,
        "score": {"type": "number"},
        "excluded": {"type": ["string", "null"]},
        "terms": {"type": "object"},
        "state": {"type": "object"},
        "why": _TEXT,
    },
    *("id", "name", "score", "excluded"),
)
ROUTES = (
    Route(
        "GET",
        "/v1/models/rank",
        "rank_models",
        "Who is asked next for `auto`, the best first; those that may not answer say why.",
        rank,
        query=(
            Query("explain", {"type": "boolean", "default": False}, "What each score is made of."),
            Query("strategy", {"type": "string", "maxLength": 64}, "None: by AI_STRATEGY."),
            Query("choice", {"enum": [AUTO, AUTO_FREE], "default": AUTO}, "Among which."),
            Query(
                "prompt_tokens",
                {"type": "integer", "minimum": 0, "maximum": _MOST_TOKENS, "default": 0},
                "Of the question.",
            ),
        ),
        answers={
            200: object_of({"strategy": _TEXT, "data": array_of(_RANKED)}, "strategy", "data")
        },
        group=_GROUP,
    ),
    Route(
        "POST",
        "/v1/models/{id:path}/enable",
        "enable_model",
        "Ask a model again that pauses, or whose account was closed.",
        enable,
        scope="admin",
        answers={200: _PAUSED},
        group=_GROUP,
    ),
    Route(
        "POST",
        "/v1/models/{id:path}/cooldown",
        "pause_model",
        "Ask a model no more for a while; an hour where nothing is said.",
        cooldown,
        scope="admin",
        body=object_of(
            {
                "seconds": {"type": "integer", "minimum": 1, "maximum": _LONGEST_S},
                "until": {"type": "string", "maxLength": 40},
            }
        ),
        needs_body=False,
        answers={200: _PAUSED},
        group=_GROUP,
    ),
    Route(
        "POST",
        "/v1/models/{id:path}/reset",
        "reset_model",
        "Forget how a model has answered; what was used of its quotas stays.",
        reset,
        scope="admin",
        answers={200: _PAUSED},
        group=_GROUP,
    ),
)
