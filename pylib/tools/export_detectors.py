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
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from re._constants import (
    BRANCH,
    CATEGORY,
    CATEGORY_DIGIT,
    IN,
    LITERAL,
    MAX_REPEAT,
    MIN_REPEAT,
    NEGATE,
    SUBPATTERN,
)
from re._parser import parse
from typing import Any

OUTPUT = Path(__file__).parents[1] / "ai_sessions" / "catalog" / "detectors.json"
LEFT_OUT = frozenset({"Private Key", "Public IP (ipv4)"})
#: The flags that a pattern may have, by the letter that `(?x)` would use for them.
FLAGS = {re.IGNORECASE: "i", re.VERBOSE: "x"}


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


def patterns() -> list[tuple[str, str, str, list[str], int]]:
    """Name, flags, pattern, words of which a match has one, length of an unbroken part that every
    match has; in order of the name.
    """
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.plugins.base import RegexBasedDetector

    return [
        (
            name,
            "".join(mark for flag, mark in FLAGS.items() if pattern.flags & flag),
            pattern.pattern,
            sorted(words_of(pattern.pattern, pattern.flags)),
            unbroken(pattern.pattern, pattern.flags),
        )
        for name, detector in sorted(get_mapping_from_secret_type_to_class().items())
        if issubclass(detector, RegexBasedDetector) and name not in LEFT_OUT
        for pattern in sorted(detector.denylist, key=lambda one: one.pattern)
    ]


def words_of(pattern: str, flags: int = 0) -> frozenset[str]:
    """Lower-case words of which every match has one, as long as can be; empty: not known."""
    return _words(parse(pattern, flags))


def unbroken(pattern: str, flags: int = 0) -> int:
    """How many characters without a blank stand side by side in every match, at least."""
    return _unbroken(parse(pattern, flags))


def _unbroken(parts: Iterable[Any]) -> int:
    return max((_unbroken_in(operation, value) for operation, value in parts), default=0)


def _unbroken_in(operation: Any, value: Any) -> int:
    if operation == SUBPATTERN:
        return _unbroken(value[-1])
    if operation == BRANCH:
        return min(map(_unbroken, value[1]))
    if operation in (MAX_REPEAT, MIN_REPEAT) and value[0] > 0:
        [*content] = value[-1]
        is_letters = len(content) == 1 and content[0][0] == IN and not _may_be_blank(content[0][1])
        return int(value[0]) if is_letters else _unbroken(content)
    return 0


def _may_be_blank(letters: list[Any]) -> bool:
    return any(one[0] in (NEGATE, CATEGORY) and one[1] != CATEGORY_DIGIT for one in letters)


def _words(parts: Iterable[Any]) -> frozenset[str]:
    """Of a sequence: the best of what its parts tell. Letters that follow each other are a word."""
    known: list[frozenset[str]] = []
    letters = ""
    for operation, value in parts:
        if operation == LITERAL:
            letters += chr(value).lower()
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
