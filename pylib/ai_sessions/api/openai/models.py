"""`/v1/models`: what clients of OpenAI's API may name as a model."""

from __future__ import annotations

from typing import Any

from ai_sessions.api.answers import Answer
from ai_sessions.api.openai import telling
from ai_sessions.api.openai.completions import DEFAULT
from ai_sessions.api.routes import Asked, Route, array_of, object_of
from ai_sessions.api.service import Service
from ai_sessions.assemble import known_models
from ai_sessions.assemble.providers import AGENTS
from ai_sessions.errors import NotFound
from ai_sessions.providers.choosing import AUTO, AUTO_FREE

_TEXT = {"type": "string"}
_MODEL = object_of(
    {
        "id": _TEXT,
        "object": {"const": "model"},
        "created": {"type": "integer"},
        "owned_by": _TEXT,
    },
    *("id", "object", "created", "owned_by"),
)
_OWN = "ai-sessions"


def list_(service: Service, asked: Asked) -> Answer:
    return Answer({"object": "list", "data": list(map(_plain, _names(service, asked)))})


def read(service: Service, asked: Asked) -> Answer:
    """One by its id, or by the name that its provider has for it. Raises `NotFound`."""
    given = asked.path["id"]
    names = _names(service, asked)
    found = [one for one in names if given == one] or [
        one for one in names if one.partition(":")[2] == given
    ]
    if not found:
        raise NotFound(f"no model {given[:120]!r}", "GET /v1/models lists them")
    return Answer(_plain(found[0]))


def _names(service: Service, asked: Asked) -> list[str]:
    """Those that can be asked now, with this token: agents read files of this machine."""
    served = service.available_models()
    if not asked.token.allows("admin"):
        served = [one for one in served if one not in AGENTS]
    return [DEFAULT, *(_choices(service) if served else ()), *served]


def _choices(service: Service) -> tuple[str, ...]:
    """What stands for the best of several, where a pool has a key."""
    given = service.settings(), service.environment
    pools = known_models.catalog(*given).pools.values()
    return (AUTO, AUTO_FREE) if any(known_models.key_of(*given, one) for one in pools) else ()


def _plain(name: str) -> dict[str, Any]:
    """`created` is known of none of them."""
    owner = _OWN if name in (DEFAULT, AUTO, AUTO_FREE) else name.partition(":")[0]
    return {"id": name, "object": "model", "created": 0, "owned_by": owner}


_GROUP = "OpenAI"
_FAILURE = {"application/json": telling.ERROR}
ROUTES = (
    Route(
        "GET",
        "/v1/models",
        "list_models",
        "The models that can be asked now, as OpenAI lists them; an agent by its name.",
        list_,
        answers={
            200: object_of(
                {"object": {"const": "list"}, "data": array_of(_MODEL)}, "object", "data"
            )
        },
        group=_GROUP,
        failed=telling.failed,
        failure=_FAILURE,
    ),
    Route(
        "GET",
        "/v1/models/{id:path}",
        "get_model",
        "One model that can be asked now.",
        read,
        answers={200: _MODEL},
        group=_GROUP,
        failed=telling.failed,
        failure=_FAILURE,
    ),
)
