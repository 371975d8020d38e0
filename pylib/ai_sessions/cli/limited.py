"""The limits of providers, for `status` and `doctor`: those that were reached, then how much of the
others is used. Light on imports.
"""

from __future__ import annotations

import os
from datetime import timedelta

from ai_sessions.ledger import LIMITS, QUOTAS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import Any

    from ai_sessions.catalog.rotation import Catalog
    from ai_sessions.config import Settings
    from ai_sessions.display.quotas import Window

    Limit = Mapping[str, str]

#: So many are enough beside where a feature stands.
_MOST = 8
#: Ends that are this close are the same one.
_SAME = timedelta(minutes=2)


def lines(root: Path | str, settings: Settings, environment: Mapping[str, str]) -> list[str]:
    """A line each: `claude: limit reached until 15:00 (in 2 h 10 min)`,
    `claude 7 d: 37 % used, resets Tue Dec 1, 23:00 (in 3 d 8 h)`.
    """
    shown = [told for told, _is_spent in quotas(root, settings, environment)]
    more = [f"{len(shown) - _MOST} more limits: ai-session.sh doctor"] if len(shown) > _MOST else []
    return [*reached(root), *shown[:_MOST], *more]


def reached(root: Path | str) -> list[str]:
    """A line for each that holds now.

    Where accounts of one model have limits, each line names the mark of its account.
    """
    if not os.path.exists(f"{root}/{LIMITS}"):  # mostly: `status` need not pay for what reads it
        return []
    from datetime import UTC, datetime

    from ai_sessions.ledger import limits

    now = datetime.now(UTC)
    found = limits.reached(root, now)
    return [f"{_whose(one, found)}: {limits.told(one, now)}" for one in found]


def quotas(
    root: Path | str, settings: Settings, environment: Mapping[str, str]
) -> list[tuple[str, bool]]:
    """A line for each of which something is used, and whether nothing is left of it."""
    if not are_known(root):
        return []
    from datetime import UTC, datetime

    from ai_sessions.display import quotas
    from ai_sessions.ledger import limits

    now = datetime.now(UTC)
    found = _windows(root, settings, environment, now)
    known = limits.reached(root, now) if os.path.exists(f"{root}/{LIMITS}") else []
    shown = [one for one in found if _is_shown(one) and not _is_said(one, known)]
    accounts = quotas.accounts(found)
    return [(quotas.line(one, now, accounts[quotas.owner(one)[0]]), one.left == 0) for one in shown]


def windows(
    root: Path | str, settings: Settings, environment: Mapping[str, str], now: datetime
) -> list[Window]:
    """Those of `quotas`, with those that `reached` tells."""
    found = _windows(root, settings, environment, now) if are_known(root) else ()
    return [one for one in found if _is_shown(one)]


def unknown(name: str, settings: Settings, environment: Mapping[str, str]) -> list[str]:
    """A line for each limit of an agent's subscription that nothing was told of yet."""
    from datetime import UTC, datetime

    from ai_sessions.display import quotas
    from ai_sessions.rotation.records import WindowState

    pool = _catalog(settings, environment).pools.get(name)
    windows = [
        WindowState(f"quota:{name}#", one.unit, one.period, None, rolling_s=one.rolling_s)
        for one in (pool.limits if pool and not pool.url else ())
    ]
    return [quotas.line(one, datetime.now(UTC)) for one in windows]


def facts(root: Path | str) -> list[dict[str, Any]]:
    """The reached ones for machines; what is not known is None."""
    from datetime import UTC, datetime

    from ai_sessions.ledger import limits

    found = limits.reached(root, datetime.now(UTC))
    return [{name: value or None for name, value in one.items()} for one in found]


def quota_facts(
    root: Path | str, settings: Settings, environment: Mapping[str, str]
) -> list[dict[str, Any]]:
    """All others for machines."""
    if not are_known(root):
        return []
    from datetime import UTC, datetime

    from ai_sessions.display import quotas

    found = _windows(root, settings, environment, datetime.now(UTC))
    return [quotas.facts(one) for one in found]


def are_known(root: Path | str) -> bool:
    """Whether any is on record. Mostly not, and then nothing is paid for what reads them."""
    return os.path.exists(f"{root}/{QUOTAS}")


def _windows(
    root: Path | str, settings: Settings, environment: Mapping[str, str], now: datetime
) -> Sequence[Window]:
    from ai_sessions.ledger import subscriptions

    found, are_others = subscriptions.windows(os.fspath(root), now)
    if not are_others:
        return found
    from ai_sessions.ledger import known_quotas

    return known_quotas.windows(os.fspath(root), _catalog(settings, environment), now)


def _catalog(settings: Settings, environment: Mapping[str, str]) -> Catalog:
    """A mistake in the user's own file is told where models are chosen."""
    from ai_sessions.assemble import known_models
    from ai_sessions.catalog import rotation
    from ai_sessions.errors import ConfigError

    try:
        return known_models.catalog(settings, environment)
    except ConfigError:
        return rotation.load()


def _is_shown(window: Window) -> bool:
    """One of a minute is over before anybody has read it, but for who waits for it."""
    if window.unit == "percent" or window.left == 0:
        return True
    return window.period != "minute" and window.used + window.held > 0


def _is_said(window: Window, reached: Sequence[Limit]) -> bool:
    """Whether the line of a limit that was reached says the same of a subscription."""
    from ai_sessions import times
    from ai_sessions.display import quotas

    if window.unit != "percent" or window.left != 0 or window.resets_at is None:
        return False
    pool, account, _model = quotas.owner(window)
    ends = [
        times.read(one["until"])
        for one in reached
        if (one["provider"], one["account"]) == (pool, account)
    ]
    return any(end and abs(end - window.resets_at) < _SAME for end in ends)


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
