"""The shapes of keys that detect-secrets knows, for what leaves the house (`export --redact`).

`detectors.json` is exported from that library (pylib/tools/export_detectors.py). Its rules are
wider than `store.masking`, which must never harm an answer that was paid for.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

MASKED = "[masked: {}]"


#: Longer texts are looked at in pieces, cut between words where there are any: what takes a pattern
#: long in a hostile text takes it long in a piece at most.
_LONGEST = 1 << 13


@dataclass(frozen=True, slots=True)
class _Detector:
    """One kind of key. Every match has one of `words`, in whatever case, and `unbroken` characters
    side by side.
    """

    name: str
    pattern: re.Pattern[str]
    words: tuple[str, ...]
    unbroken: int


def masked(text: str) -> str:
    """`text` with all that looks like a key replaced by what kind of key it was."""
    if len(text) <= _LONGEST:
        return _masked(text)
    return "".join(map(_masked, _pieces(text)))


def _masked(text: str) -> str:
    lowered, longest = text.lower(), max(map(len, text.split()), default=0)
    for detector in _detectors():
        if detector.unbroken > longest:  # so have all that follow
            break
        if any(word in lowered for word in detector.words):
            text = detector.pattern.sub(MASKED.format(detector.name), text)
    return text


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = start + _LONGEST
        if end < len(text):
            between = max(text.rfind("\n", start, end), text.rfind(" ", start, end))
            end = between + 1 if between > start else end
        yield text[start:end]
        start = end


@cache
def _detectors() -> tuple[_Detector, ...]:
    path = os.path.join(os.path.dirname(__file__), "detectors.json")
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)["patterns"]
    found = [
        _Detector(name, re.compile(f"(?{flags}:{text})" if flags else text), tuple(words), unbroken)
        for name, flags, text, words, unbroken in rows
    ]
    return tuple(sorted(found, key=lambda one: one.unbroken))
