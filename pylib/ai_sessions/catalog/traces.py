"""What a text shows of the keys that may be in it, found so fast that any text can be asked.

Most texts are words. Dozens of patterns are tried only on those that have a word of theirs, or a
run of letters that is long enough.
"""

from __future__ import annotations

#: What most keys are made of. A character that is not ASCII belongs to them as well, because
#: patterns may take it for a letter or a digit.
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
#: Shorter runs are words; no key that has one is shorter.
SHORTEST = 19
_IS_LETTER = [chr(code) in LETTERS or code > 127 for code in range(256)]
_FLAT = bytes(ord("x") if is_letter else ord(" ") for is_letter in _IS_LETTER)
_RUN = b"x" * SHORTEST
#: From the most common one on, in prose and in code; what is not here is rarer still.
_COMMON = " etaoinsrlcdhupmfgy_.-bw0:=/vkASTEINRCDP"


def rarest(word: str) -> str:
    """The rarest character of a word: it is looked for many times faster than the word is."""
    return max(word, key=lambda one: _COMMON.find(one) % (len(_COMMON) + 1))


class Traces:
    """`runs`: all runs of letters of a text, with a blank between them; empty when there is none.
    `lowered`: the text in lower case.
    """

    __slots__ = ("lowered", "runs")

    def __init__(self, text: str) -> None:
        self.lowered = text.lower()
        self.runs = _runs(text)


def _runs(text: str) -> str:
    raw = text.encode("utf-8", "surrogatepass")
    flat = raw.translate(_FLAT)
    start = flat.find(_RUN)
    if start < 0:
        return ""
    found = []
    while start >= 0:
        end = flat.find(b" ", start)
        end = len(flat) if end < 0 else end
        found.append(raw[start:end])
        start = flat.find(_RUN, end)
    return b" ".join(found).decode("utf-8", "surrogatepass")
