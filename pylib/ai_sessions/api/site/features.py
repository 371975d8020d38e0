"""`/features` and `/features/{feature}`: where features stand, with their proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked
from ai_sessions.api.service import Service
from ai_sessions.api.site import frame, pages, paths
from ai_sessions.api.v1.features import REPOSITORY, shown, space_of
from ai_sessions.display.html import proofs, tables
from ai_sessions.display.html.escaping import optional, text
from ai_sessions.workflow import repositories
from ai_sessions.workflow.repositories import Repository

_PATH = "/features"
_HEADS = ("Feature", "Tasks", "Verified", "Cost", "Next", "Title")
_WORDS = ("Verified", "Next", "Title")
_NONE = (
    "<p>No repository is shown here. <code>API_REPOSITORIES</code> lists those that are,"
    " as absolute paths between colons.</p>\n"
)
_PROBLEM = '<p class="bad">{}</p>\n'


def show(service: Service, asked: Asked) -> Answer:
    """Each repository with its features."""
    found = "".join(map(_repository, shown(service))) or _NONE
    content = f'<main id="main">\n<h1>Features</h1>\n{found}</main>\n'
    return frame.page(asked, "Features", content, _PATH)


def show_one(service: Service, asked: Asked) -> Answer:
    """One feature: its tasks and their proof."""
    feature = repositories.whole(space_of(service, asked))
    name = feature["feature"]
    told = proofs.content(feature, paths.session)
    content = f'<main id="main">\n<h1>{text(name)}</h1>\n{told}</main>\n'
    return frame.page(asked, name, content, _PATH)


def _repository(one: Repository) -> str:
    found = [repositories.row(space) for space in one.spaces()]
    rows = (
        tables.table(_HEADS, map(_row, found), f"Features of {one.path}", _WORDS) if found else ""
    )
    empty = "" if found or one.problem else '<p class="soft">no features yet</p>\n'
    return f"<h2>{text(one.path)}</h2>\n{optional(_PROBLEM, one.problem)}{rows}{empty}"


def _row(feature: Mapping[str, Any]) -> tuple[object, ...]:
    path = f"{_PATH}/{quote(feature['feature'])}?{urlencode({'repository': feature['repository']})}"
    following = tables.Html(optional("<code>{}</code>", feature.get("next")))
    return (
        tables.link(path, feature["feature"]),
        feature.get("problem") or proofs.progress(feature),
        proofs.verdict(feature),
        proofs.cost_of(feature),
        following,
        feature.get("title", ""),
    )


ROUTES = (
    pages.page(_PATH, "features_page", "Page: where features stand.", show),
    pages.page(
        f"{_PATH}/{{feature}}",
        "feature_page",
        "Page: one feature with its proof.",
        show_one,
        REPOSITORY,
    ),
)
