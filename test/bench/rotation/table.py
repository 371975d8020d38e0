"""All strategies and scenarios in one table, and the bars that its figures are held to."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bound import Bound
from days import Day

#: (strategy, scenario) -> its days.
Found = Mapping[tuple[str, str], Sequence["Measured"]]
#: Refusals for a limit in the worst day of one ledger; percent of regret when limits are tight.
LIMITED, REGRET, REGRET_SMALL = 3, 2.0, 2.5
OURS, THEIRS = "paced", "LiteLLM"


@dataclass(frozen=True)
class Measured:
    """A day, and the best that anybody could have made of it."""

    day: Day
    bound: Bound

    @property
    def served(self) -> float:
        return 100 * self.day.served / max(1, self.day.requests)

    @property
    def regret(self) -> float:
        return 100 * (1 - self.day.worth / self.bound.worth)

    @property
    def switched(self) -> float:
        return 100 * self.day.switched / max(1, self.day.turns)


def mean(those: Sequence[Measured], what: str) -> float:
    """Of a value of `Measured`, or else of its day."""
    return statistics.fmean(
        float(getattr(one if hasattr(one, what) else one.day, what)) for one in those
    )


def text(found: Found, strategies: Sequence[str], scenarios: Sequence[str]) -> str:
    """One row a strategy; in each scenario served %, failed calls, 429s, regret %."""
    wide = max(map(len, strategies))
    rows = [f"{'':{wide}}  {'  '.join(f'{name:^23}' for name in scenarios)}"]
    rows.append(f"{'':{wide}}  {'  '.join(f'{_HEAD:23}' for _ in scenarios)}")
    bounds = {name: found[strategies[0], name] for name in scenarios}
    cells = [
        f"{100 * statistics.fmean(one.bound.served for one in those):5.1f}{'':18}"
        for those in bounds.values()
    ]
    rows.append(f"{'fluid bound':{wide}}  {'  '.join(cells)}")
    for strategy in strategies:
        cells = [_cell(found[strategy, name]) for name in scenarios]
        rows.append(f"{strategy:{wide}}  {'  '.join(cells)}")
    return "\n".join(row.rstrip() for row in rows)


_HEAD = "   ok% failed  429s regr%"


def _cell(those: Sequence[Measured]) -> str:
    served, failed = mean(those, "served"), mean(those, "failed")
    limited, regret = mean(those, "limited"), mean(those, "regret")
    return f"{served:5.1f} {failed:6.0f} {limited:5.0f} {regret:4.1f}"


def further(found: Found, strategies: Sequence[str], scenarios: Sequence[str]) -> str:
    """Seconds within which 95 % are answered, and percent of turns that change the model."""
    wide = max(map(len, strategies))
    rows = [f"{'p95 s / switches %':{wide}}  {'  '.join(f'{name:>10}' for name in scenarios)}"]
    for strategy in strategies:
        cells = (
            f"{mean(those, 'p95_s'):6.1f}/{mean(those, 'switched'):3.0f}"
            for those in (found[strategy, name] for name in scenarios)
        )
        rows.append(f"{strategy:{wide}}  {'  '.join(cells)}")
    return "\n".join(rows)


def bars(
    found: Found, scenarios: Sequence[str], *, is_small: bool = False
) -> list[tuple[str, bool]]:
    """Each bar with its figures, and whether it holds. Of a small day more is left to chance."""
    held = []
    for strategy in dict.fromkeys(strategy for strategy, _ in found):
        if not strategy.startswith(OURS) or strategy.endswith("2 ledgers"):
            continue
        limited = max(one.day.limited for name in scenarios for one in found[strategy, name])
        said = f"{strategy}: {limited} 429s in its worst day, at most {LIMITED}"
        held.append((said, limited <= LIMITED))
    if "tight" in scenarios:
        regret, most = mean(found[OURS, "tight"], "regret"), REGRET_SMALL if is_small else REGRET
        said = f"{OURS}: regret {regret:.2f} % when tight, at most {most:g} %"
        held.append((said, regret <= most))
        held += [] if is_small else _fewer(found)
    return held


def _fewer(found: Found) -> list[tuple[str, bool]]:
    ours = mean(found[OURS, "tight"], "failed")
    theirs = {
        strategy: mean(those, "failed")
        for (strategy, scenario), those in found.items()
        if scenario == "tight" and strategy.startswith(THEIRS)
    }
    return [
        (f"{OURS}: {ours:.0f} failed calls when tight, {name} {failed:.0f}", ours < failed)
        for name, failed in theirs.items()
    ]
