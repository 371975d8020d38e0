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
    from collections.abc import Collection, Iterator, Sequence

    Rows = Sequence[Sequence[str]]

_WIDE = ("W", "F")
_WITHOUT_WIDTH = ("Mn", "Me", "Cf")
_GAP = "  "
#: Where a command may be continued on another line, and what it ends with there.
_OPTION, _CONTINUED = " --", " \\"
#: Cells that a name keeps when a table has to be narrow: enough to know it by, and to type.
_SHORTENED = 24
#: Cells of its end, and of its beginning, that a name cut in the middle keeps at least.
_SHORTEST_END = 4


def width(text: str) -> int:
    """How many cells `text`, one line, takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def cut(text: str, cells: int, mark: str = "…") -> str:
    """`text` in at most so many cells; `mark` stands for what is left out."""
    if width(text) <= cells:
        return text
    room = cells - width(mark)
    if text.isascii():
        return f"{text[:room].rstrip()}{mark}" if room > 0 else ""
    kept = []
    for one in text:
        room -= _cells(one)
        if room < 0:
            break
        kept.append(one)
    return f"{''.join(kept).rstrip()}{mark}" if kept else ""


def shortened(names: Sequence[str], cells: int, mark: str = "…") -> list[str]:
    """`names` in at most so many cells, and no two of them the same that were not before.

    A name keeps its beginning, which is enough to type. Those that begin alike keep as much of
    their end as tells them apart; those that differ in the middle alone stay whole.
    """
    short = [_cut_but_last(name, cells, mark) for name in names]
    whole: dict[str, set[str]] = {}
    for name, shown in zip(names, short, strict=True):
        whole.setdefault(shown, set()).add(name)
    apart = {
        name: told
        for alike in whole.values()
        if len(alike) > 1
        for name, told in _told_apart(alike, cells, mark, whole).items()
    }
    return [apart.get(name, shown) for name, shown in zip(names, short, strict=True)]


def _told_apart(
    names: Collection[str], cells: int, mark: str, taken: Collection[str]
) -> dict[str, str]:
    """A different short form for each of `names`, none of them one of `taken`."""
    for end in range(_SHORTEST_END, cells - width(mark) - _SHORTEST_END, _SHORTEST_END):
        short = {name: _cut_in_the_middle(name, cells, end, mark) for name in names}
        if len(set(short.values())) == len(names) and not set(short.values()) & set(taken):
            return short
    return {name: name for name in names}


def _cut_in_the_middle(name: str, cells: int, end: int, mark: str) -> str:
    """`name` with `end` cells of its end behind the mark, unless it fits. Of several words the last
    one, a task, stays beside that.
    """
    if width(name) <= cells:
        return name
    first, space, last = name.rpartition(" ")
    behind = f"{space}{last}" if width(first) - width(last) > end else ""
    tail = cut((first if behind else name)[::-1], end, "")[::-1].lstrip() + behind
    return cut(name, max(cells - width(tail), 0), mark) + tail


def wrapped(line: str, cells: int) -> str:
    """`line`, broken between words where it is wider; what follows is two cells further in.

    A word that is wider than that by itself, such as a path, stays whole.
    """
    if width(line) <= cells:
        return line
    first = line.lstrip(" ")
    indent = " " * (len(line) - len(first))
    lines, now = [], indent
    for word in _words(first):
        if now.strip() and width(now) + width(word.rstrip()) > cells:
            lines.append(now.rstrip())
            now = f"{indent}{_GAP}"
        now += word
    return "\n".join([*lines, now.rstrip()])


def command(line: str, cells: int) -> str:
    """`line`, a command with perhaps a comment, in so many cells and still one to be pasted."""
    if width(line) <= cells:
        return line
    indent = " " * (len(line) - len(line.lstrip(" ")))
    typed, mark, comment = line.partition("  # ")
    if mark:
        return f"{indent}# {comment}\n{command(typed.rstrip(), cells)}"
    end = typed.rfind(_OPTION, 0, cells - len(_CONTINUED) + len(_OPTION))
    if end <= len(indent):
        return line
    return f"{typed[:end]}{_CONTINUED}\n{indent}{_GAP}{typed[end + 1 :]}"


def _words(text: str) -> Iterator[str]:
    """The words of `text`, each with the spaces behind it."""
    start = 0
    for at in range(1, len(text)):
        if text[at] != " " and text[at - 1] == " ":
            yield text[start:at]
            start = at
    yield text[start:]


def padded(text: str, cells: int, *, left: bool = True) -> str:
    """`text` in so many cells, against the left or the right side of them."""
    space = " " * (cells - width(text))
    return text + space if left else space + text


def aligned(rows: Rows, left: Collection[str] = ()) -> str:
    """A table with a head: the first column and those named `left` to the left, all else right.

    Amounts of money stand with their points under each other, whatever follows them.
    """
    return _aligned(_by_point(rows), left)


def _aligned(rows: Rows, left: Collection[str]) -> str:
    """The same of rows that are `_by_point` already. Whole columns at a time, which is faster."""
    columns = [
        _filled(column, left=number == 0 or column[0] in left)
        for number, column in enumerate(zip(*rows, strict=True))
    ]
    return "\n".join([_GAP.join(cells).rstrip() for cells in zip(*columns, strict=True)])


def _filled(column: Sequence[str], *, left: bool) -> list[str]:
    """Every cell as wide as the widest."""
    cells = _widest(column)
    if not "".join(column).isascii():
        return [padded(cell, cells, left=left) for cell in column]
    return [cell.ljust(cells) if left else cell.rjust(cells) for cell in column]


def _widest(column: Sequence[str]) -> int:
    return max(map(len if "".join(column).isascii() else width, column))


def fitted(
    rows: Rows,
    cells: int | None,
    least_needed: Sequence[str],
    left: Collection[str] = (),
    mark: str = "…",
) -> str:
    """`aligned`, without columns that there is no room for, the least needed first.

    `cells` None: there is no limit. What is never named in `least_needed` always stays. Names in
    the first column are cut as `shortened` does, with `mark`, before others make way; a beginning
    of them always stays.
    """
    rows = _by_point(rows)
    if cells is None:
        return _aligned(rows, left)
    for name in least_needed:
        if _others(rows) + min(_longest(rows), _SHORTENED) <= cells:
            break
        rows = _without(rows, name)
    room = max(cells - _others(rows), _SHORTENED)
    short = shortened([row[0] for row in rows], room, mark)
    rows = _by_point([(name, *row[1:]) for name, row in zip(short, rows, strict=True)])
    return _aligned(rows, left)


def markdown(rows: Rows, left: Collection[str] = ()) -> str:
    """A Markdown table with the sides of `aligned`; its first row is the head."""
    from tabulate import tabulate

    head, *body = [[unbroken(cell).replace("|", "\\|") for cell in row] for row in rows]
    sides = ["left" if not number or name in left else "right" for number, name in enumerate(head)]
    return tabulate(body, head, tablefmt="pipe", disable_numparse=True, colalign=sides)


def _cut_but_last(name: str, cells: int, mark: str) -> str:
    """`name` in at most so many cells; of several words the last one, a task, stays."""
    first, space, last = name.rpartition(" ")
    room = cells - width(last) - 1
    if not space or width(name) <= cells or room <= cells // 2:
        return cut(name, cells, mark)
    return f"{cut(first, room, mark)} {last}"


def _longest(rows: Rows) -> int:
    """Cells of the longest name in the first column."""
    return _widest([row[0] for row in rows])


def _others(rows: Rows) -> int:
    """Cells of all the columns but the first, with the gap before each."""
    _names, *columns = zip(*rows, strict=True)
    return sum(_widest(column) + len(_GAP) for column in columns)


def _by_point(rows: Rows) -> Rows:
    """Unbroken cells, with spaces behind amounts so that `$1.20` stands right above `$0.30+?`."""
    return list(zip(*map(_pointed, zip(*rows, strict=True)), strict=True))


def _pointed(column: Sequence[str]) -> list[str]:
    whole = "".join(column)
    cells = list(column) if unbroken(whole) == whole else list(map(unbroken, column))
    if "$" not in whole:
        return cells
    tails = [_tail(cell) if _is_amount(cell) else -1 for cell in cells]
    longest = max(tails)
    return [
        cell + " " * (longest - tail) if tail >= 0 else cell
        for cell, tail in zip(cells, tails, strict=True)
    ]


def _tail(amount: str) -> int:
    """Characters behind the point."""
    return len(amount) - amount.index(".") - 1


def _is_amount(cell: str) -> bool:
    return cell.startswith(("$", "-$")) and "." in cell


def _without(rows: Rows, name: str) -> Rows:
    number = list(rows[0]).index(name) if name in rows[0] else len(rows[0])
    return [[*row[:number], *row[number + 1 :]] for row in rows]


def _cells(character: str) -> int:
    import unicodedata

    if unicodedata.category(character) in _WITHOUT_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
