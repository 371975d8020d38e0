"""The files that pages load: their style and icon, under names that change with what is in them."""

from __future__ import annotations

import hashlib

from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked, Route
from ai_sessions.api.service import Service
from ai_sessions.api.site.style import SITE
from ai_sessions.display.html import page, statistics
from ai_sessions.errors import NotFound

_ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" \
height="16" rx="3" fill="#1d5fb8"/><path d="M4 5h8M4 8h8M4 11h5" stroke="#fff" stroke-width="1.5" \
stroke-linecap="round"/></svg>
"""
_FILES = {
    "css": (page.STYLE + statistics.STYLE + SITE, "text/css; charset=utf-8"),
    "svg": (_ICON, "image/svg+xml"),
}
_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}


def _name(kind: str) -> str:
    return f"{hashlib.sha256(_FILES[kind][0].encode()).hexdigest()[:16]}.{kind}"


#: Their paths.
STYLE, ICON = f"/static/{_name('css')}", f"/static/{_name('svg')}"
_BY_NAME = {_name(kind): found for kind, found in _FILES.items()}


async def _read(_service: Service, asked: Asked) -> Answer:
    found = _BY_NAME.get(asked.path["file"])
    if found is None:
        raise NotFound(f"no file {asked.path['file'][:80]!r}")
    content, media = found
    return Answer(content.encode(), headers=_FOREVER, media=media)


ROUTES = (
    Route(
        "GET",
        "/static/{file}",
        "static",
        "Style and icon of the pages.",
        _read,
        scope="",
        answers={200: {"type": "string"}},
        media="*/*",
        group="Pages",
    ),
)
