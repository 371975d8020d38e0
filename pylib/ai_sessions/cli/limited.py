"""The limits of providers that hold now, for `status` and `doctor`. Light on imports."""

from __future__ import annotations

import os

from ai_sessions.ledger import LIMITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


def lines(root: Path | str) -> list[str]:
    """A line each: `claude: limit reached until 15:00 (in 2 h 10 min)`. `root`: of the sessions."""
    if not os.path.exists(f"{root}/{LIMITS}"):  # mostly: `status` need not pay for what reads it
        return []
    from datetime import UTC, datetime

    from ai_sessions.ledger import limits

    now = datetime.now(UTC)
    return [f"{_whose(one)}: {limits.told(one, now)}" for one in limits.reached(root, now)]


def facts(root: Path | str) -> list[dict[str, Any]]:
    """The same for machines; what is not known is None."""
    from datetime import UTC, datetime

    from ai_sessions.ledger import limits

    found = limits.reached(root, datetime.now(UTC))
    return [{name: value or None for name, value in one.items()} for one in found]


def _whose(limit: dict[str, str]) -> str:
    return " ".join(filter(None, (limit["provider"], limit["model"])))
