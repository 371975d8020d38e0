"""Conditions of a request on the version of what it is about: ETags (RFC 9110, section 13)."""

from __future__ import annotations

from collections.abc import Iterator

from ai_sessions.api.problems import Refused
from ai_sessions.api.routes import Asked

_ANY, _WEAK = "*", "W/"


def is_known(asked: Asked, tag: str) -> bool:
    """Whether the client has this version already (`If-None-Match`)."""
    given = asked.headers.get("if-none-match")
    return given is not None and any(one in (_ANY, tag) for one in _tags(given))


def expected(asked: Asked, tag: str, number: int) -> int | None:
    """`number` of the version where the client asks for this one (`If-Match`); None: for any.
    Raises `Refused` with 412 when it asks for another one.
    """
    given = asked.headers.get("if-match")
    if given is None or given.strip() == _ANY:
        return None
    # a weak tag never fits here: it does not say that all is the same
    if tag not in (one.strip() for one in given.split(",")):
        raise changed()
    return number


def changed() -> Refused:
    return Refused(
        412,
        "changed",
        "it is not the version that If-Match names",
        "GET it again, and decide by what it is now",
    )


def _tags(given: str) -> Iterator[str]:
    for one in given.split(","):
        yield one.strip().removeprefix(_WEAK)
