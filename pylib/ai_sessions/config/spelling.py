"""What a mistyped word was probably meant to be."""

from __future__ import annotations


def nearest(word: str, known: tuple[str, ...] | list[str]) -> str:
    """The known word most like `word`, or the empty string."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, known, 1, 0.5)), "")
