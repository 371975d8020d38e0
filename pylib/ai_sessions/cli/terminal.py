"""What may reach a terminal: text without the characters that steer it."""

#: C0 and C1 control characters without tab and newline.
_CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"}


def plain(text: str) -> str:
    """`text` without control characters, so that tool output cannot steer the terminal."""
    return text.translate(_CONTROLS)
