"""How conversations are kept within what a model can hold, by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.conversations.memory import Memory
from ai_sessions.conversations.summaries import Rules

if TYPE_CHECKING:
    from ai_sessions.config import Settings


def memory(settings: Settings) -> Memory:
    """Raises `ConfigError` for a setting that is wrong."""
    rules = Rules(
        most_tokens=settings["SUMMARY_MAX_TOKENS"],
        fewest=settings["MIN_MESSAGES_TO_SUMMARIZE"],
        trigger=settings["SUMMARIZE_THRESHOLD"],
    )
    return Memory(rules, answer_tokens=settings["ANSWER_TOKENS"])
