"""What was folded away of a conversation and means what is asked, in whatever words."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from ai_sessions.memory import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ai_sessions.index import Index
    from ai_sessions.index.meaning import Meaning, Passage
    from ai_sessions.index.recalling import Span

#: Passages that are looked at, and sentences of them that are compared with the question, 15 ms
#: each.
_MOST_PASSAGES, _MOST_SENTENCES = 8, 24
#: Seconds for passages that cannot be found by meaning yet; those that are left have to wait.
_SECONDS = 1.0
#: A sentence that is so much of its passage means what the passage does.
_MOST_OF_IT = 0.8


def nearest(meaning: Meaning, index: Index, question: str, spans: Sequence[Span]) -> list[Passage]:
    """The passages that are nearest to the question. Raises as `Meaning.nearest`."""
    return meaning.nearest(index, question, spans, _MOST_PASSAGES, _SECONDS)


def single(
    meaning: Meaning, question: str, found: Sequence[Passage], texts: Iterable[str]
) -> Mapping[str, float]:
    """The sentences of passages that mean what is asked, and how alike they are.

    `texts`: of the messages that the passages are of. Raises `ConfigError`.
    """
    parts = dict.fromkeys(part for text in texts for part in sentences.parted(text))
    known = dict(_whole(found, parts))
    asked = (part for part in parts if part not in known and _is_in(part, found))
    chosen = list(itertools.islice(asked, _MOST_SENTENCES))
    if chosen:
        known |= zip(chosen, meaning.alike(question, chosen), strict=True)
    return {text: alike for text, alike in known.items() if alike >= meaning.threshold}


def _whole(found: Sequence[Passage], parts: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Sentences that are passages of their own."""
    for part in parts:
        for one in found:
            if len(part) >= _MOST_OF_IT * len(one.text) and _is_in(part, [one]):
                yield part, one.alike


def _is_in(part: str, found: Iterable[Passage]) -> bool:
    flat = " ".join(part.split())
    return any(flat in one.text for one in found)
