"""Limits of providers in words: whose one is, how much of it is used, and when it begins again."""

from __future__ import annotations

from ai_sessions import times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime, tzinfo
    from typing import Any, Protocol

    class Window(Protocol):
        """What is shown of a `WindowState`."""

        @property
        def pool(self) -> str: ...
        @property
        def unit(self) -> str: ...
        @property
        def period(self) -> str: ...
        @property
        def limit(self) -> int | None: ...
        @property
        def used(self) -> int: ...
        @property
        def held(self) -> int: ...
        @property
        def left(self) -> int | None: ...
        @property
        def resets_at(self) -> datetime | None: ...
        @property
        def rolling_s(self) -> int: ...
        @property
        def origin(self) -> str: ...


_QUOTA = "quota:"


def owner(window: Window) -> tuple[str, str, str]:
    """The pool, the mark of the account (empty: the usual login) and the model (empty: all)."""
    pool, _sign, rest = window.pool.removeprefix(_QUOTA).partition("#")
    account, _slash, model = rest.partition("/")
    return pool, account, model


def accounts(windows: Iterable[Window]) -> dict[str, list[str]]:
    """The marks of the accounts of each pool."""
    owners = {owner(one)[:2] for one in windows}
    return {pool: [mark for name, mark in owners if name == pool] for pool, _mark in owners}


def whose(window: Window, accounts: Collection[str] = ()) -> str:
    """`claude 5 h`; as `line` has it."""
    pool, account, model = owner(window)
    marked = f"(account {account})" if account else "(the default account)"
    return " ".join(filter(None, (pool, model, marked if len(accounts) > 1 else "", span(window))))


def facts(window: Window) -> dict[str, Any]:
    """For machines; what nobody knows is None."""
    from ai_sessions.records import stamp

    pool, account, model = owner(window)
    is_unknown = window.unit == "percent" and window.limit is None
    return {
        "provider": pool,
        "account": account or None,
        "model": model or None,
        "unit": window.unit,
        "window": span(window),
        "limit": window.limit,
        "used": None if is_unknown else window.used + window.held,
        "resets_at": stamp(window.resets_at) if window.resets_at else None,
        "origin": window.origin,
    }


def line(window: Window, now: datetime, accounts: Collection[str] = ()) -> str:
    """`claude 5 h: 37 % used, resets 15:00 (in 2 h 10 min)`.

    `accounts`: the marks of the pool's accounts; of several each line names its own.
    """
    return f"{whose(window, accounts)}: {told(window, now)}"


def span(window: Window) -> str:
    """How long its window is: `minute`, `day`, `5 h`, `7 d`."""
    return times.lasting(window.rolling_s) if window.period == "rolling" else window.period


def told(window: Window, now: datetime, zone: tzinfo | None = None) -> str:
    """`45 of 1,000 requests used, resets 01:00 (in 6 h)`; `unknown` for what nobody has said."""
    at = window.resets_at
    end = f", resets {times.ahead(at, now, zone)}" if at and at > now else ""
    return amount(window) + end


def amount(window: Window) -> str:
    """How much is used, calls under way included."""
    used, limit = window.used + window.held, window.limit
    if window.unit == "percent":
        return "unknown" if limit is None else f"{used} % used"
    if limit is None:
        return f"{_counted(window, used)} used, limit unknown" if used else "unknown"
    if window.unit == "nusd":
        return f"{_counted(window, used)} of {_counted(window, limit)} used"
    return f"{used:,} of {_counted(window, limit)} used"


def _counted(window: Window, number: int) -> str:
    if window.unit == "nusd":
        from ai_sessions import money

        return money.shown(number)
    from ai_sessions.plurals import counted

    return counted(number, window.unit.removesuffix("s"))
