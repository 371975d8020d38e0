"""What every model is told of the assistant and of who talks to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.controls import one_line

if TYPE_CHECKING:
    from ai_sessions.assistant.profile import Profile

#: Key of the pin that keeps it in the conversation, word for word.
KEY = "profile"
#: Characters of a name that are told.
_LONGEST = 200


def text(profile: Profile) -> str:
    """The words themselves, on one line."""
    user, own = _name(profile.user_name), _name(profile.assistant_name)
    called = f"Your name is {own}. " if own else ""
    return (
        f"{called}You are the personal assistant of {user}, and you remember what was said "
        f"before. Call them {user}."
    )


def _name(text: str) -> str:
    return one_line(text)[:_LONGEST].strip()
