"""Tables of pages: cells are texts, or HTML that says so itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial

from ai_sessions.display.html.escaping import text


class Html(str):
    """Text that is HTML already, made by `escaping.text` and constants alone."""

    __slots__ = ()


def cell(value: object) -> str:
    return value if isinstance(value, Html) else text(value)


def link(path: str, name: object, title: str = "") -> Html:
    """`path`: of this server, quoted. A name of which nothing can be shown is a question mark."""
    said = f' title="{text(title)}"' if title else ""
    shown = text(name)
    return Html(f'<a href="{text(path)}"{said}>{shown if shown.strip() else "?"}</a>')


def table(
    heads: Sequence[object],
    rows: Iterable[Sequence[object]],
    caption: str = "",
    words: Collection[object] = (),
) -> str:
    """Numbers to the right; the first column names the row. `words`: heads of columns that are no
    numbers.
    """
    kinds = [' class="words"' if one in words else "" for one in heads]
    titles = "".join(
        f'<th scope="col"{kind}>{cell(one)}</th>' for one, kind in zip(heads, kinds, strict=True)
    )
    lines = "".join(map(partial(_line, kinds), rows))
    told = f"<caption>{text(caption)}</caption>\n" if caption else ""
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{text(caption or heads[0])}">'
        f"<table>\n{told}<thead><tr>{titles}</tr></thead>\n<tbody>\n{lines}</tbody></table></div>\n"
    )


def _line(kinds: Sequence[str], row: Sequence[object]) -> str:
    cells = zip(row[1:], kinds[1:], strict=True)
    shown = "".join(f"<td{kind}>{cell(one)}</td>" for one, kind in cells)
    return f'<tr><th scope="row">{cell(row[0])}</th>{shown}</tr>\n'
