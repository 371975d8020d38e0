"""Markdown, as models write it, as HTML that Telegram can read, whatever the Markdown is.

What people see has at most as many UTF-16 units as the Markdown, so that what was split by its
length is within Telegram's limit when its entities are parsed; aligned tables are longer, where
there is room.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

from ai_sessions.bots.splitting import utf_16
from ai_sessions.bots.telegram.emphasis import escaped, inline
from ai_sessions.display.columns import width

_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})[ \t]*([^\s`]*)[^`]*$")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$")
_RULE = re.compile(r"^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_QUOTE = re.compile(r"^ {0,3}> ?")
_BULLET = re.compile(r"^([ \t]*)[-*+][ \t]+(?:\[([ xX])\][ \t]+)?(?=\S)")
_NUMBER = re.compile(r"^[ \t]*\d{1,9}[.)][ \t]+")
_TABLE = re.compile(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_BAR = re.compile(r"(?<!\\)\|")
_TAG = re.compile(r"<[^>]*>")
#: What stands for a message without a visible sign, which Telegram does not take.
_NOTHING = "…"
Table = Callable[[list[str]], str]


def html(text: str, most: int) -> str:
    """At most `most` UTF-16 units to see, when the text itself has no more."""
    made = _blocks(text.split("\n"), _aligned)
    if utf_16(seen(made)) > most:
        made = _blocks(text.split("\n"), "\n".join)
    return made if seen(made).strip() else _NOTHING


def seen(html: str) -> str:
    """What people see of such HTML."""
    return unescape(_TAG.sub("", html))


def plain(text: str) -> str:
    """A text as it is, where nothing is to be formatted."""
    return text if text.strip() else _NOTHING


def _blocks(lines: list[str], table: Table, *, is_quoted: bool = False) -> str:
    made = []
    at = 0
    while at < len(lines):
        block, at = _block(lines, at, table, is_quoted=is_quoted)
        made.append(block)
    return "\n".join(made)


def _block(lines: list[str], at: int, table: Table, *, is_quoted: bool) -> tuple[str, int]:
    """The one that begins at a line, and where the next one begins."""
    line = lines[at]
    if fence := _FENCE.match(line):
        return _code(lines, at, fence)
    if _is_table(lines, at):
        end = _while(lines, at + 2, lambda one: "|" in one)
        return f"<pre>{escaped(table(lines[at:end]))}</pre>", end
    if _QUOTE.match(line) and not is_quoted:
        end = _while(lines, at, lambda one: bool(_QUOTE.match(one)))
        inner = [_QUOTE.sub("", one) for one in lines[at:end]]
        return f"<blockquote>{_blocks(inner, table, is_quoted=True)}</blockquote>", end
    if heading := _HEADING.match(line):
        return f"<b>{re.sub('</?b>', '', inline(heading[1]))}</b>", at + 1
    if _RULE.match(line):
        return "———", at + 1
    end = at + 1
    while line.strip() and end < len(lines) and not _is_other(lines, end):
        end += 1
    return _words("\n".join(lines[at:end])), end


def _is_other(lines: list[str], at: int) -> bool:
    """Whether a line is no part of the paragraph before it."""
    line = lines[at]
    patterns = (_FENCE, _QUOTE, _HEADING, _RULE, _BULLET, _NUMBER)
    return not line.strip() or _is_table(lines, at) or any(one.match(line) for one in patterns)


def _while(lines: list[str], at: int, holds: Callable[[str], bool]) -> int:
    while at < len(lines) and holds(lines[at]):
        at += 1
    return at


def _words(text: str) -> str:
    """A paragraph, or an item of a list."""
    if bullet := _BULLET.match(text):
        box = {"x": "☑ ", "X": "☑ ", " ": "☐ "}.get(bullet[2] or "", "")
        return f"{bullet[1]}• {box}{inline(text[bullet.end() :])}"
    number = _NUMBER.match(text)
    begun = number[0] if number else ""
    return f"{begun}{inline(text[len(begun) :])}"


def _code(lines: list[str], at: int, fence: re.Match[str]) -> tuple[str, int]:
    """Up to its closing fence; without one, to the end."""
    indent, marks, language = fence.groups()
    closing = re.compile(rf"^\s*{re.escape(marks[0])}{{{len(marks)},}}\s*$")
    end = _while(lines, at + 1, lambda one: not closing.match(one))
    code = escaped("\n".join(one.removeprefix(indent) for one in lines[at + 1 : end]))
    language = re.sub(r"[^\w+#.-]", "", language)
    if not code.strip():  # nothing to show in a block, and it may be none
        return escaped("\n".join(lines[at : end + 1])), end + 1
    if language:
        return f'<pre><code class="language-{language}">{code}</code></pre>', end + 1
    return f"<pre>{code}</pre>", end + 1


# --- tables


def _is_table(lines: list[str], at: int) -> bool:
    if at + 1 >= len(lines) or "|" not in lines[at]:
        return False
    return "|" in lines[at + 1] and bool(_TABLE.match(lines[at + 1]))


def _aligned(lines: list[str]) -> str:
    """Its columns one below the other; the second line is the rule below the head."""
    rows = [_cells(line) for line in [lines[0], *lines[2:]]]
    columns = max(map(len, rows))
    widths = [max(_widths(rows, number)) for number in range(columns)]
    head, *rest = (" | ".join(_padded(row, widths)).rstrip() for row in rows)
    return "\n".join([head, "-+-".join("-" * one for one in widths), *rest])


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [_cell(one.strip().replace("\\|", "|")) for one in _BAR.split(inner)]


def _cell(text: str) -> str:
    """Without marks, which mean nothing in preformatted text; a link stays as it is."""
    return text if "](" in text else seen(inline(text))


def _widths(rows: list[list[str]], number: int) -> Iterator[int]:
    yield 1
    for row in rows:
        if number < len(row):
            yield width(row[number])


def _padded(row: list[str], widths: list[int]) -> Iterator[str]:
    for number, wanted in enumerate(widths):
        cell = row[number] if number < len(row) else ""
        yield cell + " " * (wanted - width(cell))
