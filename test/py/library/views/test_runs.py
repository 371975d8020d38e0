"""Calls of models as programs have them."""

from datetime import UTC, datetime

import pytest

from ai_sessions.library.views import runs
from ai_sessions.library.views.kinds import RunStatus
from ai_sessions.records import (
    Interaction,
)

AT = "2026-01-02T03:04:05.000Z"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def call(*messages, **named):
    return Interaction(
        **{"id": "c1", "at": AT, "provider": "openai", "model": "gpt-4o", **named},
        messages=messages,
    )


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("ok", RunStatus.COMPLETED),
        ("interrupted", RunStatus.CANCELLED),
        ("timeout", RunStatus.FAILED),
        ("other", RunStatus.FAILED),
    ],
)
def test_a_run_says_what_became_of_a_call(status, shown):
    found = runs.run(call(status=status, duration_ms=1500))

    assert found.status is shown
    assert (found.ended_at, found.duration) == (MOMENT, 1.5)
    assert found.metadata["status"] == status
