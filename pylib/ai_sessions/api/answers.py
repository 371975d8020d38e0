"""What the server sends back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import field
from typing import Any

from ai_sessions.lazy_dataclasses import dataclass

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    body: Any = None
    """A JSON value, or bytes of another media type; None: nothing."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = JSON
    stream: AsyncIterator[bytes] | None = None
    """In place of a body: pieces, sent as they come; closed when the client is gone."""
