"""What was said, with its code set apart; everything else of it is shown as it was typed."""

from __future__ import annotations

import re

from ai_sessions.display.html.escaping import optional, text

#: A block of code: its fence, its language, and all up to the fence that ends it, or to the end.
_BLOCK = re.compile(
    r"^(`{3,}|~{3,})([^`\n]*)\n(.*?)(?:^\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_TICKS = re.compile(r"`+")
#: A span of code ends within so many runs of ticks, or it is none: that bounds the work.
_NEAR = 8


def prose(said: str) -> str:
    """A text as HTML: blocks and spans of code, and between them what was typed."""
    found, at = [], 0
    for block in _BLOCK.finditer(said):
        found.append(_typed(said[at : block.start()]))
        found.append(optional('<p class="soft">{}</p>\n', block[2].strip()))
        found.append(code(block[3].removesuffix("\n")))
        at = block.end()
    return "".join((*found, _typed(said[at:])))


def code(said: str) -> str:
    """A text as a block of code."""
    return f'<pre dir="auto"><code>{text(said)}</code></pre>\n'


def _typed(said: str) -> str:
    if not (shown := said.strip("\n")):
        return ""
    lines = "\n".join(_line(line) if "`" in line else text(line) for line in shown.split("\n"))
    return f'<div class="text" dir="auto">{lines}</div>\n'


def _line(line: str) -> str:
    """With spans of code, each between two runs of ticks of the same length."""
    found, at, number = [], 0, 0
    ticks = list(_TICKS.finditer(line))
    while number < len(ticks):
        first = ticks[number]
        near = range(number + 1, min(number + 1 + _NEAR, len(ticks)))
        last = next((n for n in near if len(ticks[n][0]) == len(first[0])), number)
        if last > number:
            inner = line[first.end() : ticks[last].start()]
            found += [text(line[at : first.start()]), f"<code>{text(inner)}</code>"]
            at = ticks[last].end()
        number = last + 1
    return "".join((*found, text(line[at:])))
