"""Ids of entries: UUIDs of version 7, which begin with the moment they were made.

A store that knows how far back its list of ids reaches can tell from such an id alone that it has
never seen it. Light on imports: checkpoints are added up with it.
"""

from __future__ import annotations

import os
import time

_LENGTH = 36
_VERSION_AT = 14
_HYPHENS = 4
_FORK = "fork"


def new() -> str:
    """An id that nobody else has, for now."""
    made = time.time_ns() // 1_000_000
    rest = int.from_bytes(os.urandom(10), "big")
    bits = made << 80 | 7 << 76 | (rest >> 68) << 64 | 2 << 62 | rest & (1 << 62) - 1
    digits = f"{bits:032x}"
    parts = digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]
    return "-".join(parts)


def forked(uid: str, place: str = "") -> str:
    """The id of what a fork took from `place` (`<seq>.<n>`) of the session with that `uid`, the
    same at every try; without a place that of the fork itself.
    """
    return ":".join(filter(None, (_FORK, uid, place)))


def is_forked(text: str) -> bool:
    """Whether a fork made it from a place of another session."""
    begin, _, place = text.rpartition(":")
    seq, _, number = place.partition(".")
    return begin.startswith(f"{_FORK}:") and seq.isdecimal() and number.isdecimal()


def is_unique(text: str) -> bool:
    """Whether no two things have this id by accident: a UUID of any version, or one of a fork."""
    return _is_uuid(text) or is_forked(text)


def _is_uuid(text: str) -> bool:
    if len(text) != _LENGTH or text.count("-") != _HYPHENS:
        return False
    return all(one in "0123456789abcdefABCDEF-" for one in text)


def made_ms(text: str) -> int | None:
    """When an id was made, in milliseconds since 1970; None when it does not say."""
    if len(text) != _LENGTH or text[_VERSION_AT] != "7" or text.count("-") != _HYPHENS:
        return None
    try:
        return int(text[:8] + text[9:13], 16)
    except ValueError:
        return None
