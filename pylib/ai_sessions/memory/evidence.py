"""What of a statement can be looked up in what it was made from.

Numbers, paths, URLs, names of programs and files, ids and quoted text must stand there as they are.
Whether the rest is true no rule can tell; that it is about the same thing is told by the words that
both have.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from ai_sessions.lazy_dataclasses import dataclass

#: Scripts that have no gaps between words, and Korean, which glues particles to them.
_GAPLESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af]+"
)
_NUMBER = re.compile(r"\d+(?:[.:]\d+)*")
_SCALED = re.compile(r"(?<!\w)(?<!\d\.)(\d{1,9}(?:\.\d{1,9})?)\s?([kKmM])\b")
_SCALES = {"k": 1000, "m": 1_000_000}
#: What stands between the thousands of one number.
_THOUSANDS = re.compile(r"(?<=\d)[,_\u00a0\u202f](?=\d{3}(?!\d))")
_NARROW_SPACES = re.compile(r"(?<=\d)[\u00a0\u202f](?=\d{3}(?!\d))")
#: A number, or several in a row as in a date, with a sign, a currency or a unit.
_FIGURE = re.compile(r"[-+~<>=$€£#]*\d[\d.,:/x-]*(?:%|[^\W\d_]{1,3})?")
_TOKEN = re.compile(r"(?:[\w./\\:@#~%&+=?$€£<>-]|(?<=\d),(?=\d))+")
_AROUND = ".,;:!?<>=&"
_QUOTED = re.compile(
    r"`([^`\n]+)`|\"([^\"\n]+)\"|“([^”\n]+)”|„([^“”\n]+)[“”]|«([^»\n]+)»|「([^」\n]+)」"
    r"|(?<!\w)'([^'\n]+)'(?!\w)"
)
_CAMEL = re.compile(r"[a-z][A-Z]")
_DOTTED = re.compile(r"\w\w\.\w|\w\.\w\w")
_PLAIN_SLASHES = frozenset(("and/or", "n/a", "i/o", "yes/no"))
_SMALL = {
    **{"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"},
    **{"seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12"},
}
_WORD = re.compile(r"[^\W\d_]+")
#: Letters of a word that tell it from others whatever its ending, and the fewest of one that does.
_STEM, _SHORTEST = 5, 4
_COMMON = frozenset(
    (
        *("about", "after", "also", "been", "before", "being", "does", "from", "have", "into"),
        *("just", "must", "need", "needs", "only", "over", "said", "says", "should", "some"),
        *("than", "that", "their", "them", "then", "there", "these", "they", "this", "those"),
        *("told", "under", "used", "user", "very", "want", "wants", "were", "what", "when"),
        *("where", "which", "will", "with", "would", "your"),
    )
)


@dataclass(frozen=True, slots=True)
class Source:
    """Something that was said, as statements about it are looked up in it."""

    text: str
    numbers: frozenset[str]
    words: frozenset[str]


def source(text: str) -> Source:
    plain = _plain(text)
    spelled = (_SMALL[word] for word in _WORD.findall(plain) if word in _SMALL)
    numbers = {number for form in (plain, text) for number in _numbers(form)}
    numbers.update(spelled)
    numbers.update(part for number in list(numbers) for part in number.split(":"))
    return Source(plain, frozenset(numbers), frozenset(words(plain)))


def missing(statement: str, *sources: Source) -> list[str]:
    """What the statement has word for word and no source has, each once, in order."""
    exact = dict.fromkeys(_exact(statement))
    return [value for value in exact if not _occurs(value, sources)]


def is_about(statement: str, *sources: Source) -> bool:
    """Whether a quarter of the statement's own words occur in the sources, or what it has word for
    word; one without any word that says something is about everything.
    """
    own = set(words(_plain(statement)))
    if not own or any(_occurs(value, sources) for value in _exact(statement)):
        return True
    shared = sum(any(word in one.words for one in sources) for word in own)
    return shared > 0 and shared * 4 >= len(own)


def words(text: str) -> Iterator[str]:
    """The beginnings of words that say something; pairs of characters where there are no gaps."""
    for run in _GAPLESS.findall(text):
        yield from (run[at : at + 2] for at in range(max(1, len(run) - 1)))
    for word in _WORD.findall(_GAPLESS.sub(" ", text)):
        if len(word) >= _SHORTEST and word not in _COMMON:
            yield word[:_STEM]


def _exact(statement: str) -> Iterator[str]:
    """What must stand in the source as it stands here."""
    for found in _QUOTED.finditer(statement):
        yield next(filter(None, found.groups()))
    bare = _NARROW_SPACES.sub("", statement)
    bare = _GAPLESS.sub(" ", unicodedata.normalize("NFKC", bare))
    for token in _TOKEN.findall(bare):
        word = token.strip(_AROUND)
        if _is_exact(word):
            yield word


def _is_exact(word: str) -> bool:
    if word.casefold() in _PLAIN_SLASHES:
        return False
    return (
        any(map(str.isdigit, word))
        or "_" in word.strip("_")
        or (len(word) > 1 and any(mark in word for mark in "/\\@"))
        or (word.startswith("--") and len(word) > 2)
        or bool(_CAMEL.search(word) or _DOTTED.search(word))
    )


def _occurs(value: str, sources: Sequence[Source]) -> bool:
    figure = _THOUSANDS.sub("", value)
    if _FIGURE.fullmatch(figure):
        told = _SCALED.fullmatch(figure)
        if told and any(_scaled(told) in one.numbers for one in sources):
            return True
        numbers = _NUMBER.findall(figure)
        return all(any(number in one.numbers for one in sources) for number in numbers)
    sought = _plain(value).strip(" .,;:!?…")
    return not sought or any(_stands(sought, one.text) for one in sources)


def _stands(sought: str, text: str) -> bool:
    """Whether it is in the text, not as a part of another word."""
    at = text.find(sought)
    while at >= 0:
        end = at + len(sought)
        if not (_glued(text, at - 1, sought[0]) or _glued(text, end, sought[-1])):
            return True
        at = text.find(sought, at + 1)
    return False


def _glued(text: str, at: int, edge: str) -> bool:
    """Whether the character there is of the same word as `edge`, which stands beside it."""
    if not 0 <= at < len(text) or not edge.isalnum() or _GAPLESS.match(edge):
        return False
    return text[at].isalnum() and not _GAPLESS.match(text[at])


def _numbers(text: str) -> Iterator[str]:
    """Those of a text, 40k as 40000, too."""
    text = _THOUSANDS.sub("", text)
    yield from _NUMBER.findall(text)
    yield from map(_scaled, _SCALED.finditer(text))


def _scaled(found: re.Match[str]) -> str:
    """`1.5k` as 1500."""
    whole = float(found[1]) * _SCALES[found[2].lower()]
    return str(int(whole)) if whole.is_integer() else str(whole)


def _plain(text: str) -> str:
    """One form for what can be written in several: case, width, spaces, dashes."""
    text = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return " ".join(text.casefold().split())


#: Dashes and the minus sign; single quotation marks.
_DASHES = {
    0x2010: "-",
    0x2011: "-",
    0x2013: "-",
    0x2014: "-",
    0x2212: "-",
    0x2018: "'",
    0x2019: "'",
}
