"""Texts parted into sentences, none of which is cut; rows of a log or a list are sentences too."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: The end of a sentence, with the quotes and brackets that close behind it.
_END = re.compile(
    r"(?:[.!?…]+[\"')\]*_`\u2019\u201d]*(?=\s)|[。\uff01\uff1f\uff1b]+[」』\u201d\u2019\uff09]*)"
)
#: Words whose dot ends no sentence, and a single letter or number before one.
_DOTTED = re.compile(
    r"(?:^|[\s(\[])(?:e\.g|i\.e|etc|vs|cf|approx|resp|no|nr|fig|st|mr|mrs|ms|dr|prof|inc|ltd|[A-Z])\.$",
    re.IGNORECASE,
)
#: More characters than the longest of them has, so that a long sentence is not searched each time.
_LONGEST_DOTTED = 12
#: Where a line that is too long for a sentence may be parted: rows of JSON and of tables.
_PARTING = re.compile(r"(?<=[,;|}\]])\s+|(?<=[}\]],)|(?<=,)(?=[\"{\[])")
#: Characters of a line that is taken for more than one statement.
LONGEST = 400
_MARKUP = re.compile(r"^(?:[#>*+\-•·]+\s+|\d{1,3}[.)]\s+)+|^[#>*\-=_~`|+\s]+$")


def parted(text: str) -> Iterator[str]:
    """The sentences of a text, in order, without what marks a heading or a row of a list."""
    for line in text.splitlines():
        plain = _MARKUP.sub("", line.strip()).strip()
        if plain:
            yield from _of_line(plain)


def is_question(sentence: str) -> bool:
    return sentence.rstrip("\"')]*_`\u2019\u201d ").endswith(("?", "\uff1f"))


def _of_line(line: str) -> Iterator[str]:
    start = 0
    for found in _END.finditer(line):
        sentence = line[start : found.end()].strip()
        if not _DOTTED.search(sentence[-_LONGEST_DOTTED:]):
            yield from _of_sentence(sentence)
            start = found.end()
    if rest := line[start:].strip():
        yield from _of_sentence(rest)


def _of_sentence(sentence: str) -> Iterator[str]:
    """As it is, or where it is very long its statements, each as long as it may be."""
    if len(sentence) <= LONGEST:
        yield sentence
        return
    part = ""
    for piece in _PARTING.split(sentence):
        if part and len(part) + len(piece) >= LONGEST:
            yield part
            part = ""
        part = f"{part} {piece}".strip()
    yield part
