"""The limits of providers that hold now, for `status` and `doctor`. Light on imports."""

from __future__ import annotations

import os

from ai_sessions.ledger import LIMITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    Limit = Mapping[str, str]


def lines(root: Path | str) -> list[str]:
    """A line each: `claude: limit reached until 15:00 (in 2 h 10 min)`. `root`: of the sessions.

    Where accounts of one model have limits, each line names the mark of its account.
    """
    if not os.path.exists(f"{root}/{LIMITS}"):  # mostly: `status` need not pay for what reads it
        return []
    from datetime import UTC, datetime

    from ai_sessions.ledger import limits

    now = datetime.now(UTC)
    found = limits.reached(root, now)
    return [f"{_whose(one, found)}: {limits.told(one, now)}" for one in found]


def facts(root: Path | str) -> list[dict[str, Any]]:
    """The same for machines; what is not known is None."""
    from datetime import UTC, datetime

    from ai_sessions.ledger import limits

    found = limits.reached(root, datetime.now(UTC))
    return [{name: value or None for name, value in one.items()} for one in found]


def _whose(limit: Limit, found: Sequence[Limit]) -> str:
    """The provider and the model, and what else it takes to tell it from the others."""
    alike = [one for one in found if _model(one) == _model(limit)]
    more = []
    if len({one["account"] for one in alike}) > 1:
        more.append(f"account {limit['account']}" if limit["account"] else "the default account")
    if sum(one["account"] == limit["account"] for one in alike) > 1:
        more.append(limit["window"].replace("_", " "))
    told = ", ".join(filter(None, more))
    return f"{_model(limit)} ({told})" if told else _model(limit)


def _model(limit: Limit) -> str:
    return " ".join(filter(None, (limit["provider"], limit["model"])))
