"""`stats --advice`: what would have cost less, with next to no imports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ai_sessions import money, times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.cli.output import Output
    from ai_sessions.config import Settings
    from ai_sessions.index import Index

#: Older habits tell little about today's.
_DAYS = 30


def advise(index: Index, out: Output, settings: Settings, since: datetime | None = None) -> int:
    """At most three lines, each with the money it stands on. `since`: 30 days ago unless given."""
    from ai_sessions.accounting import advice, pricing
    from ai_sessions.index.habits import habits
    from ai_sessions.records import stamp

    since = since or datetime.now(UTC) - timedelta(days=_DAYS)
    found = habits(index, times.microseconds(since.isoformat()) or 0)
    for problem in found.unreadable:
        out.warn(problem)
    rates = pricing.rates_with(pricing.overrides_of(settings["PRICES"]))
    told = advice.of(found.pauses, found.small, found.repeats, found.used, rates)
    out.result({"since": stamp(since), "advice": [one.plain() for one in told]})
    for one in told:
        out.say(f"{money.shown(one.nusd, one.unknown)} {one.text}")
    if not told:
        out.note("no advice: no money that could have been saved was found")
    return 0
