"""What would have cost less: at most three pieces of advice, each with the money it stands on.

Works on the sums of `index.habits`. Money is exact; what another model or a warm cache would have
cost is computed at the table's prices, so the differences are estimates.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ai_sessions import token_kinds
from ai_sessions.accounting import pricing
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.money import facts, shown
from ai_sessions.plurals import counted
from ai_sessions.records import Usage
from ai_sessions.times import at_microseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Row = Mapping[str, Any]
    Used = Mapping[str, Iterable[str]]

#: The next cheaper model of a family, for who has used only one.
_CHEAPER = {"opus": "sonnet", "sonnet": "haiku"}
#: Another model is worth a line when it costs at most two thirds.
_PARTS, _OF = 2, 3


@dataclass(frozen=True, slots=True)
class Advice:
    """`nusd`: what could have been saved. `unknown`: calls that are left out, as nobody knows their
    price. `text`: for a person, the money not included.
    """

    kind: str
    nusd: int
    unknown: int
    text: str

    def plain(self) -> dict[str, Any]:
        """For machines."""
        return {"kind": self.kind, **facts(self.nusd, self.unknown), "text": self.text}


def of(
    pauses: Iterable[Row],
    small: Iterable[Row],
    repeats: Iterable[Row],
    used: Used,
    rates_of: pricing.RatesOf = pricing.rates_of,
) -> list[Advice]:
    """The most expensive habit first; none that cost nothing."""
    found = [_of_pauses(pauses, rates_of), _of_small(small, used, rates_of), _of_repeats(repeats)]
    told = [one for one in found if one and one.nusd > 0]
    return sorted(told, key=lambda one: -one.nusd)


def _of_pauses(rows: Iterable[Row], rates_of: pricing.RatesOf) -> Advice | None:
    nusd = calls = unknown = 0
    for row in rows:
        lost = _rewritten(row, rates_of)
        nusd += lost or 0
        unknown += row["calls"] if lost is None else 0
        calls += row["calls"]
    what = f"{counted(calls, 'call')} came after the cache had expired and paid to fill it again"
    how = "run the tasks of a feature in a row (implement.sh FEATURE --all)"
    return Advice("pauses", nusd, unknown, f"lost by pauses: {what}; {how}")


def _rewritten(row: Row, rates_of: pricing.RatesOf) -> int | None:
    """What it cost more to write these tokens than to read them; None: nobody knows."""
    count = row["tokens"]
    long = count if row["long"] else 0
    written = _priced(
        Usage(count, cache_write_tokens=count, cache_write_1h_tokens=long), row, rates_of
    )
    read = _priced(Usage(count, cache_read_tokens=count), row, rates_of)
    return None if written is None or read is None else written - read


def _priced(
    usage: Usage, row: Row, rates_of: pricing.RatesOf, model: str | None = None
) -> int | None:
    """At the rates for short requests: those of long ones would promise more than is sure."""
    at = datetime.now(UTC) if row["at"] is None else at_microseconds(row["at"])
    rates = rates_of(model or row["model"], 0, at)
    return pricing.nusd_of(usage, rates) if rates else None


def _of_small(rows: Iterable[Row], used: Used, rates_of: pricing.RatesOf) -> Advice | None:
    """For the model with which most could have been saved."""
    found = [one for row in rows if (one := _cheaper(row, used, rates_of))]
    return max(found, key=lambda one: one.nusd, default=None)


def _cheaper(row: Row, used: Used, rates_of: pricing.RatesOf) -> Advice | None:
    """The dearest of the models that would have cost clearly less."""
    usage = Usage(**{name: row[name] for name in token_kinds.FIELDS.values()})
    names = {*used.get(row["provider"], ()), *_of_family(row["model"])}
    priced = {name: _priced(usage, row, rates_of, name) for name in names}
    own = _priced(usage, row, rates_of)
    if not own or row["unknown_costs"] == row["calls"]:
        return None
    less = {name: cost for name, cost in priced.items() if cost and cost * _OF <= own * _PARTS}
    if not less:
        return None
    name = max(sorted(less), key=lambda one: less[one])
    tasks, paid = counted(row["tasks"], "small task"), shown(row["cost_nusd"], row["unknown_costs"])
    what = f"{tasks} on {row['model']} cost {paid}, about {shown(less[name])} with {name}"
    return Advice(
        "model",
        row["cost_nusd"] - less[name],
        row["unknown_costs"],
        f"a dear model for small tasks: {what} (--model {name})",
    )


def _of_family(model: str) -> list[str]:
    return [cheaper for dear, cheaper in _CHEAPER.items() if dear in model.lower()]


def _of_repeats(rows: Iterable[Row]) -> Advice | None:
    again = sorted(rows, key=lambda row: (-row["cost_nusd"], row["feature"], row["task"]))
    if not again:
        return None
    nusd = sum(row["cost_nusd"] for row in again)
    unknown = sum(row["unknown_costs"] for row in again)
    worst = again[0]
    name = f"{worst['feature']} {worst['task']}".strip()
    most = f"most for {name} ({shown(worst['cost_nusd'], worst['unknown_costs'])})"
    what = f"{counted(len(again), 'task')} took more than one call for the same step, {most}"
    return Advice("repeats", nusd, unknown, f"paid again: {what}; split such tasks in plan.yaml")
