"""What all pages share: their head, the links between them, and what a browser may do with them."""

from __future__ import annotations

from ai_sessions.api.answers import HTML, Answer
from ai_sessions.api.routes import Asked
from ai_sessions.api.site import static
from ai_sessions.display.html.escaping import text

#: No script runs, whatever a page says; nothing is loaded or sent but here.
_POLICY = (
    "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
#: A form that is sent without a referrer has no Origin, so pages tell it to us alone.
HEADERS = {"content-security-policy": _POLICY, "referrer-policy": "same-origin"}
_HERE = ' aria-current="page"'
_PLACES = (
    ("/", "Overview"),
    ("/sessions", "Sessions"),
    ("/features", "Features"),
    ("/docs", "Requests"),
)


def page(
    asked: Asked, title: str, content: str, here: str = "", again_s: int | None = None
) -> Answer:
    """A page for somebody who is logged in. `content`: HTML, its `<main id="main">` included.
    `here`: path of the place it belongs to. `again_s`: after so many seconds it is loaded again.
    """
    made = bare(title, _top(asked, here) + content, again_s)
    return Answer(made, headers=HEADERS, media=HTML)


def bare(title: str, content: str, again_s: int | None = None) -> bytes:
    """A whole page without links. `again_s`: as `page`."""
    again = f'<meta http-equiv="refresh" content="{again_s}">\n' if again_s else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
{again}<title>{text(title)} - ai-sessions</title>
<link rel="stylesheet" href="{static.STYLE}">
<link rel="icon" href="{static.ICON}" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
{content}</body>
</html>
""".encode()


def _top(asked: Asked, here: str) -> str:
    links = "".join(
        f'<a href="{path}"{_HERE if path == here else ""}>{name}</a>\n' for path, name in _PLACES
    )
    return f'<nav class="top" aria-label="Pages">\n{links}{_leave(asked)}</nav>\n'


def _leave(asked: Asked) -> str:
    if not asked.csrf:
        return ""
    return (
        '<form method="post" action="/logout">'
        f'<input type="hidden" name="csrf" value="{text(asked.csrf)}">'
        "<button>Log out</button></form>\n"
    )
