"""Limits on money as windows of the ledger, and what a call holds in them."""

from __future__ import annotations

from ai_sessions import times
from ai_sessions.accounting.budgets import Spent
from ai_sessions.ledger import pools
from ai_sessions.ledger.contract import END, Need, Window
from ai_sessions.records import stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from ai_sessions.accounting.budgets import Call, Limit
    from ai_sessions.ledger.contract import Recorded, Used


def of_limit(limit: Limit, call: Call, zone: tzinfo | None = None) -> list[Window]:
    """The windows of a limit for a call. `zone`: whose days and months; None: this machine's.

    A session has two, so that neither another name gives its money back nor another session of the
    same name. A limit on one call has none.
    """
    if limit.scope in ("day", "month"):
        begin, end = (_us(at.isoformat()) for at in times.spanned(call.at, limit.scope, zone))
        return [Window(pools.ALL, limit.nusd, begin, end)]
    found = {
        "model": [pools.family(limit.model)],
        "feature": [pools.feature(call.project, call.feature)],
        "task": [pools.task(call.project, call.feature, call.task)],
        "session": [pools.session(call.uid), pools.session_name(call.session)] if call.uid else [],
    }
    return [Window(pool, limit.nusd) for pool in found.get(limit.scope, [])]


def spent(limit: Limit, used: Sequence[Used]) -> Spent:
    """How a limit stands, as its windows do: the fullest of them counts, or what is known beside
    them.
    """
    if not used:
        return Spent(limit, limit.known_nusd)
    most = max(used, key=lambda one: one.used + one.held)
    nusd = max(limit.known_nusd, most.used)
    until = "" if most.window.until == END else stamp(times.at_microseconds(most.window.until))
    return Spent(limit, nusd, most.unpriced, most.presumed, most.held, until)


def needs(call: Recorded, nusd: int, wanted: Sequence[Window] = ()) -> tuple[Need, ...]:
    """What a call holds in all its pools. `wanted`: the windows it must keep, also those of models
    that its alias may stand for.
    """
    found = [Need(pool, nusd, bucket) for pool, bucket in pools.of_call(call).items()]
    for window in wanted:
        member = pools.member(window.pool)
        if member and not any(pools.concerns(need, window) for need in found):
            found.append(Need(member, nusd))
    return tuple(found)


def _us(text: str) -> int:
    return times.microseconds(text) or 0
