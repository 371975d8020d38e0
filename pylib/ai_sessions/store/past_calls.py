"""Imported calls on their way into a store.

An import has 100,000 of them, alike but for a few numbers. To a store they are entries like any
others, made when they are asked for; one that writes lines may take the rows as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from ai_sessions.store.entries import past_call

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from ai_sessions.compiled.calls import Calls
    from ai_sessions.imports.contract import Past, Row
    from ai_sessions.records import Cost

    PastOf = Callable[[Row], Past]

Plain = dict[str, Any]


class PastCalls(Sequence[Plain]):
    """The entries of calls: `rows` and what each cost."""

    def __init__(
        self,
        rows: Sequence[Row],
        costs: Sequence[Cost],
        past_of: PastOf,
        table: tuple[Calls, array[int]] | None = None,
    ) -> None:
        """`table`: where the rows are in a table of the compiled scan, each once."""
        self.rows, self.costs, self._past_of = rows, costs, past_of
        self.table = table

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> Plain: ...
    @overload
    def __getitem__(self, place: slice) -> list[Plain]: ...
    def __getitem__(self, place: int | slice) -> Plain | list[Plain]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        return past_call(self._past_of(self.rows[place]), self.costs[place])
