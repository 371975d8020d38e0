"""Summaries without a model: the statements of a conversation that matter most, word for word."""

from __future__ import annotations

from collections.abc import Iterator

from ai_sessions.memory.items import Item, of_summary
from ai_sessions.memory.summarizer import Draft, Fold
from ai_sessions.records import Summary


class ExtractiveItems:
    """Carries the items of the summary before, adds those of the messages, leaves out what a later
    one replaced, and tells the best that fit.
    """

    name = "extractive"
    needs_model = False

    def fold(self, fold: Fold) -> Draft:
        """As `Summarizer` says."""
        from ai_sessions.memory import folding  # patterns that most commands have no use for

        return folding.draft(fold, tuple(_before(fold.before)))


def _before(summary: Summary | None) -> Iterator[Item]:
    """What is carried on: items; of a summary that somebody wrote without any, its lines."""
    if summary is None:
        return
    items = of_summary(summary.items)
    yield from items or (Item("said", line) for line in summary.text.splitlines())
