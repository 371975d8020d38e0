"""What still holds of all that was said: no statement twice, none that a later one replaced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ai_sessions.memory.candidates import Candidate
from ai_sessions.memory.items import Item
from ai_sessions.memory.subjects import Statement, closeness, is_close, replaces, rest_of

#: Messages that are named as the source of one item.
_MOST_SOURCES = 6
#: Part of the words of two statements from which they say the same.
_SAME = 0.9
#: Kinds that only a user changes when a user laid them down, and those that can be taken back.
_LAID_DOWN = ("constraint", "preference", "decision", "goal")
_WITHDRAWN = ("decision", "goal", "next", "preference")
#: A statement of no more words is about what it names alone.
_FEW_WORDS = 6


def current(said: Iterable[Candidate]) -> list[Candidate]:
    """Those that hold, of candidates in the order in which they were said; they get their order."""
    live = _Live()
    for order, one in enumerate(said):
        one.order = order
        live.add(one)
    return live.candidates()


class _Live:
    """What holds up to now, found by its words."""

    def __init__(self) -> None:
        self._by_order: dict[int, Candidate] = {}
        self._by_stem: defaultdict[str, list[int]] = defaultdict(list)
        self._by_subject: defaultdict[str, list[int]] = defaultdict(list)
        self._by_text: dict[tuple[str, str], int] = {}

    def candidates(self) -> list[Candidate]:
        return [self._by_order[order] for order in sorted(self._by_order)]

    def add(self, new: Candidate) -> None:
        if new.item.kind in ("artifact", "command"):
            self._repeat(new, (new.item.kind, new.item.text))
            return
        new = self._repeat(new, (new.item.kind, " ".join(sorted(new.statement.stems))))
        for old in self._replaced(new):
            self._drop(old)
            if rest := rest_of(old.statement, new.statement):
                self._by_order[old.order] = Candidate(replace(old.item, text=rest), old.order)
        for stem in new.statement.stems:
            self._by_stem[stem].append(new.order)
        for stem in new.statement.about if _may_be_replaced(new) else ():
            self._by_subject[stem].append(new.order)

    def _repeat(self, new: Candidate, key: tuple[str, str]) -> Candidate:
        """Take the place of the same thing said before, with its messages."""
        old = self._by_order.get(self._by_text.get(key, -1))
        if old and old.statement.given == new.statement.given:
            self._drop(old)
            new = Candidate(_again(old.item, new.item), new.order, _words(old, new))
        self._by_text[key] = new.order
        self._by_order[new.order] = new
        return new

    def _replaced(self, new: Candidate) -> list[Candidate]:
        """What of other messages it makes out of date: all that is about the very same, all that it
        takes back, else the one that is nearest to it.
        """
        withdrawn = [old for old in self._withdrawn(new) if _may_withdraw(new, old)]
        akin = self._akin(new)
        close = [old for old in akin if is_close(new.statement, old.statement)]
        if withdrawn or close or not akin:
            return [*withdrawn, *(old for old in close if old not in withdrawn)]
        nearest = max(closeness(new.statement, old.statement) for old in akin)
        return [old for old in akin if closeness(new.statement, old.statement) == nearest]

    def _akin(self, new: Candidate) -> list[Candidate]:
        """Those that give another value to about the same."""
        if not _may_be_replaced(new) or new.cues.strength < 0:
            return []
        shared = set().union(*(self._by_subject[stem] for stem in new.statement.about))
        return [
            old
            for old in self._there(new, shared)
            if _is_his(new, old) and replaces(new.statement, old.statement)
        ]

    def _withdrawn(self, new: Candidate) -> list[Candidate]:
        """Those that have a word of what it takes back."""
        taken_back = new.statement.taken_back
        if not taken_back:
            return []
        orders = {order for stem in taken_back for order in self._by_stem[stem]}
        return list(self._there(new, orders))

    def _there(self, new: Candidate, orders: Iterable[int]) -> Iterator[Candidate]:
        """Those that still hold, of other messages."""
        for order in sorted(orders):
            old = self._by_order.get(order)
            if old and old is not new and old.item.sources != new.item.sources:
                yield old

    def _drop(self, old: Candidate) -> None:
        del self._by_order[old.order]


def _may_be_replaced(one: Candidate) -> bool:
    """Whether it has a value or makes a choice, so that another one can take its place."""
    return bool(one.statement.mentioned) or one.statement.is_choice


def _may_withdraw(new: Candidate, old: Candidate) -> bool:
    """Whether it is that decision which is taken back, not only something said with its words."""
    if not _is_his(new, old) or old.statement.taken_back & new.statement.taken_back:
        return False
    return old.item.kind in _WITHDRAWN or len(old.statement.stems) <= _FEW_WORDS


def _is_his(new: Candidate, old: Candidate) -> bool:
    """Whether who said `new` may change `old`."""
    is_laid_down = old.item.role == "user" and old.item.kind in _LAID_DOWN
    return new.item.role == "user" or not is_laid_down


def _words(old: Candidate, new: Candidate) -> Statement:
    return (old if _stays(old.item, new.item) else new).statement


def _stays(old: Item, new: Item) -> bool:
    """Whether the older one's words are kept: a user's, which an assistant repeats."""
    return old.role == "user" and new.role != "user"


def _again(old: Item, new: Item) -> Item:
    """The newer of two that say the same, with both ones' messages; a user's words stay his."""
    sources = tuple(dict.fromkeys((*old.sources, *new.sources)))[-_MOST_SOURCES:]
    kept = old if _stays(old, new) else new
    return replace(kept, sources=sources, at=max(old.at, new.at), commit=new.commit or old.commit)
