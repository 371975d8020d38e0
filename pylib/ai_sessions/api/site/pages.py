"""How a page becomes a route."""

from __future__ import annotations

from ai_sessions.api.answers import HTML
from ai_sessions.api.routes import INDEX, Query, Route, Work
from ai_sessions.api.site.failures import FAILURE, failed

GROUP = "Pages"
_TEXT = {"type": "string"}


def page(path: str, name: str, summary: str, work: Work, *query: Query) -> Route:
    """For who may read; others are sent to log in."""
    return Route(
        "GET",
        path,
        name,
        summary,
        work,
        query=query,
        answers={200: _TEXT, 303: None},
        media=HTML,
        group=GROUP,
        line=INDEX,
        failed=failed,
        failure=FAILURE,
    )
