"""Models by the names that people, files and other programs have for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.catalog.rotation import ModelEntry, Pool
from ai_sessions.errors import UsageError
from ai_sessions.rotation.records import Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ai_sessions.catalog.rotation import Catalog

#: Where names with a slash are from that nobody told us of.
_USUAL = "openrouter"
#: The pool of models that no pool of ours serves.
OTHER = "other"


class Models:
    """The models of a catalog, and any other by its name."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._by_key = {one.key: one for one in catalog.models}
        self._by_id = {one.id: one for one in reversed(catalog.models)}

    @property
    def pools(self) -> Mapping[str, Pool]:
        return self._catalog.pools

    @property
    def top(self) -> tuple[ModelEntry, ...]:
        """The five that a new user is offered, in the order of their numbers."""
        return tuple(self._by_key[key] for key in self._catalog.top)

    def chosen(self, text: str) -> ModelEntry:
        """The model that a person names: by its number from 1, its name, or its key.

        Raises `UsageError` for a number that is none of them, `NotFound` for an unknown name.
        """
        told = text.strip()
        if told.lstrip("+-").isdecimal() or not told:
            if told not in map(str, range(1, len(self.top) + 1)):
                raise UsageError(
                    f"no model has the number {told!r}",
                    f"a number from 1 to {len(self.top)}, or a name of `ai-session.sh models list`",
                )
            return self.top[int(told) - 1]
        return self._catalog.find(told)

    def entry(self, name: str) -> ModelEntry:
        """The model of a name, known or not: what was used counts, whatever it is."""
        if found := self._by_key.get(name) or self._by_id.get(name):
            return found
        pool, colon, id_ = name.partition(":")
        if not (colon and id_ and pool in (*self._catalog.pools, OTHER)):
            pool, id_ = _USUAL if "/" in name else OTHER, name
        return ModelEntry(id_, id_, pool)

    def key(self, name: str) -> str:
        return self.entry(name).key

    def name(self, key: str) -> str:
        """The shortest name that leads to a key: as its provider names it, where one pool alone
        serves it, or the first of several.
        """
        id_ = key.partition(":")[2]
        return id_ if id_ and self.key(id_) == key else key

    def pool(self, name: str) -> Pool:
        """The pool of a model; one without limits for a model that none of ours serves."""
        pool = self.entry(name).pool
        return self.pools.get(pool) or Pool(pool, pool, "")

    def title(self, name: str) -> str:
        """For people: `DeepSeek R1`."""
        return self.entry(name).display_name

    def place(self, name: str, places: Sequence[Place]) -> Place:
        """Where a model was asked. `places`: where this user's accounts are."""
        model, pool = self.entry(name), self.pool(name)
        there = [one for one in places if one.pool.name == pool.name]
        account = there[0].account if there else ""
        return Place(pool, model, account, bool(there))

    def offered(self) -> tuple[Place, ...]:
        """Who may be chosen where no account is known: who asks has one of their own. Of the five
        those that are served, and those of last resort at the same pools.
        """
        pools = {one.pool for one in self.top}
        last = [one for one in self._catalog.models if one.is_last_resort and one.pool in pools]
        served = [one for one in (*self.top, *last) if not one.retired]
        return tuple(Place(self.pools[one.pool], one) for one in served)
