"""What people are told of a request that failed; who has to log in first is led there."""

from __future__ import annotations

from urllib.parse import quote

from ai_sessions.api.answers import HTML, Answer
from ai_sessions.api.site import frame
from ai_sessions.display.html.escaping import optional, text

#: As `Route.failure`.
FAILURE = {HTML: {"type": "string"}}
_HINT = '<p class="soft">{}</p>'


def failed(problem: Answer, path: str) -> Answer:
    """A problem as a page. `path`: what was asked for."""
    if problem.status == 401:
        return Answer(status=303, headers={"location": f"/login?next={quote(path)}"})
    told = problem.body
    content = (
        f'<main id="main" class="narrow">\n<h1>{text(told["title"])}</h1>\n'
        f"{optional('<p>{}</p>', told.get('detail'))}\n"
        f"{optional(_HINT, told.get('hint'))}\n"
        '<p><a href="/">Overview</a></p>\n</main>\n'
    )
    headers = {**problem.headers, **frame.HEADERS}
    return Answer(frame.bare(told["title"], content), problem.status, headers, HTML)
