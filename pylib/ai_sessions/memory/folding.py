"""How statements become a summary: what holds, ranked, as much as there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ai_sessions.memory import candidates, commands
from ai_sessions.memory.candidates import Candidate
from ai_sessions.memory.current import current
from ai_sessions.memory.items import Item
from ai_sessions.memory.ranking import ranked
from ai_sessions.memory.sections import HEADS, line_of, text_of
from ai_sessions.memory.subjects import stems_of
from ai_sessions.memory.summarizer import Draft, Fold
from ai_sessions.tokens import Counter

#: Items that are carried on without being told, and the characters of all of them.
_MOST_KEPT, _ROOM_KEPT = 100, 16_000
_MOST_COMMANDS, _ROOM_COMMANDS = 200, 32_000


def draft(fold: Fold, before: Sequence[Item]) -> Draft:
    """The summary of what was carried on and of what was said since."""
    holding = list(_untold(current(_said(fold, before)), fold))
    passed = _commands(fold, before)
    order = ranked(holding, lambda one: fold.count(line_of(one)))
    told = _fitting([*order, *reversed(passed)], fold.most_tokens, fold.count)
    is_told = set(told)
    kept = _within([one for one in order if one not in is_told], _MOST_KEPT, _ROOM_KEPT)
    carried = sorted((*is_told - set(passed), *kept), key=lambda one: one.order)
    return Draft(text_of(told), (*(one.item for one in carried), *(one.item for one in passed)))


def _said(fold: Fold, before: Sequence[Item]) -> Iterator[Item]:
    yield from (item for item in before if item.kind != "command")
    yield from candidates.of_messages(fold.messages, fold.commits, is_beginning=fold.before is None)


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


def _fitting(best: Sequence[Candidate], most_tokens: int, count: Counter) -> list[Candidate]:
    """As many of the best as the text has room for."""
    room = most_tokens
    heads = {kind: count(head) + 1 for kind, head in HEADS.items()}
    told: list[Candidate] = []
    for one in best:
        cost = count(line_of(one)) + 1 + heads.get(one.item.kind, 0)
        if cost <= room:
            told.append(one)
            room -= cost
            heads.pop(one.item.kind, None)
    while told and count(text_of(told)) > most_tokens:
        told.pop()
    return told
