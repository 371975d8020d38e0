"""Forms of an English word brought to one stem, as the index does it: by Porter's rules of 1980.

https://tartarus.org/martin/PorterStemmer/def.txt
"""

from __future__ import annotations

import functools
import re

#: Endings and what stands for them, the longest first. A stem has to have a measure above 0.
_SECOND = (
    *(("ational", "ate"), ("ization", "ize"), ("iveness", "ive"), ("fulness", "ful")),
    *(("ousness", "ous"), ("tional", "tion"), ("biliti", "ble"), ("entli", "ent")),
    *(("ousli", "ous"), ("ation", "ate"), ("alism", "al"), ("aliti", "al"), ("iviti", "ive")),
    *(("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("logi", "log"), ("alli", "al")),
    *(("ator", "ate"), ("bli", "ble"), ("eli", "e")),
)
_THIRD = (
    *(("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic")),
    *(("ness", ""), ("ful", "")),
)
#: A stem has to have a measure above 1.
_FOURTH = (
    *("ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ion", "ism", "ate"),
    *("iti", "ous", "ive", "ize", "al", "er", "ic", "ou"),
)
_SEQUENCE = re.compile("[v]+c+")
_SHORTEST = 3
#: A longer one is data; thousands of them must not be kept in memory.
LONGEST = 64


def stem(word: str) -> str:
    """The stem of a word in small letters; of what is no English word the word itself."""
    if not _SHORTEST <= len(word) <= LONGEST or not (word.isascii() and word.isalpha()):
        return word
    return _stem(word)


@functools.lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    for step in (_plural, _past, _y, _second, _third, _fourth, _e, _double_l):
        word = step(word)
    return word


def _plural(word: str) -> str:
    if word.endswith("sses") or word.endswith("ies"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        if word.endswith(ending):
            rest = word[: -len(ending)]
            return _mended(rest) if "v" in _form(rest) else word
    return word


def _mended(word: str) -> str:
    """What `-ed` or `-ing` was taken from, as a word."""
    if word.endswith(("at", "bl", "iz")):
        return word + "e"
    if _ends_double(word) and word[-1] not in "lsz":
        return word[:-1]
    return word + "e" if _measure(word) == 1 and _ends_short(word) else word


def _y(word: str) -> str:
    return f"{word[:-1]}i" if word.endswith("y") and "v" in _form(word[:-1]) else word


def _second(word: str) -> str:
    return _replaced(word, _SECOND)


def _third(word: str) -> str:
    return _replaced(word, _THIRD)


def _replaced(word: str, endings: tuple[tuple[str, str], ...]) -> str:
    for ending, other in endings:
        if word.endswith(ending):
            rest = word[: -len(ending)]
            return rest + other if _measure(rest) > 0 else word
    return word


def _fourth(word: str) -> str:
    for ending in _FOURTH:
        if word.endswith(ending):
            rest = word[: -len(ending)]
            fits = ending != "ion" or rest.endswith(("s", "t"))
            return rest if fits and _measure(rest) > 1 else word
    return word


def _e(word: str) -> str:
    if not word.endswith("e"):
        return word
    rest = word[:-1]
    measure = _measure(rest)
    return rest if measure > 1 or (measure == 1 and not _ends_short(rest)) else word


def _double_l(word: str) -> str:
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word


def _form(word: str) -> str:
    """`v` for each vowel, `c` for each consonant."""
    form = ""
    for letter in word:
        is_vowel = letter in "aeiou" or (letter == "y" and form.endswith("c"))
        form += "v" if is_vowel else "c"
    return form


def _measure(word: str) -> int:
    return len(_SEQUENCE.findall(_form(word)))


def _ends_double(word: str) -> bool:
    return len(word) > 1 and word[-1] == word[-2] and _form(word).endswith("c")


def _ends_short(word: str) -> bool:
    return _form(word).endswith("cvc") and word[-1] not in "wxy"
