"""The shapes of keys that detect-secrets knows, for what leaves the house (`export --redact`).

`detectors.json` is exported from that library (pylib/tools/export_detectors.py). Its rules are
wider than `store.masking`, which must never harm an answer that was paid for.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache

MASKED = "[masked: {}]"


def masked(text: str) -> str:
    """`text` with all that looks like a key replaced by what kind of key it was."""
    for name, pattern in _patterns():
        text = pattern.sub(MASKED.format(name), text)
    return text


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    path = os.path.join(os.path.dirname(__file__), "detectors.json")
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)["patterns"]
    return tuple(
        (name, re.compile(f"(?{flags}:{text})" if flags else text)) for name, flags, text in rows
    )
