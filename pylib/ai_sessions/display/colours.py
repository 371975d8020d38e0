"""The colours of a terminal: green for what is well, red for what is not, yellow for what is open.

A word is marked where the line is made, and whoever prints the line turns the marks into colours
or drops them. The marks are control characters, which everything that is printed is rid of anyway,
so none of them gets into a pipe or a file.
"""

from __future__ import annotations

_GREEN, _RED, _YELLOW, _END = "\x11", "\x12", "\x13", "\x14"
#: What a terminal is told for each mark, for `str.translate`.
CODES = {
    ord(_GREEN): "\x1b[32m",
    ord(_RED): "\x1b[31m",
    ord(_YELLOW): "\x1b[33m",
    ord(_END): "\x1b[0m",
}
_COLOURS = {
    **dict.fromkeys(("GO", "done", "green", "ok", "pass"), _GREEN),
    **dict.fromkeys(
        ("FAILED", "NO-GO", "blocked", "error", "fail", "failed", "missing", "red"), _RED
    ),
    **dict.fromkeys(("MANUAL", "not verified", "waived", "warning"), _YELLOW),
}


def word(text: str) -> str:
    """`text`, a word with spaces or a colon behind it at most, marked with its colour if any."""
    colour = _COLOURS.get(text.rstrip(" :"))
    return f"{colour}{text}{_END}" if colour else text
