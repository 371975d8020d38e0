"""Summaries without a model: the statements of a conversation that matter most, word for word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ai_sessions.memory import tool_calls
from ai_sessions.memory.items import to_json
from ai_sessions.memory.summarizer import Draft, Fold
from ai_sessions.records import Message, Summary

#: More messages are folded part by part, each on top of the one before: each statement is compared
#: with all others of its part.
_AT_ONCE = 500


class ExtractiveItems:
    """Carries the items of the summary before, adds those of the messages, leaves out what a later
    one replaced, and tells the best that fit.
    """

    name = "extractive"
    needs_model = False

    def fold(self, fold: Fold) -> Draft:
        """As `Summarizer` says."""
        from ai_sessions.memory import folding  # patterns that most commands have no use for

        *older, newest = _parts(fold.messages)
        for part in older:
            done = folding.draft(replace(fold, messages=part))
            items = tuple(map(to_json, done.items))
            fold = replace(fold, before=Summary(done.text, -1, items=items))
        return folding.draft(replace(fold, messages=newest))


def _parts(messages: Sequence[Message]) -> Iterator[tuple[Message, ...]]:
    """At least one; no tool call is parted from its result."""
    begin = 0
    for at in tool_calls.partings(messages) if len(messages) > _AT_ONCE else ():
        if at - begin >= _AT_ONCE:
            yield tuple(messages[begin:at])
            begin = at
    yield tuple(messages[begin:])
