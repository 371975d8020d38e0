"""How statements become a summary: what holds, ranked, as much as there is room for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from ai_sessions.memory import commands
from ai_sessions.memory.candidates import Candidate
from ai_sessions.memory.content_words import stems_of
from ai_sessions.memory.current import current
from ai_sessions.memory.extraction import of_messages, of_summary_text
from ai_sessions.memory.items import Item, of_summary
from ai_sessions.memory.ranking import by_worth, ranked
from ai_sessions.memory.sections import HEADS, line_of, text_of
from ai_sessions.memory.summarizer import Draft, Fold
from ai_sessions.tokens import Counter

#: Items that are carried on without being told, and the characters of all of them.
_MOST_KEPT, _ROOM_KEPT = 100, 16_000
#: So many that do not fit, and the text is full.
_MOST_MISSES = 12
_MOST_COMMANDS, _ROOM_COMMANDS = 200, 32_000


def draft(fold: Fold) -> Draft:
    """The summary of what was carried on and of what was said since."""
    known = of_summary(fold.before.items) if fold.before else ()
    worth = by_worth(current(_said(fold, known)))
    best = [one for one, _ in worth]
    elsewhere = _told_elsewhere(best, fold)
    passed = _commands(fold, known)
    order = ranked([pair for pair in worth if pair[0] not in elsewhere])
    told = _fitting(chain(order, reversed(passed)), fold.most_tokens, fold.count)
    carried = _carried(told, best)
    return Draft(text_of(told), (*(one.item for one in carried), *(one.item for one in passed)))


def _carried(told: Sequence[Candidate], best: Sequence[Candidate]) -> list[Candidate]:
    """All that is told but commands, and of the others as many as there is room for."""
    is_told = {one for one in told if one.item.kind != "command"}
    kept = _within([one for one in best if one not in is_told], _MOST_KEPT, _ROOM_KEPT)
    return sorted((*is_told, *kept), key=lambda one: one.order)


def _said(fold: Fold, known: Sequence[Item]) -> Iterator[Candidate]:
    """In its order. A summary that somebody wrote has no items: its own statements count."""
    yield from (Candidate(item, 0) for item in known if item.kind != "command")
    if fold.before and not known:
        yield from of_summary_text(fold.before)
    yield from of_messages(fold.messages, fold.commits, is_beginning=fold.before is None)


def _told_elsewhere(holding: Sequence[Candidate], fold: Fold) -> set[Candidate]:
    """What pins and state tell anyway."""
    variables = (f"{key.replace('_', ' ')} {value}" for key, value in fold.state.items())
    told = [frozenset(stems_of(text)) for text in (*fold.pins, *variables)]
    return {one for one in holding if any(one.statement.stems <= words for words in told)}


def _commands(fold: Fold, known: Sequence[Item]) -> list[Candidate]:
    """Those that passed when they ran last, the newest last, as many as are carried on."""
    outcomes = commands.outcomes(fold.messages)
    found = [item for item in known if item.kind == "command" and item.text not in outcomes]
    for item, is_ok in outcomes.values():
        if is_ok:
            at = next((one for one in item.sources if one in fold.commits), "")
            found.append(replace(item, commit=fold.commits.get(at, "")))
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
