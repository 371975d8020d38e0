"""The one way in which a value gets into a page of HTML."""

from __future__ import annotations

from html import escape

from ai_sessions.controls import plain

#: Halves of surrogate pairs, which no page can hold.
_HALVES = dict.fromkeys(range(0xD800, 0xE000), "�")


def text(value: object) -> str:
    """A value as content of an element or of an attribute in double quotes, without control
    characters and marks that turn the direction of writing.
    """
    return escape(plain(str(value))).translate(_HALVES)


def optional(shape: str, value: object) -> str:
    """`shape`, HTML with `{}` in it, with the value there; empty for None and an empty text."""
    return "" if value in (None, "") else shape.format(text(value))
