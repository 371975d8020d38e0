"""A call and its session."""

import pytest

from ai_sessions.records import About, Cost, Interaction, Message, Session, Usage

AT = "2026-11-30T10:00:01.500Z"
SAID = (Message("user", "What is 5 + 3?"), Message("assistant", "8"))


@pytest.fixture
def session():
    return Session("chat-sums", "uid-1", About(), AT, AT)


@pytest.fixture
def call():
    """Makes a call; what is named differs from a plain one."""

    def make(**named):
        plain = {
            "id": "c1",
            "at": AT,
            "provider": "anthropic",
            "model": "claude-haiku-4-5",
            "messages": SAID,
            "usage": Usage(100, 20),
            "cost": Cost(1_500_000, "client"),
            "duration_ms": 1500,
            "purpose": "chat",
        }
        return Interaction(**{**plain, **named})

    return make
