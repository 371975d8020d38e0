"""Summaries without a model: the statements of a conversation that matter most, word for word."""

from __future__ import annotations

from ai_sessions.memory.summarizer import Draft, Fold


class ExtractiveItems:
    """Carries the items of the summary before, adds those of the messages, leaves out what a later
    one replaced, and tells the best that fit.
    """

    name = "extractive"
    needs_model = False

    def fold(self, fold: Fold) -> Draft:
        """As `Summarizer` says."""
        from ai_sessions.memory import folding  # patterns that most commands have no use for

        return folding.draft(fold)
