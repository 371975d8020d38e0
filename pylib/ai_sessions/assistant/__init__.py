"""The assistant that knows who asks, and the door to it for Python programs.

    from ai_sessions.assistant import SessionManager

    model = SessionManager().select_optimal_model()

`session_manager` is the same under the name of the first program of its kind. Importing this reads
and writes nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ai_sessions.assistant import session_manager

    TOP_FREE_MODELS: list[dict[str, Any]]

    class SessionManager(session_manager.SessionManager):
        """The assistant of this user, by their settings."""

        def __init__(self) -> None: ...


__all__ = ["TOP_FREE_MODELS", "SessionManager"]


def __getattr__(name: str) -> Any:
    """What costs time is made when it is asked for: a greeting needs none of it."""
    if name == "SessionManager":
        globals()[name] = _of_user()
        return globals()[name]
    if name == "TOP_FREE_MODELS":
        from ai_sessions.assistant import session_manager
        from ai_sessions.catalog import rotation

        return session_manager.described(rotation.load())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _of_user() -> type[session_manager.SessionManager]:
    from ai_sessions.assistant import session_manager

    class SessionManager(session_manager.SessionManager):
        """The assistant of this user, by their settings."""

        def __init__(self) -> None:
            import os

            from ai_sessions.assemble.assistant import of_user

            super().__init__(of_user(os.environ))

    SessionManager.__module__ = __name__
    SessionManager.__qualname__ = SessionManager.__name__
    return SessionManager
