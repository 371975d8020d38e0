"""Segments of a session have ids of their own: `id`, then `id#2`, `id#3`."""

from __future__ import annotations

from ai_sessions.records import Summary

#: What stands between a session's id and the number of a segment.
SEGMENT = "#"
#: Key of a summary's detail: how many segments ended with it.
NUMBER = "segment"


def count(summary: Summary | None) -> int:
    """Segments of a conversation, by its newest summary."""
    number = summary.detail.get(NUMBER) if summary else None
    return number + 1 if type(number) is int and number > 0 else 1


def chain(session_id: str, segments: int) -> list[str]:
    """The ids of a session's segments, the first of which is its own."""
    return [session_id, *(f"{session_id}{SEGMENT}{each}" for each in range(2, segments + 1))]


def parted(text: str) -> tuple[str, int]:
    """The id of a session and the number of a segment that `text` may be; 0: of none."""
    session_id, _mark, number = text.rpartition(SEGMENT)
    is_number = number.isascii() and number.isdecimal() and number[0] != "0"
    return (session_id, int(number)) if session_id and is_number else (text, 0)
