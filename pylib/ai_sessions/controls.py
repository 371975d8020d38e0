"""Characters that steer a terminal: out of everything that people read, on screens and in files."""

from __future__ import annotations

#: C0 and C1 control characters without tab and newline, and those that turn the direction of
#: writing, which can make a line read as another one. For `str.translate`.
CONTROLS = {
    code: None
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\t\n"
}
#: Control sequences (colours, the cursor), those of the operating system (the title), and the rest,
#: as ECMA-48 has them: with ESC and a letter, or as one character of C1.
_SEQUENCES = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[@-Z\\-_]"
)
#: One of them at the end of a text that has not come to its own end.
_BEGUN = r"(?:(?:\x1b\[|\x9b)[0-?]*[ -/]*|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*\x1b?|\x1b)\Z"
#: A longer one is no sequence that anybody means.
_LONGEST_BEGUN = 256
_BEGINNINGS = "\x1b\x9b\x9d"
#: Of a text at most one of so many characters is a control character.
_TEXT_TO_CONTROLS = 30


def plain(text: str) -> str:
    """`text` without escape sequences and control characters; tabs and newlines stay."""
    return without_sequences(text).translate(CONTROLS)


def without_sequences(text: str) -> str:
    """`text` without escape sequences alone."""
    if not any(one in text for one in _BEGINNINGS):
        return text
    import re  # most of what is printed by a light command has none

    return re.sub(_SEQUENCES, "", text)


def split_begun(text: str) -> tuple[str, str]:
    """A piece of a text that goes on, up to an escape sequence that has no end yet, and that."""
    if any(one in text[-_LONGEST_BEGUN:] for one in _BEGINNINGS):
        import re

        if found := re.search(_BEGUN, text[-_LONGEST_BEGUN:]):
            return text[: len(text) - len(found[0])], found[0]
    return text, ""


def one_line(text: str) -> str:
    """`plain`, with every run of white space as one blank."""
    return " ".join(plain(text).split())


def is_text(content: str) -> bool:
    """True unless control characters are so many that no person has written that."""
    others = {code: None for code in CONTROLS if code < 0x20 and chr(code) not in "\r\f\v"}
    return (len(content) - len(content.translate(others))) * _TEXT_TO_CONTROLS <= len(content)
