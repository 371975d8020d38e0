"""The values that a statement tells: dates, amounts, paths, ids, names, each with what it is.

A later value can only take the place of an earlier one of the same sort.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ai_sessions.lazy_dataclasses import dataclass

_MONTHS = (
    "Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    "|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
)
_DAYS = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?"
_ONES = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million"
_IN_WORDS = f"(?:{_ONES}|{_TENS})(?:[ -](?:{_ONES}|{_TENS}))*"
_NUMBER = r"\d+(?:[.,]\d+)*"
_CURRENCIES = "dollars?|euros?|pounds?|francs?|yen|cents?|USD|EUR|GBP|CHF|JPY|CNY"
_UNITS = (
    "milliseconds?|seconds?|secs?|minutes?|mins?|hours?|days?|weeks?|months?|years?|ms|s|h|"
    "[kKMGT]i?B|bytes?|tokens?|characters?|chars|lines?|columns?|rows?|requests?|users?|retries|"
    "times|attempts?|threads?|workers?|replicas?|rps|rpm|qps|px|km|cm|mm|kg|m"
)
_EXTENSIONS = (
    "py|pyi|js|mjs|jsx|ts|tsx|go|rs|c|h|cc|cpp|hpp|java|kt|rb|php|swift|sh|bash|bats|sql|md|rst|txt|"
    "json|jsonl|ya?ml|toml|ini|cfg|conf|env|lock|csv|tsv|xml|html|css|scss|log|db|sqlite|proto|tf|"
    "ipynb|pdf|png|svg|zip|gz"
)
#: The first that fits wins, so the order is from the strictest to the loosest.
_SORTS = {
    "url": r"[a-z][a-z0-9+.-]*://[^\s<>\"'`,;)\]]+"
    r"|\b(?:[a-z0-9-]+\.)+(?:internal|local|com|org|io|dev|net)\b",
    "mail": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "money": rf"[$€£¥]\s?{_NUMBER}(?:\s?(?:[kKmM]\b|million))?"
    rf"|(?:{_NUMBER}|\b{_IN_WORDS})\s?(?:{_CURRENCIES})\b",
    "date": rf"\b\d{{4}}-\d\d(?:-\d\d)?\b|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}\b"
    rf"|\b(?:{_MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\.? (?:of )?(?:{_MONTHS})\b(?: \d{{4}})?"
    rf"|\b(?:{_MONTHS}) \d{{4}}\b|\b{_DAYS}\b|\bQ[1-4]\b(?: \d{{4}})?",
    "time": r"\b\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]\.?m\b)?|\b\d{1,2}\s?[ap]m\b",
    "zone": r"\b(?:UTC|GMT|[CEPM][SED]?T|CEST|JST|IST)(?:[+-]\d{1,2})?\b"
    r"|\b(?:Pacific|Central|Eastern|Mountain|local) [Tt]ime\b"
    r"|\b(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Pacific|Etc)/\w+",
    "percent": rf"{_NUMBER}\s?(?:%|per ?cent\b)",
    "path": rf"(?:~|\.{{1,2}})?(?:/[\w.@+-]+)+/?|\b[\w.-]+(?:/[\w.@+-]+)+/?"
    rf"|\b[\w-]+(?:\.[\w-]+)*\.(?:{_EXTENSIONS})\b",
    "version": r"\bv?\d+\.\d+(?:\.\d+)+(?:[-+.]\w+)*|\bv\d+(?:\.\d+)*\b",
    "id": r"\b[A-Z][A-Z0-9]*[-_#]\d+\b|\b[A-Za-z]+(?:-[A-Za-z]+)*-\d+\b|#\d+\b"
    r"|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    "label": r"\b[A-Za-z]{2,}(?:[-_][A-Za-z]+)*(?:-[A-Za-z]|_v?\d+|_[A-Za-z])\b"
    r"|\b[a-z]{2,}\d+\b"
    r"|#[a-z][\w-]*\w",
    # not "the nightly build", which is told apart from another one by it
    "frequency": r"\b(?:hourly|daily|nightly|weekly|fortnightly|monthly|quarterly|yearly)\b"
    r"(?=[.,;!)]|$| (?:now|instead|again|from|because|since|so|and|but|at|on|by)\b)",
    "amount": rf"(?:\b{_NUMBER}[\s-]?|\b{_IN_WORDS}[\s-])(?:{_UNITS})\b(?: ?(?:per|/) ?\w+)?",
    "quoted": r"`[^`\n]{1,60}`|\"[^\"\n]{1,60}\"|“[^”\n]{1,60}”|「[^」\n]{1,60}」",
    "number": rf"(?<![\w.]){_NUMBER}(?![\w])",
    "name": r"(?<![.!?] )(?<!^)(?!I\b)[A-Z][\w+#]*(?: [A-Z][\w+#]*)*"
    r"|^[A-Z][a-z]+ [A-Z][a-z]+\b",
}
#: What a value can begin with; most words are none, and that is seen at once.
_BEGINS = rf"(?<!\w)(?=[^\sa-z(),;:!?]|[a-z]+[-_./@+:\d]|(?:{_ONES}|{_TENS})\b|[a-z]+ly\b)"
_VALUE = re.compile(
    f"{_BEGINS}(?:{'|'.join(f'(?P<{sort}>{told})' for sort, told in _SORTS.items())})"
)
_UNIT = re.compile(r"[^\W\d_]+\Z")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Value:
    """`sort`: what it is, with its unit. `text`: as it compares. `start`, `end`: where it is."""

    sort: str
    text: str
    start: int
    end: int


def values(text: str) -> tuple[Value, ...]:
    """The values of a statement, in its order."""
    return tuple(_values(text))


def _values(text: str) -> Iterator[Value]:
    for found in _VALUE.finditer(text):
        sort = found.lastgroup or ""
        told = found[0].strip('`"“”「」').rstrip(".,")
        if sort == "amount" and (unit := _UNIT.search(told)):
            sort = f"amount of {unit[0].rstrip('s') or 's'}"
        yield Value(sort, _SPACES.sub(" ", told.lower()), found.start(), found.end())
