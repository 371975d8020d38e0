"""How many there are of something, in words that people read."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def counted(number: int, one: str, many: str = "") -> str:
    """`1 call`, `1,200 calls`; `many` where it is not `one` with an s: `2 new entries`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def listed(names: Iterable[str], most: int = 3) -> str:
    """The first `most` names, and how many more there are: `a, b, c and 4 more`."""
    all_ = list(names)
    more = len(all_) - most
    return ", ".join(all_[:most]) + (f" and {more} more" if more > 0 else "")
