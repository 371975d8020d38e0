"""How many tokens a text is, without a vocabulary: an estimate, for text that nobody counted.

A text becomes its shape, one sign for each character (`Paid 12 of 30!` is `Aaaa 00 aa 00!`), and
what there is in it has weights that were fitted to o200k, the vocabulary of current models: prose,
programs, JSON, logs, tables, keys, emoji and a dozen languages. `test/bench/tokens` prints how far
it is off, kind by kind. What a provider reports always comes first, and whatever uses this estimate
is marked as one.
"""

from __future__ import annotations

import string
from typing import Protocol

from ai_sessions.records import TokensSource, Usage

#: Weights are thousandths of a token, so that sums are whole numbers until the end.
#: Of what is counted in a shape that tells capitals apart.
_CAPITALS = {
    b"A": 70,
    b"aA": 170,  # a name in camel case
    b"aAaA": 3500,  # next to never in words: random letters, as in base64
    b"A0a": 8500,  # the same
}
#: The same in one that does not.
_SMALL = {
    b"a": 43,
    b"a" * 11: 1400,  # a compound word
    b"0000": 1620,  # a token has at most three digits
    b" 0": 1360,  # a space is part of the word that follows, but never of a number
    b"a!a": -670,  # `.name` is a token of its own
    b"!!a": 270,
    b"!\n": -1100,  # so is `;` with the end of its line
}
#: Of signs of a kind in a row, however many: a word, a number, punctuation, ends of lines.
_ROWS = {"a": 830, "0": 1000, "!": 860, "\n": 1470}
_GAP = 900
"""Several spaces."""
_TAB = 370
#: Of one character, by the sign that its script has in a shape.
_SCRIPTS = {
    b"l": 400, b"c": 280, b"w": 440, b"b": 330, b"i": 370, b"s": 520, b"k": 700, b"h": 750,
    b"g": 690, b"f": 1030, b"m": 1900, b"o": 1380,
}  # fmt: skip
#: First bytes of letters that are rare in what vocabularies are made of, as in Polish or Turkish.
_RARE_LETTERS, _RARE_LETTER = (b"\xc4", b"\xc5"), 1720

#: Sign -> the bytes of UTF-8 that become it. Those in the middle of a character are left out, so
#: that each character is one sign.
_SIGNS = {
    "a": [*string.ascii_lowercase.encode(), *range(0xC3, 0xCC), 0xE1],  # and Latin with accents
    "A": string.ascii_uppercase.encode(),
    "0": string.digits.encode(),
    "!": string.punctuation.encode(),
    "\n": b"\n",
    "o": [0xC2],  # signs of Latin-1: no-break space, degree, currencies
    "l": range(0xCC, 0xD0),  # Greek, accents that stand alone
    "c": range(0xD0, 0xD5),  # Cyrillic
    "w": range(0xD5, 0xD8),  # Hebrew, Armenian
    "b": range(0xD8, 0xE0),  # Arabic
    "i": [0xE0],  # of India and Thailand
    "s": [0xE2],  # quotation marks, dashes, arrows, boxes
    "k": [0xE3],  # kana
    "h": range(0xE4, 0xEA),  # Chinese
    "g": range(0xEA, 0xEE),  # Korean
    "f": [0xEE, 0xEF],  # full width
    "m": range(0xF0, 0xF5),  # emoji
}
_SIGN_OF = {byte: ord(sign) for sign, some in _SIGNS.items() for byte in some}
_SHAPE = bytes(_SIGN_OF.get(byte, ord(" ")) for byte in range(256))
_MIDDLE = bytes(range(0x80, 0xC0))
_START = b"."
"""Before the first sign, so that what a text begins with has something before it, too."""


def _only(sign: str) -> bytes:
    """A table that makes `x` of a sign and `.` of all others."""
    return bytes(ord("x" if byte == ord(sign) else ".") for byte in range(256))


_ROW_TABLES = [(_only(sign), weight) for sign, weight in _ROWS.items()]
_SPACES = _only(" ")


def estimate(text: str) -> int:
    """About how many tokens `text` is; 0 only for a text without anything in it."""
    raw = text.encode("utf-8", "surrogatepass")
    shape = _START + raw.translate(_SHAPE, _MIDDLE)
    small = shape.lower()
    rows = [weight * small.translate(only).count(b".x") for only, weight in _ROW_TABLES]
    gaps = small.translate(_SPACES).count(b".xx")
    thousandths = sum(rows) + _GAP * gaps + _TAB * raw.count(b"\t")
    thousandths += _weighed(shape, _CAPITALS) + _weighed(small, _SMALL)
    if len(raw) > len(text):
        thousandths += _weighed(shape, _SCRIPTS) + _RARE_LETTER * sum(map(raw.count, _RARE_LETTERS))
    return max(round(thousandths / 1000), 1 if text else 0)


def _weighed(shape: bytes, weights: dict[bytes, int]) -> int:
    return sum([weight * shape.count(signs) for signs, weight in weights.items()])


class Counter(Protocol):
    """Counts the tokens of a text, and says how sure it is: `source` of what it counted."""

    @property
    def source(self) -> TokensSource: ...

    def __call__(self, text: str, /) -> int: ...


class _Estimate:
    source: TokensSource = "estimate"

    def __call__(self, text: str, /) -> int:
        return estimate(text)


#: The counter that is always there: no vocabulary, nothing to load.
ESTIMATE: Counter = _Estimate()


def usage(prompt: str, answer: str) -> Usage:
    """The usage of a call whose provider reported none, marked as estimated."""
    return Usage(estimate(prompt), estimate(answer), estimated=True)
