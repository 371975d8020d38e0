"""How statements become a summary: what holds, ranked, as much as there is room for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from ai_sessions.memory import commands
from ai_sessions.memory.candidates import Candidate
from ai_sessions.memory.content_words import stems_of
from ai_sessions.memory.current import current
from ai_sessions.memory.extraction import of_messages
from ai_sessions.memory.items import Item
from ai_sessions.memory.ranking import by_worth, ranked
from ai_sessions.memory.sections import HEADS, line_of, text_of
from ai_sessions.memory.summarizer import Draft, Fold
from ai_sessions.tokens import Counter

#: Items that are carried on without being told, and the characters of all of them.
_MOST_KEPT, _ROOM_KEPT = 100, 16_000
#: So many that do not fit, and the text is full.
_MOST_MISSES = 12
_MOST_COMMANDS, _ROOM_COMMANDS = 200, 32_000


def draft(fold: Fold, before: Sequence[Item]) -> Draft:
    """The summary of what was carried on and of what was said since."""
    best = by_worth(list(_untold(current(_said(fold, before)), fold)))
    passed = _commands(fold, before)
    order = chain(ranked(best), reversed(passed))
    told = _fitting(order, fold.most_tokens, fold.count)
    carried = _carried(told, [one for one, _ in best])
    return Draft(text_of(told), (*(one.item for one in carried), *(one.item for one in passed)))


def _carried(told: Sequence[Candidate], best: Sequence[Candidate]) -> list[Candidate]:
    """All that is told but commands, and of the others as many as there is room for."""
    is_told = {one for one in told if one.item.kind != "command"}
    kept = _within([one for one in best if one not in is_told], _MOST_KEPT, _ROOM_KEPT)
    return sorted((*is_told, *kept), key=lambda one: one.order)


def _said(fold: Fold, before: Sequence[Item]) -> Iterator[Candidate]:
    yield from (Candidate(item, 0) for item in before if item.kind != "command")
    yield from of_messages(fold.messages, fold.commits, is_beginning=fold.before is None)


def _untold(holding: Sequence[Candidate], fold: Fold) -> Iterator[Candidate]:
    """Without what pins and state tell anyway."""
    variables = (f"{key.replace('_', ' ')} {value}" for key, value in fold.state.items())
    told = [frozenset(stems_of(text)) for text in (*fold.pins, *variables)]
    for one in holding:
        if not any(one.statement.stems <= words for words in told):
            yield one


def _commands(fold: Fold, before: Sequence[Item]) -> list[Candidate]:
    """Those that passed when they ran last, the newest last, as many as are carried on."""
    outcomes = commands.outcomes(fold.messages)
    found = [item for item in before if item.kind == "command" and item.text not in outcomes]
    found += [item for item, is_ok in outcomes.values() if is_ok]
    newest = [Candidate(item, order) for order, item in enumerate(found)][::-1]
    return _within(newest, _MOST_COMMANDS, _ROOM_COMMANDS)[::-1]


def _within(best: Sequence[Candidate], most: int, room: int) -> list[Candidate]:
    """The first of them, up to a number and a sum of characters."""
    found = []
    for one in best[:most]:
        room -= len(one.item.text)
        if room >= 0:
            found.append(one)
    return found


def _fitting(best: Iterable[Candidate], most_tokens: int, count: Counter) -> list[Candidate]:
    """As many of the best as the text has room for."""
    room = most_tokens
    heads = {kind: count(head) + 1 for kind, head in HEADS.items()}
    told: list[Candidate] = []
    misses = 0
    for one in best:
        cost = count(line_of(one)) + 1 + heads.get(one.item.kind, 0)
        if cost <= room:
            told.append(one)
            room -= cost
            heads.pop(one.item.kind, None)
        elif (misses := misses + 1) == _MOST_MISSES:
            break
    while told and count(text_of(told)) > most_tokens:
        told.pop()
    return told
