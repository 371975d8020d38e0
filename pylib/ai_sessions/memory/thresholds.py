"""When a conversation is summarized, and how much of it: at a part of its limit, so that less than
half of the limit is taken afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: Part of the limit at which a conversation is summarized (setting SUMMARIZE_THRESHOLD).
TRIGGER = 0.7
#: Part that summary, pins and the newest messages may take after that.
RELEASE = 0.5
#: Part that the newest messages alone may take then; they stay word for word.
KEPT = 0.3
#: A summary may have one part of so many of a limit, however many tokens it may have otherwise.
_PARTS_OF_A_LIMIT = 8
#: One message is told with at most one part of so many of a limit where there is no room for all,
#: so it counts as no more.
_PARTS_OF_A_MESSAGE = 4


def summary_tokens(most: int, limit: int) -> int:
    """Tokens that a summary may have in a conversation of that limit."""
    return max(1, min(most, limit // _PARTS_OF_A_LIMIT))


def is_due(told: int, limit: int, trigger: float = TRIGGER) -> bool:
    """Whether what a model is told (tokens) calls for a summary."""
    return told >= limit * trigger


def older(
    weights: Sequence[int], cuts: Sequence[int], turns: Sequence[int], limit: int, fixed: int = 0
) -> int:
    """How many of the oldest messages are summarized; 0: none.

    `weights`: tokens of each message. `cuts`: numbers of messages that may be the first to stay.
    `turns`: those with which a turn begins (a user's). `fixed`: tokens of what is told in any case.
    The newest turn stays. At the first cut before it at which the rest fits, the rest begins; at
    one that begins a turn, if there is one.
    """
    newest = max((turn for turn in turns if turn < len(weights)), default=len(weights) - 1)
    possible = [cut for cut in cuts if 0 < cut <= newest]
    room = max(0, min(limit * KEPT, limit * RELEASE - fixed))
    fitting = [cut for cut in possible if told(weights[cut:], limit) <= room]
    clean = set(turns)
    for candidates in (fitting, possible[-1:]):
        for cut in (*(one for one in candidates if one in clean), *candidates):
            return cut
    return 0


def told(weights: Iterable[int], limit: int) -> int:
    """What messages of these weights take of the limit, where large ones are cut: none of them is a
    reason to summarize again and again.
    """
    most = max(1, limit // _PARTS_OF_A_MESSAGE)
    return sum([min(weight, most) for weight in weights])
