"""Names of the keys: those of a session share a hash slot, so do those of the list of names."""

from ai_sessions.lazy_dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """The keys of one session."""

    id: str
    log: str
    ids: str
    facts: str
    meta: str
    turn: str

    @property
    def all(self) -> tuple[str, ...]:
        """As scripts take them."""
        return self.log, self.ids, self.facts, self.meta, self.turn


@dataclass(frozen=True, slots=True)
class Names:
    """The keys of what spans sessions."""

    places: str
    trash: str
    changed: str
    gone: str
    count: str
    list: str
    writing: str

    @property
    def all(self) -> tuple[str, ...]:
        """As scripts take them."""
        return (
            *(self.places, self.trash, self.changed, self.gone),
            *(self.count, self.list, self.writing),
        )


def place(prefix: str, id_: str) -> Place:
    """The keys of the session at the place of that id."""
    parts = ("log", "ids", "facts", "meta", "turn")
    return Place(id_, *(f"{prefix}:{{s:{id_}}}:{part}" for part in parts))


def names(prefix: str) -> Names:
    """The keys of the list of names."""
    parts = ("places", "trash", "changed", "gone", "count", "list", "writing")
    return Names(*(f"{prefix}:{{names}}:{part}" for part in parts))
