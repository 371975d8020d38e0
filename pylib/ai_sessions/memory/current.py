"""What still holds of all that was said: no statement twice, none that a later one replaced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ai_sessions.memory.candidates import Candidate
from ai_sessions.memory.items import Item
from ai_sessions.memory.subjects import closeness, is_close, replaces

#: Messages that are named as the source of one item.
_MOST_SOURCES = 6
#: Part of the words of two statements from which they say the same.
_SAME = 0.9
#: What a user laid down only a user changes.
_LAID_DOWN = ("constraint", "preference", "decision", "goal")
_TAKEN_BACK_KINDS = ("decision", "goal", "next", "preference")
_FEW_WORDS = 6


def current(items: Iterable[Item]) -> list[Candidate]:
    """Candidates of items, which come in the order in which they were said."""
    live = _Live()
    for order, item in enumerate(items):
        live.add(Candidate(item, order))
    return live.candidates()


class _Live:
    """What holds up to now, found by its words."""

    def __init__(self) -> None:
        self._by_order: dict[int, Candidate] = {}
        self._by_stem: defaultdict[str, set[int]] = defaultdict(set)
        self._by_text: dict[tuple[str, str], int] = {}

    def candidates(self) -> list[Candidate]:
        return [self._by_order[order] for order in sorted(self._by_order)]

    def add(self, new: Candidate) -> None:
        if new.item.kind in ("artifact", "command"):
            self._repeat(new, (new.item.kind, new.item.text))
            return
        key = ("", " ".join(sorted(new.statement.stems)))
        new = self._repeat(new, key)
        for old in self._replaced(new):
            self._drop(old)
        for stem in new.statement.stems:
            self._by_stem[stem].add(new.order)

    def _repeat(self, new: Candidate, key: tuple[str, str]) -> Candidate:
        """Take the place of the same thing said before, with its messages."""
        old = self._by_order.get(self._by_text.get(key, -1))
        if old and old.statement.given == new.statement.given:
            self._drop(old)
            new = Candidate(_again(old.item, new.item), new.order)
        self._by_text[key] = new.order
        self._by_order[new.order] = new
        return new

    def _replaced(self, new: Candidate) -> list[Candidate]:
        found = [old for old in self._akin(new) if _may_replace(new, old)]
        close = [old for old in found if is_close(new.statement, old.statement)]
        if close or not found:
            return close
        taken = [old for old in found if new.statement.taken_back & old.statement.stems]
        nearest = max(closeness(new.statement, old.statement) for old in found)
        return taken or [old for old in found if closeness(new.statement, old.statement) == nearest]

    def _akin(self, new: Candidate) -> Iterator[Candidate]:
        """What shares a word with it, of other messages."""
        if not (new.statement.mentioned or new.statement.taken_back or new.statement.says_changed):
            return
        orders = {order for stem in new.statement.stems for order in self._by_stem[stem]}
        for order in sorted(orders):
            old = self._by_order.get(order)
            if old and old is not new and old.item.sources != new.item.sources:
                yield old

    def _drop(self, old: Candidate) -> None:
        del self._by_order[old.order]


def _may_replace(new: Candidate, old: Candidate) -> bool:
    if old.item.role == "user" and new.item.role != "user" and old.item.kind in _LAID_DOWN:
        return False
    if new.cues.strength < 0 or not replaces(new.statement, old.statement):
        return False
    taken = new.statement.taken_back & old.statement.stems
    return not taken or old.item.kind in _TAKEN_BACK_KINDS or len(old.statement.stems) <= _FEW_WORDS


def _again(old: Item, new: Item) -> Item:
    """The newer of two that say the same, with both ones' messages; a user's words stay his."""
    sources = tuple(dict.fromkeys((*old.sources, *new.sources)))[-_MOST_SOURCES:]
    kept = old if old.role == "user" and new.role != "user" else new
    return replace(kept, sources=sources, at=max(old.at, new.at), commit=new.commit or old.commit)
