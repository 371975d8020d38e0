"""Making any value fit to be written down: keys masked, nothing JSON cannot hold.

A reply that was paid for must not be lost because an agent's output has half a surrogate pair or a
NaN in it, so such things are replaced, never refused.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

MASKED = "[masked]"

#: Values are nested no deeper in what anybody means to keep.
_DEEPEST = 100


def _if_it_has_a_digit(found: re.Match[str]) -> str:
    """Masks the second group. Looking for the digit here and not ahead keeps the search linear."""
    has_digit = any(map(str.isdigit, found[2]))
    return f"{found[1]}{MASKED}" if has_digit else found[0]


#: (text that must occur, lower-case; pattern; replacement). The first is a quick look that spares
#: most texts the search.
_SHAPES = tuple(
    (mark, re.compile(pattern, re.DOTALL), shown)
    for mark, pattern, shown in (
        ("sk-", r"\b(sk-)([\w-]{16,})", _if_it_has_a_digit),
        ("gh", r"\b(gh[pousr]_)[A-Za-z0-9]{20,}", rf"\1{MASKED}"),
        ("github_pat_", r"\bgithub_pat_\w{20,}", f"github_pat_{MASKED}"),
        ("glpat-", r"\bglpat-[\w-]{16,}", f"glpat-{MASKED}"),
        ("akia", r"\bAKIA[A-Z0-9]{16}\b", f"AKIA{MASKED}"),
        ("asia", r"\bASIA[A-Z0-9]{16}\b", f"ASIA{MASKED}"),
        ("aiza", r"\bAIza[\w-]{35}", f"AIza{MASKED}"),
        ("xox", r"\b(xox[abeoprs]-)[\w-]{10,}", rf"\1{MASKED}"),
        (
            "private key-----",
            # only with the body of a key behind it: code that merely names the marker stays whole
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\s|\\[nr])*(?:[\w-]+:[^\n]*\n\s*)*"
            r"[A-Za-z0-9+/=]{16,}[A-Za-z0-9+/=\s\\]*(?:-----END [A-Z ]*PRIVATE KEY-----)?",
            f"private key {MASKED}",
        ),
        (
            "authorization",
            r"(?i)(\bauthorization[\"']?\s*[:=]\s*[\"']?(?:bearer|basic|token)\s+)[^\s\"',;]+",
            rf"\1{MASKED}",
        ),
        (
            "authorization",
            r"(?i)(\bauthorization[\"']?\s*[:=]\s*[\"']?)([^\s\"',;]{16,})",
            _if_it_has_a_digit,
        ),
    )
)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def masked(text: str) -> str:
    """`text` with everything that looks like a key replaced; masking twice changes nothing."""
    lowered = text.lower()
    for mark, pattern, shown in _SHAPES:
        if mark in lowered:
            text = pattern.sub(shown, text)
    return text


def encodable(text: str) -> str:
    """`text` as UTF-8 can hold it: half a surrogate pair becomes U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _LONE_SURROGATE.sub("�", text)
    return text


def storable(value: Any) -> Any:
    """Any value as JSON can hold it, with keys in its texts masked."""
    return _fit(value, lambda text: masked(encodable(text)), _DEEPEST)


def unmasked(value: Any) -> Any:
    """As `storable`, with texts as they are: for what must be kept whatever becomes of masking."""
    return _fit(value, encodable, _DEEPEST)


def _fit(value: Any, text: Callable[[str], str], deeper: int) -> Any:
    if isinstance(value, str):
        return text(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value if not isinstance(value, float) or math.isfinite(value) else None
    return _fit_parts(value, text, deeper - 1) if deeper else "[nested too deeply to keep]"


def _fit_parts(value: Any, text: Callable[[str], str], deeper: int) -> Any:
    if isinstance(value, (dict, Mapping)):  # a dict is known at once, any mapping is not
        items = value.items()
        return {encodable(str(key)): _fit(item, text, deeper) for key, item in items}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_fit(item, text, deeper) for item in value]
    return text(str(value))
