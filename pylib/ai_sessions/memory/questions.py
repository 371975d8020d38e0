"""What a question asks for: its own words, other words for them, and the form of an answer."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import terms, thesaurus
from ai_sessions.memory.function_words import FUNCTION_WORDS

#: Words that say nothing of what is asked.
_EMPTY = FUNCTION_WORDS.union(
    """
    already another anyone discussed don earlier either exactly gets getting gonna hello help
    hey hi isn know lets making mention mentioned quite recall remind s seen something supposed
    t talked talking tell thank thanks told went whatever
    """.split()  # noqa: SIM905 - as `FUNCTION_WORDS`
)
#: Words of a question that ask for something, although they say nothing by themselves.
_ASKING = ("who", "whom", "when", "where", "why")
_WEIGHT_OF_ASKING = 0.35
#: Words with digits, paths and the like are rarely said by chance.
_WEIGHT_OF_NAMES = 1.3
#: Different words of a question that are looked for; those that are names come first.
_MOST = 24
_NAME = re.compile(r"[A-Za-z0-9_][\w./:@\\-]*[\w/]")
_FORMS: Mapping[str, re.Pattern[str]] = {
    "number": re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve)\b"),
    "date": re.compile(
        r"\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[./]\d{1,2}\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
        r"|\b(?:jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d|\b\d{1,2}(?:st|nd|rd|th)\b"
        r"|\b(?:january|february|march|april|june|july|august|september|october|november|december)\b"
        r"|\b(?:today|tonight|tomorrow|week|month|quarter|q[1-4]|noon|midnight|\d ?[ap]m)\b",
        re.IGNORECASE,
    ),
    "path": re.compile(r"[\w.~-]*/[\w./-]+|\b[\w-]+\.[a-z]{1,5}\b|[A-Z]:\\"),
    "link": re.compile(r"\w+://\S+|\b[\w-]+(?:\.[\w-]+)+\b|\b[\w.-]+:\d+\b"),
    "person": re.compile(
        r"(?<=[a-z,:'\u2019] )[A-Z][a-z]+|\S+@\S+|\bI['\u2019]m [A-Z]|^[A-Z][a-z]+ (?=[a-z])"
    ),
    "version": re.compile(r"\bv?\d+(?:\.\d+)+\b|\bv\d+\b|\d"),
    "reason": re.compile(r"\b(?:because|since|due to|so that|as|caused?|reason)\b", re.IGNORECASE),
}
#: Stems of words that ask for such a form.
_ASKED_FORMS: Mapping[str, str] = {
    **dict.fromkeys(("when", "date", "day", "deadlin", "due", "birthdai", "schedul"), "date"),
    **dict.fromkeys(("where", "path", "file", "folder", "directori", "modul", "script"), "path"),
    **dict.fromkeys(("url", "link", "host", "address", "endpoint", "domain", "hostnam"), "link"),
    **dict.fromkeys(("who", "whom", "name", "owner", "email", "maintain", "person"), "person"),
    **dict.fromkeys(("port", "number", "count", "limit", "mani", "much", "long", "size"), "number"),
    **dict.fromkeys(("timeout", "threshold", "budget", "price", "cost", "percent"), "number"),
    **dict.fromkeys(("maximum", "minimum", "max", "min", "interv", "rate", "often"), "number"),
    **dict.fromkeys(("version", "releas"), "version"),
    **dict.fromkeys(("why", "reason", "caus"), "reason"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing that is asked for. `variants`: words that may stand for it, and how well they do
    (its own word 1, times what it is worth in the question).
    """

    variants: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. `forms`: what an answer may look like; empty: nobody knows."""

    text: str
    wanted: tuple[Wanted, ...]
    forms: tuple[re.Pattern[str], ...] = ()

    def index_terms(self) -> list[Mapping[str, float]]:
        """As `index.recalling` takes them, without single words that nearly everything has."""
        return [
            {word: worth for word, worth in one.variants.items() if word not in _EMPTY}
            for one in self.wanted
        ]

    def own_words(self) -> list[Mapping[str, float]]:
        """Only the words of the question."""
        return [dict(itertools.islice(one.variants.items(), 1)) for one in self.wanted]


def asked(question: str) -> Asked:
    """What a question is about; of a long text (a task) the words that are likely to be rare."""
    words = terms.words(question)
    counted = [word for word in dict.fromkeys(words) if word not in _EMPTY]
    told = [*counted, *(word for word in _ASKING if word in words)]
    names = _names(question)
    ordered = sorted(told, key=lambda word: word not in names)[:_MOST]
    wanted = [Wanted(_variants(word, _worth(word, names))) for word in ordered]
    pairs = [Wanted({pair: 0.5, **thesaurus.others(pair)}) for pair in _pairs(words)]
    return Asked(question, (*_merged(wanted), *pairs), tuple(_forms(words)))


def _worth(word: str, names: frozenset[str]) -> float:
    if word in _ASKING:
        return _WEIGHT_OF_ASKING
    return _WEIGHT_OF_NAMES if word in names else 1.0


def _names(question: str) -> frozenset[str]:
    """Words that are parts of names, paths, numbers, identifiers."""
    found = (one for one in _NAME.findall(question) if not one.isalpha() or not one[1:].islower())
    return frozenset(word for one in found for word in terms.words(one) if word not in _EMPTY)


def _variants(word: str, worth: float) -> dict[str, float]:
    own = {} if word in _ASKING else {word: worth}
    return own | {other: worth * fits for other, fits in thesaurus.others(word).items()}


def _merged(wanted: Iterable[Wanted]) -> Iterator[Wanted]:
    """Without words whose stem was there: `deploy` and `deployed` are one thing."""
    known = set[str]()
    for one in wanted:
        first = next(iter(one.variants), "")
        if (stem := terms.joined(first)) not in known:
            known.add(stem)
            yield one


def _pairs(words: Sequence[str]) -> Iterator[str]:
    """Words side by side that both say something: `rate limit` is more than `rate` and `limit`."""
    sides = itertools.pairwise(words)
    found = (f"{one} {two}" for one, two in sides if not {one, two} & _EMPTY)
    return iter(list(dict.fromkeys(found))[: _MOST // 2])


def _forms(words: Sequence[str]) -> Iterator[re.Pattern[str]]:
    found = (_ASKED_FORMS.get(stem) for stem in map(terms.joined, words))
    yield from (_FORMS[one] for one in dict.fromkeys(found) if one)
