"""Making any value fit to be written down: keys masked, nothing JSON cannot hold.

A reply that was paid for must not be lost because an agent's output has half a surrogate pair or a
NaN in it, so such things are replaced, never refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai_sessions.catalog.traces import Traces

#: Nothing shorter is a key, and most names are shorter: they are not looked into.
_SHORTEST = 16
#: Values are nested no deeper in what anybody means to keep.
_DEEPEST = 100


def masked(text: str, traces: Traces | None = None) -> str:
    """`text` with everything that looks like a key replaced; masking twice changes nothing.

    `traces`: of this text.
    """
    from ai_sessions.store import key_patterns

    return key_patterns.masked(text, traces)


def encodable(text: str) -> str:
    """`text` as UTF-8 can hold it: half a surrogate pair becomes U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        import re

        return re.sub("[\ud800-\udfff]", "�", text)
    return text


def storable(value: Any) -> Any:
    """Any value as JSON can hold it, with keys in its texts masked."""
    return _fit(value, lambda text: masked(encodable(text)), _DEEPEST)


def unmasked(value: Any) -> Any:
    """As `storable`, with texts as they are: for what must be kept whatever becomes of masking."""
    return _fit(value, encodable, _DEEPEST)


def fit_name(name: str, fit: Callable[[str], str]) -> str:
    """A name that somebody gave to a value: of a variable, a pin, a field."""
    return fit(name) if len(name) >= _SHORTEST else encodable(name)


def _fit(value: Any, text: Callable[[str], str], deeper: int) -> Any:
    if isinstance(value, str):
        return text(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value if not isinstance(value, float) or math.isfinite(value) else None
    return _fit_parts(value, text, deeper - 1) if deeper else "[nested too deeply to keep]"


def _fit_parts(value: Any, text: Callable[[str], str], deeper: int) -> Any:
    if isinstance(value, (dict, Mapping)):  # a dict is known at once, any mapping is not
        found: dict[str, Any] = {}
        for key, item in value.items():
            name = fit_name(str(key), text)
            while name in found:  # two keys that look the same when they are masked
                name += "'"
            found[name] = _fit(item, text, deeper)
        return found
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_fit(item, text, deeper) for item in value]
    return text(str(value))
