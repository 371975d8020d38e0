"""Characters that steer a terminal: out of everything that people read, on screens and in files."""

from __future__ import annotations

#: C0 and C1 control characters without tab and newline, and those that turn the direction of
#: writing, which can make a line read as another one.
CONTROLS = {
    code: None
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\t\n"
}


def stripped(text: str) -> str:
    """`text` without them."""
    return text.translate(CONTROLS)
