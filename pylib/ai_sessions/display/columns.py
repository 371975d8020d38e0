"""Text in columns, measured in cells of a terminal: a Chinese character takes two, an accent none.

Widths are those of Unicode's East Asian Width, as terminals have them; a picture that is joined
from several characters may be counted too wide, which costs a space and nothing else. Lists are
aligned here because they have to be there at once: tabulate, which writes what has time,
takes longer to import than a list of ten thousand sessions takes to print.
"""

from __future__ import annotations

from ai_sessions.display.briefs import unbroken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    Rows = Sequence[Sequence[str]]

_WIDE = ("W", "F")
_WITHOUT_WIDTH = ("Mn", "Me", "Cf")
_GAP = "  "


def width(text: str) -> int:
    """How many cells `text`, one line, takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def cut(text: str, cells: int, mark: str = "…") -> str:
    """`text` in at most so many cells; `mark` stands for what is left out."""
    if width(text) <= cells:
        return text
    room = cells - width(mark)
    kept = []
    for one in text:
        room -= _cells(one)
        if room < 0:
            break
        kept.append(one)
    return f"{''.join(kept).rstrip()}{mark}" if kept else ""


def padded(text: str, cells: int, *, left: bool = True) -> str:
    """`text` in so many cells, against the left or the right side of them."""
    space = " " * (cells - width(text))
    return text + space if left else space + text


def aligned(rows: Rows, left: Collection[str] = ()) -> str:
    """A table with a head: the first column and those named `left` to the left, all else right."""
    rows = [[unbroken(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    sides = [number == 0 or name in left for number, name in enumerate(rows[0])]
    return "\n".join(
        _GAP.join(
            padded(cell, cells, left=side)
            for cell, cells, side in zip(row, widths, sides, strict=True)
        ).rstrip()
        for row in rows
    )


def fitted(
    rows: Rows, cells: int | None, least_needed: Sequence[str], left: Collection[str] = ()
) -> str:
    """`aligned`, without columns that there is no room for, the least needed first.

    `cells` None: there is no limit. What is never named in `least_needed` always stays, in full.
    """
    for name in least_needed:
        if cells is None or _across(rows) <= cells:
            break
        rows = _without(rows, name)
    return aligned(rows, left)


def markdown(rows: Rows) -> str:
    """A Markdown table; its first row is the head."""
    from tabulate import tabulate

    head, *body = [[unbroken(cell).replace("|", "\\|") for cell in row] for row in rows]
    return tabulate(body, head, tablefmt="github", disable_numparse=True)


def _across(rows: Rows) -> int:
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _without(rows: Rows, name: str) -> Rows:
    number = list(rows[0]).index(name) if name in rows[0] else len(rows[0])
    return [[*row[:number], *row[number + 1 :]] for row in rows]


def _cells(character: str) -> int:
    import unicodedata

    if unicodedata.category(character) in _WITHOUT_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
