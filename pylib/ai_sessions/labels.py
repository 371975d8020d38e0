"""Words that people attach to conversations: tags, keys of state and pins, titles, plain text."""

from __future__ import annotations

from ai_sessions.errors import UsageError

#: What to do with text that is not UTF-8.
CONVERT = "convert it: iconv -t UTF-8"
_LONGEST_TAG = 64
_LONGEST_KEY = 128
_LONGEST_LINE = 200
#: Characters of the first words of a conversation, which are its title where nobody gave one.
_LONGEST_WORDS = 60
_LARGEST_DESCRIPTION = 8 << 10
#: Separates tags in lists and spreadsheets.
_COMMA = ","
#: Separates a key from its value.
_EQUALS = "="


def tag(text: str) -> str:
    """`text` itself when it may be a tag. Raises `UsageError` with what is wrong."""
    return _label("tag", text, _LONGEST_TAG, _COMMA)


def key(text: str) -> str:
    """`text` itself when it may be the key of a state variable or a pin. Raises `UsageError`."""
    return _label("key", text, _LONGEST_KEY, _EQUALS)


def line(what: str, text: str) -> str:
    """`text` itself when it is one line, as a title has to be. Raises `UsageError`."""
    if why := _why_no_line(utf8(what, text), _LONGEST_LINE):
        raise UsageError(f"{what} {_shown(text)}: {why}")
    return text


def first_words(text: str) -> str:
    """A title made of what a text begins with; empty where it has no words."""
    words = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    longest = _LONGEST_WORDS
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"


def description(text: str) -> str:
    """`text` itself when it is short enough: each append writes it. Raises `UsageError`."""
    size = len(utf8("description", text).encode())
    if size > _LARGEST_DESCRIPTION:
        limit = f"at most {_LARGEST_DESCRIPTION:,}"
        raise UsageError(f"description: {size:,} bytes ({limit})", "say it in a message")
    return text


def utf8(what: str, text: str) -> str:
    """`text` itself when all of it can be written. Raises `UsageError`: arguments that are not
    UTF-8 come with characters that stand for single bytes, and a program may give anything.
    """
    if not isinstance(text, str):
        raise UsageError(f"{what}: must be text, not {text!r:.80}")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        where = f"character {error.start + 1}"
        raise UsageError(f"{what}: not UTF-8 text ({where})", CONVERT) from None
    return text


def _label(what: str, text: str, longest: int, separator: str) -> str:
    why = _why_no_line(utf8(what, text), longest)
    if not why and separator in text:
        why = f"it may have no {separator!r}"
    if not why and text != text.strip():
        why = "it begins or ends with a space"
    if why:
        raise UsageError(f"{what} {_shown(text)}: {why}")
    return text


def _why_no_line(text: str, longest: int) -> str:
    if not text.strip():
        return "it is empty"
    if not text.isprintable():
        return "it may have no line break or control character"
    return f"it has {len(text):,} characters (at most {longest})" if len(text) > longest else ""


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")
