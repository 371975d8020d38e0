"""Making any value fit to be written down: keys masked, nothing JSON cannot hold.

A reply that was paid for must not be lost because an agent's output has half a surrogate pair or a
NaN in it, so such things are replaced, never refused.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from ai_sessions.catalog.traces import Traces

MASKED = "[masked]"

#: Values are nested no deeper in what anybody means to keep.
_DEEPEST = 100


def _if_it_has_a_digit(found: re.Match[str]) -> str:
    """Masks the second group. Looking for the digit here and not ahead keeps the search linear."""
    has_digit = any(map(str.isdigit, found[2]))
    return f"{found[1]}{MASKED}" if has_digit else found[0]


#: (word that a match has; pattern; what to put in its place). Each is a run of letters
#: (`catalog.traces`) from end to end.
_RUNS = tuple(
    (word, re.compile(pattern), shown)
    for word, pattern, shown in (
        ("sk-", r"\b(sk-)([\w-]{16,})", _if_it_has_a_digit),
        ("gh", r"\b(gh[pousr]_)[A-Za-z0-9]{20,}", rf"\1{MASKED}"),
        ("github_pat_", r"\bgithub_pat_\w{20,}", f"github_pat_{MASKED}"),
        ("glpat-", r"\bglpat-[\w-]{16,}", f"glpat-{MASKED}"),
        ("AKIA", r"\bAKIA[A-Z0-9]{16}\b", f"AKIA{MASKED}"),
        ("ASIA", r"\bASIA[A-Z0-9]{16}\b", f"ASIA{MASKED}"),
        ("AIza", r"\bAIza[\w-]{35}", f"AIza{MASKED}"),
    )
)
_XOX = re.compile(r"\b(xox[abeoprs]-)[\w-]{10,}")
#: Only with the body of a key behind it: code that merely names the marker stays whole.
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\s|\\[nr])*(?:[\w-]+:[^\n]*\n\s*)*"
    r"[A-Za-z0-9+/=]{16,}[A-Za-z0-9+/=\s\\]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"
)
_WITH_KIND = re.compile(
    r"(?i)(\bauthorization[\"']?\s*[:=]\s*[\"']?(?:bearer|basic|token)\s+)[^\s\"',;]+"
)
_WITHOUT_KIND = re.compile(r"(?i)(\bauthorization[\"']?\s*[:=]\s*[\"']?)([^\s\"',;]{16,})")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def masked(text: str, traces: Traces | None = None) -> str:
    """`text` with everything that looks like a key replaced; masking twice changes nothing.

    `traces`: of this text.
    """
    traces = traces or Traces(text)
    if traces.runs:
        for word, pattern, shown in _RUNS:
            if word in traces.runs:
                text = pattern.sub(shown, text)
    if "xox" in text:
        text = _XOX.sub(rf"\1{MASKED}", text)
    # a rare character is found many times faster than a word that has it
    if "V" in text and "PRIVATE KEY-----" in text:
        text = _PRIVATE_KEY.sub(f"private key {MASKED}", text)
    if "z" in traces.lowered and "authorization" in traces.lowered:
        text = _WITH_KIND.sub(rf"\1{MASKED}", text)
        text = _WITHOUT_KIND.sub(_if_it_has_a_digit, text)
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
