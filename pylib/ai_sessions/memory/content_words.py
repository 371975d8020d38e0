"""The words of a text that say something, by their stem, so that statements can be compared.

Narrower than what a question is looked up by: two words for the same are of the same thing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ai_sessions.memory import stems

_WORD = re.compile(r"[^\W\d_]+(?:'[a-z]+)?|[^\W_]+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
#: Words that tell nothing of a subject, those that say that something changed among them.
_EMPTY = frozenset(
    """
    a about above actually after again all also am an and any anymore anyway are as at be
    because been before being below between both btw but by call called calling can cannot
    change changed changes could current currently did do does doing don't done down during each
    else ever every exact few for former from further fyi get give given go goes going got had
    has have having he her here hers him his how however i if in instead into is it it's its
    itself just keep kept last latest let let's like ll longer made make makes may me might mine
    more most move moved moves moving much must my name need needs never new no nor not note now
    of off ok okay old on once one only onto or other our ours out over own per please previous
    put rather re really remains remember renamed replace replaced right rotated said same say
    says see set shall she should since so some stay stays still such sure switch switched take
    than that that's the their theirs them then there these they thing things this those though
    through to today too total under until up update updated upon us use used user user's users
    uses using ve very via want wants was way we well were what when where whether which while
    who whom whose why will with within without would yes yet you your yours
    """.split()  # noqa: SIM905 - nobody reads so many words one to a line
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
