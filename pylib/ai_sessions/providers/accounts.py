"""A mark of the account that a provider is used with, so that limits of accounts are kept apart."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_LENGTH = 8


def mark(chosen: Mapping[str, str], *names: str) -> str:
    """The mark of what is set of `names`; empty when nothing is. A key cannot be read from it."""
    told = [f"{name}={chosen[name]}" for name in names if chosen.get(name)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:_LENGTH] if told else ""
