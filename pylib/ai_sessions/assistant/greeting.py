"""How the assistant greets who it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.controls import one_line

if TYPE_CHECKING:
    from ai_sessions.assistant.profile import Profile


def welcome(profile: Profile, title: str) -> str:
    """Each time. `title`: of the preferred model; empty where there is none."""
    names = one_line(profile.user_name), one_line(profile.assistant_name) or "your assistant"
    powered = f", powered by {one_line(title)}" if title else ""
    return f"Welcome back, {names[0]}! I'm {names[1]}{powered}"


def hello(profile: Profile) -> str:
    """The first time."""
    names = one_line(profile.user_name), one_line(profile.assistant_name)
    return f"👋 Hello {names[0]}, I'm {names[1]}—your personal AI assistant!"
