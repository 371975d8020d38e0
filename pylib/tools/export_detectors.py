"""Export the shapes of keys that detect-secrets knows to `ai_sessions/catalog/detectors.json`.

Development only: the library brings an HTTP client that nothing else here needs, and is asked for
patterns alone. Taken are its detectors that are regular expressions. Left out: public addresses
(no secret), the marker of a private key (`store.masking` removes the key with it), and guesses by
entropy or by a variable's name, which mask ordinary text.

Usage: uv run --with detect-secrets python pylib/tools/export_detectors.py [--output FILE]
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from re._constants import (
    ASSERT,
    ASSERT_NOT,
    AT,
    BRANCH,
    CATEGORY,
    CATEGORY_DIGIT,
    CATEGORY_WORD,
    IN,
    LITERAL,
    MAX_REPEAT,
    MIN_REPEAT,
    NEGATE,
    RANGE,
    SUBPATTERN,
)
from re._parser import parse
from typing import Any

from ai_sessions.catalog import traces

OUTPUT = Path(__file__).parents[1] / "ai_sessions" / "catalog" / "detectors.json"
LEFT_OUT = frozenset({"Private Key", "Public IP (ipv4)"})
#: The flags that a pattern may have, by the letter that `(?x)` would use for them.
FLAGS = {re.IGNORECASE: "i", re.VERBOSE: "x"}
#: What looks at a place and takes no character of it.
LOOKS = (AT, ASSERT, ASSERT_NOT)
NO_WORD_FOLLOWS = r"(?!\w)"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Export the patterns of detect-secrets.")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args(arguments)
    options.output.write_text(rendered(), encoding="utf-8")
    return 0


def rendered() -> str:
    """The whole file, one line a pattern, so that a new release makes a readable diff."""
    source = f"detect-secrets {version('detect-secrets')}, Apache-2.0, Copyright Yelp, Inc."
    lines = [json.dumps(row) for row in patterns()]
    head = f'{{"source":{json.dumps(source)},"patterns":[\n'
    return head + ",\n".join(lines) + "\n]}\n"


def patterns() -> list[tuple[str, str, str, list[str], str, int]]:
    """Name, flags, pattern, words of which a match has one, its core, and how long that is at
    least. Those whose longest part is the shortest come first: the order in which keys that stand
    side by side are masked.
    """
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.plugins.base import RegexBasedDetector

    found = [
        (
            name,
            "".join(mark for flag, mark in FLAGS.items() if pattern.flags & flag),
            pattern.pattern,
            sorted(words_of(pattern.pattern, pattern.flags)),
            *core_of(pattern.pattern, pattern.flags),
        )
        for name, detector in sorted(get_mapping_from_secret_type_to_class().items())
        if issubclass(detector, RegexBasedDetector) and name not in LEFT_OUT
        for pattern in sorted(detector.denylist, key=lambda one: one.pattern)
    ]
    return sorted(found, key=lambda row: _longest_part(parse(row[2])))


def _longest_part(parts: Iterable[Any]) -> int:
    """How many letters that may be no blank one repeated part has, at least."""
    return max((_part_of(operation, value) for operation, value in parts), default=0)


def _part_of(operation: Any, value: Any) -> int:
    if operation == SUBPATTERN:
        return _longest_part(value[-1])
    if operation == BRANCH:
        return min(map(_longest_part, value[1]))
    if operation in (MAX_REPEAT, MIN_REPEAT) and value[0] > 0:
        [*content] = value[-1]
        is_letters = len(content) == 1 and content[0][0] == IN and not _may_be_blank(content[0][1])
        return int(value[0]) if is_letters else _longest_part(content)
    return 0


def _may_be_blank(letters: list[Any]) -> bool:
    return any(one[0] in (NEGATE, CATEGORY) and one[1] != CATEGORY_DIGIT for one in letters)


def words_of(pattern: str, flags: int = 0) -> frozenset[str]:
    """Words of which every match has one, as long as can be; empty: not known. In lower case where
    the pattern takes either.
    """
    words = _words(parse(pattern, flags))
    return frozenset(map(str.lower, words)) if flags & re.IGNORECASE else words


def core_of(pattern: str, flags: int = 0) -> tuple[str, int]:
    """A pattern of letters of `catalog.traces` which a part of every match has, and how many those
    are: all of the pattern, or the longest stretch of it. 0: not enough for a run.
    """
    # what follows a key may be one that is masked before, so nothing is said of it
    own = pattern.removesuffix(NO_WORD_FOLLOWS)
    parts = list(parse(own, flags))
    if _is_of_letters(parts) and _width(parts) >= traces.SHORTEST:
        return own, _width(parts)
    stretch = max(_stretches(parts), key=_width, default=[])
    width = _width(stretch)
    return "".join(map(_rendered, stretch)), width if width >= traces.SHORTEST else 0


def _stretches(parts: Iterable[Any]) -> Iterator[list[Any]]:
    """Parts that follow each other and can be written down again. One that may be longer than it
    must be ends a stretch, and its end begins the next.
    """
    stretch: list[Any] = []
    for part in _flat(parts):
        if part[0] in LOOKS:
            continue
        again = [part] if _is_simple(part) else []
        if again and _is_of_one_width(part):
            stretch += again
            continue
        yield stretch + again
        stretch = again
    yield stretch


def _is_of_one_width(part: Any) -> bool:
    operation, value = part
    return operation not in (MAX_REPEAT, MIN_REPEAT) or value[0] == value[1]


def _flat(parts: Iterable[Any]) -> Iterator[Any]:
    """Groups make no difference to what a match has."""
    for operation, value in parts:
        if operation == SUBPATTERN:
            yield from _flat(value[-1])
        else:
            yield operation, value


def _is_simple(part: Any) -> bool:
    operation, value = part
    if operation in (MAX_REPEAT, MIN_REPEAT):
        [*content] = value[-1]
        return len(content) == 1 and _is_simple(content[0])
    return operation in (LITERAL, IN) and _is_of_letters([part])


def _is_of_letters(parts: Iterable[Any]) -> bool:
    return all(_is_letter(operation, value) for operation, value in parts)


def _is_letter(operation: Any, value: Any) -> bool:
    if operation == LITERAL:
        return chr(value) in traces.LETTERS
    if operation == RANGE:
        return all(chr(code) in traces.LETTERS for code in range(value[0], value[1] + 1))
    if operation == CATEGORY:
        return value in (CATEGORY_DIGIT, CATEGORY_WORD)
    return all(map(_is_of_letters, _inner(operation, value)))


def _inner(operation: Any, value: Any) -> list[Any]:
    """What a part is made of, in sequences; one that may be anything else has no letters."""
    if operation == IN:
        return [value]
    if operation == BRANCH:
        return list(value[1])
    if operation in (MAX_REPEAT, MIN_REPEAT, SUBPATTERN):
        return [value[-1]]
    return [[(LITERAL, ord(" "))]]


def _width(parts: Iterable[Any]) -> int:
    """How many characters a match has at least."""
    return sum(_width_of(operation, value) for operation, value in parts)


def _width_of(operation: Any, value: Any) -> int:
    if operation in (MAX_REPEAT, MIN_REPEAT):
        return int(value[0]) * _width(value[-1])
    if operation == SUBPATTERN:
        return _width(value[-1])
    if operation == BRANCH:
        return min(map(_width, value[1]))
    return int(operation not in LOOKS)


def _rendered(part: Any) -> str:
    """The least of a part of a pattern: as many characters as there must be."""
    operation, value = part
    if operation in (MAX_REPEAT, MIN_REPEAT):
        return f"{_rendered(value[-1][0])}{{{value[0]}}}" if value[0] else ""
    if operation == IN:
        return f"[{''.join(map(_rendered, value))}]"
    if operation == RANGE:
        return f"{chr(value[0])}-{chr(value[1])}"
    if operation == CATEGORY:
        return "\\d" if value == CATEGORY_DIGIT else "\\w"
    return re.escape(chr(value))


def _words(parts: Iterable[Any]) -> frozenset[str]:
    """Of a sequence: the best of what its parts tell. Letters that follow each other are a word."""
    known: list[frozenset[str]] = []
    letters = ""
    for operation, value in parts:
        if operation == LITERAL:
            letters += chr(value)
            continue
        known.append(frozenset(filter(None, [letters])))
        letters = ""
        known.append(_words_in(operation, value))
    known.append(frozenset(filter(None, [letters])))
    return max(filter(None, known), key=lambda words: min(map(len, words)), default=frozenset())


def _words_in(operation: Any, value: Any) -> frozenset[str]:
    if operation == SUBPATTERN:
        return _words(value[-1])
    if operation == MAX_REPEAT and value[0] > 0:
        return _words(value[-1])
    if operation == BRANCH:
        branches = [_words(branch) for branch in value[1]]
        return frozenset().union(*branches) if all(branches) else frozenset()
    return frozenset()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
