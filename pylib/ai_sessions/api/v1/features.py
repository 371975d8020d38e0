"""`/v1/features`: what the workflow knows of the repositories that are shown here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked, Query, Route, array_of, named, object_of
from ai_sessions.api.service import Service
from ai_sessions.workflow import repositories
from ai_sessions.workflow.repositories import Repository
from ai_sessions.workspace.files import Workspace

GROUP = "Features"
REPOSITORY = Query("repository", {"type": "string", "maxLength": 4096}, "Its path; none: any.")


def shown(service: Service) -> list[Repository]:
    """The repositories of API_REPOSITORIES, as it is now."""
    return repositories.listed(service.settings()["API_REPOSITORIES"], service.environment)


def space_of(service: Service, asked: Asked) -> Workspace:
    """The feature that the path names. Raises `NotFound`, `UsageError`."""
    path = asked.query.get("repository", "")
    return repositories.find(shown(service), asked.path["feature"], path)


def read_all(service: Service, asked: Asked) -> Answer:
    wanted = asked.query.get("repository", "")
    known = [one for one in shown(service) if wanted in ("", one.path)]
    told = [{"path": one.path, "problem": one.problem or None} for one in known]
    rows = [repositories.row(space) for one in known for space in one.spaces()]
    return plain({"data": rows, "repositories": told})


def read(service: Service, asked: Asked) -> Answer:
    return plain(repositories.whole(space_of(service, asked)))


def plain(
    value: dict[str, Any], status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """Plans and proofs may name files that are not UTF-8, which orjson does not write."""
    return Answer(json.dumps(value).encode(), status, headers or {})


ROUTES = (
    Route(
        "GET",
        "/v1/features",
        "list_features",
        "Where all features stand, in the repositories of API_REPOSITORIES.",
        read_all,
        query=(REPOSITORY,),
        answers={
            200: object_of(
                {
                    "data": array_of(named("Feature")),
                    "repositories": array_of(
                        object_of(
                            {"path": {"type": "string"}, "problem": {"type": ["string", "null"]}},
                            *("path", "problem"),
                        )
                    ),
                },
                *("data", "repositories"),
            )
        },
        group=GROUP,
    ),
    Route(
        "GET",
        "/v1/features/{feature}",
        "get_feature",
        "One feature: its plan, where each task stands, its proof and what it cost.",
        read,
        query=(REPOSITORY,),
        answers={200: named("Feature")},
        group=GROUP,
    ),
)
