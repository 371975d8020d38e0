"""Our summaries, as the public compaction-conformance-kit calls them, for `test/bench/memory`.

    PYTHONPATH=pylib compaction-kit benchmark --spec test/bench/conformance.py:Summaries

The kit gives a budget in characters, and what it was given back as the text of the next round. Ours
carries on the statements of a summary, not its text; no newest messages are kept beside it.
"""

from compaction_kit.compacted import CompactedContext

from ai_sessions.memory.extractive import ExtractiveItems
from ai_sessions.memory.items import to_json
from ai_sessions.memory.summarizer import Fold
from ai_sessions.records import Message, Summary

#: Characters of a summary for which the kit names no budget: about the default of 500 tokens.
MOST = 2000


class _Characters:
    """Counts characters where tokens are meant."""

    source = "estimate"

    def __call__(self, text: str) -> int:
        return len(text)


class Summaries:
    """The default summarizer."""

    name = "ai-sessions"

    def __init__(self) -> None:
        self._before: Summary | None = None

    def compact(self, turns, round_num=1, budget_chars=None):
        before = self._before if round_num > 1 else None
        is_ours = before is not None and [turn.text for turn in turns] == [before.text]
        messages = () if is_ours else tuple(map(_message, range(len(turns)), turns))
        fold = Fold(
            before if is_ours else None, messages, budget_chars or MOST, count=_Characters()
        )
        draft = ExtractiveItems().fold(fold)
        items = tuple(map(to_json, draft.items))
        self._before = Summary(draft.text, covers_to=len(turns), items=items)
        return CompactedContext(draft.text, self.name, round_num)


def _message(number, turn):
    role = turn.role if turn.role in ("user", "assistant", "tool") else "user"
    return Message(role, turn.text, f"2026-11-02T09:{number % 60:02}:00.000Z", id=f"{number}.0")
