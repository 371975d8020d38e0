"""How the assistant greets who it knows."""

from __future__ import annotations

from ai_sessions.controls import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.assistant.profile import Profile


def welcome(profile: Profile, title: str) -> str:
    """Each time. `title`: of the preferred model; empty where there is none."""
    return line(profile.user_name, profile.assistant_name, title)


def line(user: str, assistant: str, title: str) -> str:
    """The same from the names alone."""
    names = one_line(user), one_line(assistant) or "your assistant"
    powered = f", powered by {one_line(title)}" if title else ""
    return f"Welcome back, {names[0]}! I'm {names[1]}{powered}"


def hello(profile: Profile) -> str:
    """The first time."""
    names = one_line(profile.user_name), one_line(profile.assistant_name)
    return f"👋 Hello {names[0]}, I'm {names[1]}—your personal AI assistant!"
