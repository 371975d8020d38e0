"""The words of a text that say something, by their stem, so that statements can be compared.

Narrower than what a question is looked up by: two words for the same are of the same thing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ai_sessions.memory import stems
from ai_sessions.memory.function_words import FUNCTION_WORDS

_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?|[^\W_]+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
#: Words that tell nothing of a subject, those that say that something changed among them.
_EMPTY = FUNCTION_WORDS.union(
    """
    anymore anyway because below between btw call called calling change changed changes current
    don't exact former fyi instead it's keep kept last latest let's like longer makes move moved
    moves moving must name needs never note old onto per previous rather remains renamed replace
    replaced right rotated set stay stays switch switched take that's though today total until
    update updated upon user user's users uses via
    """.split()  # noqa: SIM905 - as `FUNCTION_WORDS`
)
#: Other words for the same thing in everyday talk about projects, by stem.
_SAME_WORDS = (
    "budget spend spending expense expenses expenditure cost costs price",
    "limit cap capped ceiling maximum max",
    "deadline due date",
    "answer answers reply replies response responses respond",
    "error errors failure bug bugs defect",
    "folder directory dir",
    "database databases db",
    "repository repo",
    "owner owns responsible",
    "documentation document docs doc",
    "environment env",
    "configuration config setting settings",
    "password passphrase",
    "colour color",
    "timestamp timestamps clock clocks time times timezone zone",
    "ship release",
    "trip travel journey",
    "delete remove",
    "begin start",
)
_SAME = {word: words.split()[0] for words in _SAME_WORDS for word in words.split()}


def stems_of(text: str) -> Iterator[str]:
    """Of the words that say something; of scripts without blanks each two characters."""
    for word in _WORD.findall(text):
        if not word.isascii() and _CJK.match(word):
            yield from (word[at : at + 2] for at in range(max(len(word) - 1, 1)))
        elif stem := stem_of(word):
            yield stem


def stem_of(word: str) -> str:
    """Empty for a word that says nothing."""
    return _stem_of(word) if len(word) <= stems.LONGEST else word.lower()


@lru_cache(maxsize=20_000)
def _stem_of(word: str) -> str:
    low = word.lower().removesuffix("'s")
    if low in _EMPTY or (len(low) < 2 and not low.isdigit()):
        return ""
    same = _SAME.get(low)
    if same:
        return same
    return stems.stem(low)
