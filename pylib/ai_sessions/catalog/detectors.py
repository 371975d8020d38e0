"""The shapes of keys that detect-secrets knows, for what leaves the house (`export --redact`).

`detectors.json` is exported from that library (pylib/tools/export_detectors.py). Its rules are
wider than `store.masking`, which must never harm an answer that was paid for.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from operator import attrgetter

from ai_sessions.catalog.traces import Traces, rarest

MASKED = "[masked: {}]"


#: Longer texts are looked at in pieces, cut between words where there are any: what takes a pattern
#: long in a hostile text takes it long in a piece at most.
_LONGEST = 1 << 13


class _Detector:
    """One kind of key. Every match has one of `words`, in lower case where `lowers`, and a match of
    `core`. Where `least` is not 0, that has so many letters and is in one run (`traces`); one that
    `is_run` is such a run itself, words included.
    """

    __slots__ = ("core", "is_run", "least", "lowers", "number", "pattern", "shown", "words")

    def __init__(
        self,
        number: int,
        name: str,
        flags: str,
        pattern: str,
        words: list[str],
        core: str,
        least: int,
    ) -> None:
        marks = f"(?{flags})" if flags else ""
        self.number = number
        self.pattern = re.compile(marks + pattern)
        self.core = re.compile(marks + core)
        self.is_run = bool(core) and pattern.startswith(core)
        self.least = least
        self.shown = MASKED.format(name)
        self.words = tuple(words)
        self.lowers = "i" in flags


_number = attrgetter("number")
#: The rarest character of a word, the word, whether it is in lower case, and whose it is.
_Looked = tuple[str, str, bool, _Detector]


def masked(text: str, traces: Traces | None = None) -> str:
    """`text` with all that looks like a key replaced by what kind of key it was.

    `traces`: of this text, or of what it was before keys were masked in it.
    """
    if len(text) > _LONGEST:
        return "".join(map(masked, _pieces(text)))
    suspects = _suspects(text, traces or Traces(text))
    for detector in sorted(suspects, key=_number) if suspects else ():
        text = detector.pattern.sub(detector.shown, text)
    return text


def _suspects(text: str, traces: Traces) -> set[_Detector]:
    """The kinds of keys that may be in a text: none of most."""
    in_runs, elsewhere = _detectors()
    lowered = traces.lowered
    found = set()
    for rare, word, lowers, detector in elsewhere:
        searched = lowered if lowers else text
        if rare in searched and word in searched and detector.core.search(text):
            found.add(detector)
    if traces.runs:
        found.update(_in_runs(in_runs, text, traces))
    return found


def _in_runs(detectors: Iterable[_Detector], text: str, traces: Traces) -> Iterator[_Detector]:
    longest = max(map(len, traces.runs.split()))
    for detector in detectors:
        if detector.least > longest:  # so have all that follow
            return
        searched = traces.runs if detector.is_run else text
        searched = searched.lower() if detector.lowers else searched
        if any(word in searched for word in detector.words) and detector.core.search(traces.runs):
            yield detector


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
def _detectors() -> tuple[tuple[_Detector, ...], tuple[_Looked, ...]]:
    """Those that are looked for in runs, the shortest first; and the words of the others."""
    path = os.path.join(os.path.dirname(__file__), "detectors.json")
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)["patterns"]
    found = [_Detector(number, *row) for number, row in enumerate(rows)]
    in_runs = sorted((one for one in found if one.least), key=lambda one: one.least)
    others = [(word, one) for one in found if not one.least for word in one.words]
    return tuple(in_runs), tuple((rarest(word), word, one.lowers, one) for word, one in others)
