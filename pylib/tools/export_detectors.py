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
from importlib.metadata import version
from pathlib import Path

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


def patterns() -> list[tuple[str, str, str]]:
    """Name, flags, pattern; in order of the name."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    from detect_secrets.plugins.base import RegexBasedDetector

    return [
        (
            name,
            "".join(mark for flag, mark in FLAGS.items() if pattern.flags & flag),
            pattern.pattern,
        )
        for name, detector in sorted(get_mapping_from_secret_type_to_class().items())
        if issubclass(detector, RegexBasedDetector) and name not in LEFT_OUT
        for pattern in sorted(detector.denylist, key=lambda one: one.pattern)
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
