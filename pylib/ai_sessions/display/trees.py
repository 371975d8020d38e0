"""Rows as a tree of text, drawn with lines."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: Rows that are deeper are drawn here: a conversation that expired daily has a long line of them.
_DEEPEST = 12


def drawn(rows: Sequence[tuple[int, str]]) -> list[str]:
    """A line for each row, which is its depth (0: a root) and its text, in the order of the tree:
    each row before those below it.
    """
    lines: list[str] = []
    goes_on: list[bool] = []
    """Whether something follows at each depth, of the rows behind the one that is drawn."""
    for given, text in reversed(rows):
        depth = min(given, _DEEPEST)
        goes_on = goes_on[: depth + 1] + [False] * (depth + 1 - len(goes_on))
        bars = "".join("│  " if is_open else "   " for is_open in goes_on[1:depth])
        mark = ("├─ " if goes_on[depth] else "└─ ") if depth else ""
        lines.append(f"{bars}{mark}{text}")
        goes_on[depth] = True
    return lines[::-1]
