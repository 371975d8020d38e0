"""What a summary tells of a model that was to write it and did not."""

from __future__ import annotations

from ai_sessions.records import Json, Summary

#: After so many failures in a row a model is not asked any more in a session.
MOST = 3
#: In the details of a summary: why, how often in a row, and which model.
_FAILED, _IN_A_ROW, _BY = "failed", "failures", "by"


def detail(why: str, in_a_row: int, by: str) -> Json:
    """`by`: the model, as the settings name it."""
    return {_FAILED: why, _IN_A_ROW: in_a_row, _BY: by}


def in_a_row(before: Summary | None, by: str) -> int:
    """How often that model failed until the summary; one that another was to write says nothing."""
    told = before.detail if before else {}
    count = told.get(_IN_A_ROW)
    return count if told.get(_BY) == by and type(count) is int else 0


def warning(summary: Summary) -> str:
    """What the user should be told; empty: nothing."""
    why, by = summary.detail.get(_FAILED), summary.detail.get(_BY)
    if not isinstance(why, str):
        return ""
    told = f"no summary by {by or 'the model'}, so rules wrote it: {why}"
    if in_a_row(summary, str(by)) < MOST:
        return told
    return f"{told}; it is asked no more in this session, unless by: ai-session.sh summarize NAME"
