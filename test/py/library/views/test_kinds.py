"""What programs compare with."""

from datetime import UTC, datetime

from ai_sessions.library.views.kinds import EventType, RunStatus

AT = "2026-01-02T03:04:05.000Z"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_names_of_kinds_and_statuses_are_those_that_programs_compare_with():
    assert [*EventType] == [
        *("message", "summary", "tool_call", "reference"),
        *("context_bridge", "tool_trace", "tool_pattern", "tool_fix"),
    ]
    assert [*RunStatus] == ["pending", "running", "completed", "failed", "cancelled"]
