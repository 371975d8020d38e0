"""Summaries without a model: words of the messages themselves, in a budget of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ai_sessions.memory.items import Item, of_summary
from ai_sessions.memory.summarizer import Draft, Fold
from ai_sessions.records import Message, Summary
from ai_sessions.tokens import Counter

#: Characters of one message in a summary.
_EXCERPT = 160


class ExtractiveItems:
    """A line for each message that says something, after those of the summary before; the oldest
    are left out when there is no room for them.
    """

    name = "extractive"
    needs_model = False

    def fold(self, fold: Fold) -> Draft:
        """As `Summarizer` says."""
        known = (*_before(fold.before), *_items(fold.messages))
        told = _fitting(known, fold.most_tokens, fold.count)
        return Draft("\n".join(item.text for item in told), told)


def _before(summary: Summary | None) -> Iterator[Item]:
    if summary is None:
        return
    known = of_summary(summary.items)
    yield from known or (Item("said", line) for line in summary.text.splitlines())


def _items(messages: Sequence[Message]) -> Iterator[Item]:
    for one in messages:
        text = " ".join(one.text.split())
        if text:
            cut = text if len(text) <= _EXCERPT else f"{text[: _EXCERPT - 1]}…"
            yield Item("said", f"{one.role}: {cut}", (one.id,), one.at)


def _fitting(items: Sequence[Item], most_tokens: int, count: Counter) -> tuple[Item, ...]:
    told: list[Item] = []
    for item in reversed(items):
        if count("\n".join(one.text for one in (item, *told))) > most_tokens:
            break
        told.insert(0, item)
    return tuple(told)
