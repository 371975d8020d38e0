"""Paths of pages, quoted."""

from __future__ import annotations

from urllib.parse import quote, urlencode

SESSIONS = "/sessions"


def session(uid: str, **query: str) -> str:
    """The page of a session, by its id or name; of a query what is empty is left out."""
    return _with(f"{SESSIONS}/{quote(uid, safe='')}", query)


def context(uid: str) -> str:
    """What a model would be told of a session."""
    return f"{session(uid)}/context"


def export(uid: str) -> str:
    """All of a session, as a file."""
    return _with("/v1/export", {"session": uid, "format": "json"})


def sessions(**query: str) -> str:
    """The list of sessions."""
    return _with(SESSIONS, query)


def _with(path: str, query: dict[str, str]) -> str:
    given = {key: value for key, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
