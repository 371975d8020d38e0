"""A mark of the account that a provider is used with, so that limits of accounts are kept apart."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ai_sessions.providers.contract import HasAccount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_sessions.providers.contract import Provider

_LENGTH = 8


def mark(chosen: Mapping[str, str], *names: str) -> str:
    """The mark of what is set of `names`; empty when nothing is. A key cannot be read from it."""
    told = [f"{name}={chosen[name]}" for name in names if chosen.get(name)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:_LENGTH] if told else ""


def of(provider: Provider) -> str:
    """The account that a provider is used with; empty when it has but one."""
    return provider.account if isinstance(provider, HasAccount) else ""
