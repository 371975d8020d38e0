"""The library for programs without an event loop: the same names, without `await`."""

from __future__ import annotations

from ai_sessions.library.sessions import Tracked as SessionManager

__all__ = ["SessionManager"]
