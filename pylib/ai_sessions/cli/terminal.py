"""What a terminal can show: its width and colours; no characters that steer it."""

from __future__ import annotations

import os

from ai_sessions import controls
from ai_sessions.display import colours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

#: Set by a shell that asks what Tab could complete.
COMPLETE = "_AI_SESSION_COMPLETE"
_COLOURED = {**controls.CONTROLS, **colours.CODES}
_END_OF_COLOUR = "\x1b[0m"
_USUAL_CELLS = 80
#: What we draw and write with beyond ASCII.
_MARKS = str.maketrans(
    {"…": "...", "·": "-", "█": "#", "░": ".", "│": "|", "├": "|", "└": "`", "─": "-"}
)
#: What else the assistant speaks with, whose words are as another program has said them.
_PICTURES = str.maketrans(dict.fromkeys("👤🤖🎯✅👋📊", "*") | {"—": " - "})


def is_ascii_only(environment: Mapping[str, str]) -> bool:
    """True where the locale cannot show more than ASCII (`LC_ALL=C`)."""
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "C")
    return "utf" not in locale.lower()


def plain(text: str) -> str:
    """`text` without control characters, so that tool output cannot steer the terminal."""
    return controls.plain(text)


def coloured(text: str) -> str:
    """`plain`, with the marks of `display.colours` as colours that end with the text."""
    shown = controls.without_sequences(text).translate(_COLOURED)
    return f"{shown}{_END_OF_COLOUR}" if "\x1b" in shown else shown


def has_colours(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """True on a terminal that knows more than lines, unless NO_COLOR says that nobody wants any."""
    if environment.get("NO_COLOR") or environment.get("TERM", "") in ("", "dumb"):
        return False
    return stream.isatty()


def room() -> int:
    """Cells of a line: COLUMNS, else those of the terminal."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    for number in (1, 2):
        try:
            return os.get_terminal_size(number).columns or _USUAL_CELLS
        except OSError:  # no terminal
            continue
    return _USUAL_CELLS


def in_ascii(text: str) -> str:
    """`text` with our own marks in ASCII. What users and agents wrote keeps its letters."""
    return text if text.isascii() else text.translate(_MARKS)


def without_pictures(text: str, environment: Mapping[str, str]) -> str:
    """`text` with marks in place of pictures, where a locale is set that has none. Where none is
    set, as in most containers, the terminal around it has them.
    """
    return text.translate(_PICTURES) if has_no_pictures(environment) else text


def has_no_pictures(environment: Mapping[str, str]) -> bool:
    """True where a locale is set, and it is not UTF-8."""
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    return is_ascii_only(environment) and any(map(environment.get, names))


def is_ci(environment: Mapping[str, str]) -> bool:
    """True when CI says that no person is watching."""
    return environment.get("CI", "").lower() not in ("", "0", "false", "no", "off")
