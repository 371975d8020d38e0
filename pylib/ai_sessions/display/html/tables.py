"""Tables of pages: cells are texts, or HTML that says so itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ai_sessions.display.html.escaping import text


class Html(str):
    """Text that is HTML already, made by `escaping.text` and constants alone."""

    __slots__ = ()


def cell(value: object) -> str:
    return value if isinstance(value, Html) else text(value)


def link(path: str, name: object, title: str = "") -> Html:
    """`path`: of this server, quoted."""
    said = f' title="{text(title)}"' if title else ""
    return Html(f'<a href="{text(path)}"{said}>{text(name)}</a>')


def table(heads: Sequence[object], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """Numbers to the right; the first column names the row."""
    titles = "".join(f'<th scope="col">{cell(one)}</th>' for one in heads)
    lines = "".join(
        f'<tr><th scope="row">{cell(row[0])}</th>'
        f"{''.join(f'<td>{cell(one)}</td>' for one in row[1:])}</tr>\n"
        for row in rows
    )
    told = f"<caption>{text(caption)}</caption>\n" if caption else ""
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{text(caption or heads[0])}">'
        f"<table>\n{told}<thead><tr>{titles}</tr></thead>\n<tbody>\n{lines}</tbody></table></div>\n"
    )
