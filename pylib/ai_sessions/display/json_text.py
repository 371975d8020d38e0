"""JSON in one line that steers no terminal: what would is written as an escape."""

from __future__ import annotations

import json
from typing import Any

from ai_sessions.controls import CONTROLS

#: Control characters that `json` leaves as they are, marks that turn the direction of writing, and
#: halves of surrogate pairs, which no file can hold.
_ESCAPES = {code: f"\\u{code:04x}" for code in (*CONTROLS, *range(0xD800, 0xE000)) if code >= 0x7F}


def one_line(value: Any) -> str:
    """`value` as JSON; what is no JSON value as text."""
    return json.dumps(value, ensure_ascii=False, default=str).translate(_ESCAPES)
