"""What kind of failure an exception is: of an SDK, of a function of the user's, of a cancellation.

As responses are, exceptions are known by what they have, never by their class.
"""

from __future__ import annotations

from ai_sessions.records import Status

#: Part of the name of an exception, or of one of its bases -> what kind of failure it is.
_NAMES: tuple[tuple[str, Status], ...] = (
    ("timeout", "timeout"),
    ("connect", "network"),
    ("cancelled", "interrupted"),
    ("generatorexit", "interrupted"),
    ("keyboardinterrupt", "interrupted"),
)


def status_of(error: BaseException) -> Status:
    """How a call ended that raised `error`. `other`: nobody can tell."""
    status = getattr(error, "status_code", None) or getattr(error, "code", None)
    if isinstance(status, int) and status >= 400:
        from ai_sessions.providers.http import class_of

        return class_of(status, str(error))
    names = [one.__name__.lower() for one in type(error).__mro__]
    return next((kind for part, kind in _NAMES if any(part in one for one in names)), "other")


def told(error: BaseException) -> str:
    """An exception in one line; its class where it has no words."""
    from ai_sessions.providers.fields import one_line

    return one_line(str(error)) or type(error).__name__
