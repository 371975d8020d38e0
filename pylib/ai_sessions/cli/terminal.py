"""What may reach a terminal: no characters that steer it, none that it cannot show."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Set by a shell that asks what Tab could complete.
COMPLETE = "_AI_SESSION_COMPLETE"
#: C0 and C1 control characters without tab and newline, and those that turn the direction of
#: writing, which can make a line read as another one.
_CONTROLS = {
    code: None
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\t\n"
}
#: What we draw and write with beyond ASCII.
_MARKS = str.maketrans({"…": "...", "·": "-", "█": "#", "░": "."})


def is_ascii_only(environment: Mapping[str, str]) -> bool:
    """True where the locale cannot show more than ASCII (`LC_ALL=C`)."""
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "C")
    return "utf" not in locale.lower()


def plain(text: str) -> str:
    """`text` without control characters, so that tool output cannot steer the terminal."""
    return text.translate(_CONTROLS)


def in_ascii(text: str) -> str:
    """`text` with our own marks in ASCII. What users and agents wrote keeps its letters."""
    return text if text.isascii() else text.translate(_MARKS)


def is_ci(environment: Mapping[str, str]) -> bool:
    """True when CI says that no person is watching."""
    return environment.get("CI", "").lower() not in ("", "0", "false", "no", "off")
