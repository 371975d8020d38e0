"""Commands that ran and passed, whole: those that fit a question, then the newest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ai_sessions.memory import commands, questions
from ai_sessions.memory.choosing import cost, sentence_of, variants_of, worths_of
from ai_sessions.memory.items import Item
from ai_sessions.memory.questions import Asked
from ai_sessions.memory.recall import Recalled
from ai_sessions.records import Message
from ai_sessions.tokens import ESTIMATE, Counter

#: Tokens of a command's date, and of what is said of it.
_ROUND = 12


def fitting_commands(
    question: str, found: Sequence[Item], most_tokens: int, count: Counter = ESTIMATE
) -> tuple[Item, ...]:
    """Those that are told, in their order, as many as have room."""
    worths = _worths(questions.asked(question), found)
    left, told = most_tokens, list[int]()
    for at in sorted(range(len(found)), key=lambda at: (worths[at], at), reverse=True):
        needed = count(found[at].text) + _ROUND
        if needed <= left:
            told.append(at)
            left -= needed
    return tuple(found[at] for at in sorted(told))


def older_commands(
    asked: Asked,
    messages: Sequence[Message],
    newer: Sequence[Message],
    known: Iterable[str],
    most_tokens: int,
    count: Counter = ESTIMATE,
) -> list[Recalled]:
    """Of messages that were folded away the commands that fit the question, the best first, of at
    most so many tokens.

    `newer`: what is told anyway, which may have a later outcome. `known`: commands that are told
    without being looked for.
    """
    ids = {one.id for one in messages}
    outcomes = commands.outcomes((*messages, *newer))
    found = [
        one
        for text, (one, is_ok) in outcomes.items()
        if is_ok and text not in set(known) and ids.issuperset(one.sources)
    ]
    worths = _worths(asked, found)
    left, told = most_tokens, list[Recalled]()
    for at in sorted(range(len(found)), key=lambda at: (-worths[at], -at)):
        one = _recalled(found[at], worths[at])
        needed = cost(one, count)
        if one.score > 0 and needed <= left:
            told.append(one)
            left -= needed
    return told


def _worths(asked: Asked, found: Sequence[Item]) -> list[float]:
    sentences = [sentence_of(at, 0, one.text) for at, one in enumerate(found)]
    return worths_of(variants_of(asked), sentences)


def _recalled(command: Item, score: float) -> Recalled:
    last = command.sources[-1] if command.sources else ""
    return Recalled(f"ran and passed: {command.text}", last, "tool", command.at, score=score)
