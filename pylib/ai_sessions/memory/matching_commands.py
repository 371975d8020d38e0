"""Commands that ran and passed, and fit a question: evidence, so they are recalled whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ai_sessions.memory import commands
from ai_sessions.memory.choosing import cost
from ai_sessions.memory.items import Item
from ai_sessions.memory.questions import Asked
from ai_sessions.memory.recall import PASSED, Recalled
from ai_sessions.memory.scoring import sentence_of, variants_of, worths_of
from ai_sessions.records import Message
from ai_sessions.tokens import ESTIMATE, Counter

#: Part of what the request for a command is worth: `check the refunds`, and then pytest.
_OF_REQUEST = 0.6


def passed_commands(
    asked: Asked,
    messages: Sequence[Message],
    newer: Sequence[Message],
    known: Sequence[Item],
    most_tokens: int,
    count: Counter = ESTIMATE,
) -> list[Recalled]:
    """Those that fit the question, the best first, of at most so many tokens.

    `messages`: of what was folded away. `newer`: what is told anyway, which may have a later
    outcome. `known`: commands of the summary.
    """
    found = _passed(messages, newer, known)
    requests = _requests(messages)
    said = [sentence_of(at, 0, one.text) for at, one in enumerate(found)]
    asking = [
        sentence_of(at, 0, requests.get(one.sources[0], "") if one.sources else "")
        for at, one in enumerate(found)
    ]
    worths = worths_of(variants_of(asked), [*said, *asking])
    scores = [
        own + _OF_REQUEST * request
        for own, request in zip(worths[: len(found)], worths[len(found) :], strict=True)
    ]
    left, told = most_tokens, list[Recalled]()
    for at in sorted(range(len(found)), key=lambda at: (-scores[at], -at)):
        one = _recalled(found[at], scores[at])
        needed = cost(one, count)
        if one.score > 0 and needed <= left:
            told.append(one)
            left -= needed
    return told


def _passed(
    messages: Sequence[Message], newer: Sequence[Message], known: Sequence[Item]
) -> list[Item]:
    """Commands whose last outcome that is known was a success, and that are not told anyway."""
    told = {one.id for one in newer if one.id}
    outcomes = {one.text: (one, True) for one in known}
    outcomes |= commands.outcomes((*messages, *newer))
    return [one for one, is_ok in outcomes.values() if is_ok and told.isdisjoint(one.sources)]


def _requests(messages: Sequence[Message]) -> Mapping[str, str]:
    """What a user said last before each message, by its id."""
    return dict(_with_requests(messages))


def _with_requests(messages: Sequence[Message]) -> Iterator[tuple[str, str]]:
    asked = ""
    for one in messages:
        if one.role == "user":
            asked = one.text
        yield one.id, asked


def _recalled(command: Item, score: float) -> Recalled:
    last = command.sources[-1] if command.sources else ""
    return Recalled(f"{PASSED}{command.text}", last, "", command.at, command.commit, score=score)
