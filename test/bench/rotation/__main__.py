#!/usr/bin/env python3
"""A day of requests over five models: what each strategy of choosing makes of it.

    python test/bench/rotation [--small] [--seeds N] [--only SCENARIO[,...]] [--no-costs]
                               [--parts | --litellm]

Every strategy meets the same requests, outages and limits. Prints one table (answered percent,
failed calls, of these refused for a limit, regret in percent against a fluid bound), then what
choosing and reserving cost beside one committed insert of the same run, and exits 1 when a bar
does not hold. `--small`: a tenth of two scenarios in some seconds, once with the product's own
ledger, which in the large one is in memory. `--parts`: instead, what each
part of `paced` is worth. `--litellm`: instead, LiteLLM's own router beside its rules as they are
written down here, where it is installed. Takes some minutes of one core.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "pylib"))

import bound
import costs
import demand
import parts
import policies
import table
import worlds
from days import day

SMALL, SMALL_SCENARIOS = 0.1, ("outages", "tight")


def main(arguments: Sequence[str]) -> int:
    asked = _asked(arguments)
    share = SMALL if asked.small else 1.0
    scenarios = tuple(asked.only.split(",")) if asked.only else worlds.NAMES
    if asked.small and not asked.only:
        scenarios = SMALL_SCENARIOS
    if asked.parts:
        print(parts.text(simulated(parts.PARTS, scenarios, asked.seeds, share), scenarios))
        return 0
    if asked.litellm:
        _beside_litellm(scenarios if asked.only else SMALL_SCENARIOS)
        return 0
    choosers = policies.SMALL if asked.small else policies.ALL
    found = simulated(choosers, scenarios, asked.seeds, share)
    print(table.text(found, tuple(choosers), scenarios), end="\n\n")
    print(table.further(found, tuple(choosers), scenarios), end="\n\n")
    held = table.bars(found, scenarios, is_small=asked.small)
    if not asked.no_costs:
        held += _costs(costs.FEW * 20 if asked.small else costs.MANY)
    for said, holds in held:
        print(f"{'ok  ' if holds else 'FAIL'}  {said}")
    return int(not all(holds for _said, holds in held))


def simulated(
    choosers: policies.Choosers, scenarios: Sequence[str], seeds: int, share: float
) -> table.Found:
    found: dict[tuple[str, str], list[table.Measured]] = {}
    for scenario in scenarios:
        world = worlds.world(scenario, share)
        for seed in range(1, seeds + 1):
            asked = demand.requests(world, seed)
            best = bound.bound(world, asked)
            for name, made in choosers.items():
                measured = table.Measured(day(world, asked, made(world, seed), seed), best)
                found.setdefault((name, scenario), []).append(measured)
    return found


def _beside_litellm(scenarios: Sequence[str]) -> None:
    import litellm_itself

    print(f"{'of a fifth of a day':46} answered %  failed  429s  regret %")
    for scenario in scenarios:
        world = worlds.world(scenario, 0.2)
        asked = demand.requests(world, 1)
        best = bound.bound(world, asked)
        for its_name, name in litellm_itself.STRATEGIES.items():
            by_rules = day(world, asked, policies.ALL[name](world, 1), 1)
            _compare(f"{scenario}: {name}, by rules", table.Measured(by_rules, best))
            itself = litellm_itself.day(world, asked, its_name, 1)
            _compare(f"{scenario}: {name}, itself", table.Measured(itself, best))


def _compare(name: str, found: table.Measured) -> None:
    day_ = found.day
    figures = f"{found.served:10.1f}  {day_.failed:6}  {day_.limited:4}  {found.regret:8.1f}"
    print(f"{name:46} {figures}", flush=True)


def _costs(many: int) -> list[tuple[str, bool]]:
    found = costs.costs(many=many)
    for calls, one in found.items():
        print(
            f"{calls:>7,} calls on record: insert {one.insert:.2f} ms, read {one.read:.2f} ms,"
            f" rank {one.rank:.2f} ms, reserve {one.reserve:.2f} ms"
        )
    print()
    return costs.bars(found)


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", metavar="SCENARIO[,...]")
    parser.add_argument("--no-costs", action="store_true")
    parser.add_argument("--parts", action="store_true")
    parser.add_argument("--litellm", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
