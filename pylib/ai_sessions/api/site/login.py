"""Logging in with a token or a one-time code, and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ai_sessions.api import logins
from ai_sessions.api.answers import HTML, Answer
from ai_sessions.api.routes import Asked, Query, Route, object_of
from ai_sessions.api.service import Service
from ai_sessions.api.site import frame
from ai_sessions.api.site.failures import FAILURE, failed
from ai_sessions.api.site.pages import GROUP
from ai_sessions.display.html.escaping import optional, text

if TYPE_CHECKING:
    from ai_sessions.api.scopes import Token

_WRONG_TOKEN = "That is not a valid token."  # noqa: S105
_WRONG_CODE = "This link was used already, or its time is over."
_WRONG = '<p class="bad" role="alert">{}</p>'
_FIELDS = object_of(
    {
        "token": {"type": "string", "maxLength": 512},
        "code": {"type": "string", "maxLength": 512},
        "next": {"type": "string", "maxLength": 2048},
        "csrf": {"type": "string"},
    }
)
_HEADERS = {**frame.HEADERS, "vary": "cookie"}


def show(_service: Service, asked: Asked) -> Answer:
    """The form; with a one-time code, a button alone."""
    form = _with_code if asked.query.get("code") else _with_token
    return _page(form(asked.query), 200)


def log_in(service: Service, asked: Asked) -> Answer:
    """Take a token, or a code once."""
    found = _whose(service, asked.body)
    if found is None:
        told = _WRONG_CODE if asked.body.get("code") else _WRONG_TOKEN
        return _page(_with_token(asked.body, told), 403)
    made = service.logins.begin(found, service.now())
    lasts = int(logins.LASTS.total_seconds())
    headers = {"location": _local(asked.body.get("next", "")), **_cookie(asked, made, lasts)}
    return Answer(status=303, headers=headers)


def log_out(service: Service, asked: Asked) -> Answer:
    """Forget the login; the cookie is worth nothing from here on."""
    service.logins.end(logins.cookie_in(asked.headers.get("cookie", "")))
    return Answer(status=303, headers={"location": "/login", **_cookie(asked, "", 0)})


def _whose(service: Service, body: Mapping[str, str]) -> Token | None:
    if code := body.get("code"):
        return service.logins.redeem(code, service.now())
    return service.access.find(body.get("token", "").strip())


def _cookie(asked: Asked, value: str, lasts_s: int) -> dict[str, str]:
    secure = "; Secure" if asked.is_secure else ""
    return {
        "set-cookie": f"{logins.COOKIE}={value}; Path=/; Max-Age={lasts_s}; HttpOnly;"
        f" SameSite=Strict{secure}"
    }


def _local(path: str) -> str:
    """Where to go, on this server alone: `//host` and `/\\host` are other servers to a browser."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_local and path.isascii() and path.isprintable() else "/"


def _with_token(given: Mapping[str, str], wrong: str = "") -> str:
    return (
        f"{optional(_WRONG, wrong)}\n"
        '<p><label for="token">Token</label>\n'
        '<input id="token" name="token" type="password" autocomplete="current-password"'
        " required autofocus></p>\n"
        '<p class="soft"><code>serve.sh token show</code> prints yours.</p>\n'
        f"{_next(given)}<p><button>Log in</button></p>\n"
    )


def _with_code(given: Mapping[str, str]) -> str:
    """A button, since a link that is merely looked at would use the code up."""
    return (
        f'<input type="hidden" name="code" value="{text(given["code"])}">\n'
        f"{_next(given)}<p><button autofocus>Log in on this browser</button></p>\n"
    )


def _next(given: Mapping[str, str]) -> str:
    return optional('<input type="hidden" name="next" value="{}">\n', given.get("next", ""))


def _page(form: str, status: int) -> Answer:
    # for password managers, which look for a name beside the secret
    name = (
        '<input class="away" name="username" autocomplete="username" value="ai-sessions"'
        ' tabindex="-1" aria-hidden="true" readonly disabled>\n'
    )
    content = (
        '<main id="main" class="narrow">\n<h1>ai-sessions</h1>\n'
        f'<form method="post" action="/login">\n{name}{form}</form>\n</main>\n'
    )
    return Answer(frame.bare("Log in", content), status, _HEADERS, HTML)


_QUERY = (
    Query("next", {"type": "string", "maxLength": 2048}, "Path to go to afterwards."),
    Query("code", {"type": "string", "maxLength": 512}, "One-time code of `serve.sh --open`."),
)
ROUTES = (
    Route(
        "GET",
        "/login",
        "login_page",
        "The form to log in with.",
        show,
        scope="",
        query=_QUERY,
        answers={200: {"type": "string"}},
        media=HTML,
        group=GROUP,
        failed=failed,
        failure=FAILURE,
    ),
    Route(
        "POST",
        "/login",
        "log_in",
        "Log in with a token, or with a one-time code.",
        log_in,
        scope="",
        body=_FIELDS,
        is_form=True,
        answers={303: None, 403: {"type": "string"}},
        media=HTML,
        group=GROUP,
        failed=failed,
        failure=FAILURE,
    ),
    Route(
        "POST",
        "/logout",
        "log_out",
        "End the login of this browser.",
        log_out,
        body=object_of({"csrf": {"type": "string"}}),
        is_form=True,
        answers={303: None},
        media=HTML,
        group=GROUP,
        failed=failed,
        failure=FAILURE,
    ),
)
