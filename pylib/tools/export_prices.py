"""Export the prices of `genai-prices` to `ai_sessions/catalog/prices.json` (run by `make prices`).

Development only: the library costs 0.2 s to import and brings pydantic, the exported table 10 ms.
Kept is what a call in tokens needs: how a model is found, its context window, its rates with
their tiers, dates and hours. Left out are rates for what we never see (audio, images, pages),
batch variants, descriptions and addresses.

Usage: python pylib/tools/export_prices.py [--output FILE] [--check]
"""

import argparse
import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, time
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from genai_prices import types
from genai_prices.data import providers

OUTPUT = Path(__file__).parents[1] / "ai_sessions" / "catalog" / "prices.json"
#: Price keys of the library, and the names they get. Dollars for a million tokens; `request` for
#: a thousand calls.
RATES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_reasoning_mtok": "reasoning",
    "requests_kcount": "request",
}
FREE = {"input": "0", "output": "0"}
_MARKS = {
    types.ClauseEquals: "=",
    types.ClauseStartsWith: "^",
    types.ClauseEndsWith: "$",
    types.ClauseContains: "*",
    types.ClauseRegex: "~",
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Export prices to a table of our own.")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--check", action="store_true", help="exit 1 when the file is out of date")
    options = parser.parse_args(arguments)
    before = options.output.read_text(encoding="utf-8") if options.output.exists() else ""
    after = rendered(_date(before))
    if options.check:
        return int(before != after)
    options.output.write_text(after, encoding="utf-8")
    return 0


def rendered(date: str) -> str:
    """The whole file, one line a provider, so that a change of prices makes a readable diff."""
    lines = [f"{_json(item.id)}:{_json(_provider(item))}" for item in providers if _priced(item)]
    head = f'"source":{_json(_source())},"date":{_json(date)},"providers":'
    return "{" + head + "{\n" + ",\n".join(lines) + "\n}}\n"


def _source() -> str:
    return f"genai-prices {version('genai-prices')}"


def _date(before: str) -> str:
    """Today, or the date already there when the prices are from the same release of the library."""
    known = json.loads(before) if before else {}
    if known.get("source") == _source():
        return str(known["date"])
    return datetime.now(UTC).date().isoformat()


def _provider(provider: types.Provider) -> dict[str, Any]:
    return {
        **_some("owns", provider.model_match and _clause(provider.model_match)),
        **_some("called", provider.provider_match and _clause(provider.provider_match)),
        **_some("else", provider.fallback_model_providers),
        "models": _priced(provider),
    }


def _priced(provider: types.Provider) -> list[Any]:
    """The models whose tokens have a price: `[id, match, window, prices]`."""
    rows = []
    for model in provider.models:
        prices = FREE if _is_free(provider, model) else _prices(model.prices)
        if prices:
            match = _clause(model.match)
            own = None if match == f"={model.id}" else match
            rows.append([model.id, own, model.context_window, prices])
    return rows


def _is_free(provider: types.Provider, model: types.ModelInfo) -> bool:
    """The library has no rates both where there is nothing to pay and where nobody knows.

    Only the first is a price; OpenRouter says it in the name.
    """
    return provider.id == "openrouter" and model.id.endswith(":free") and not _prices(model.prices)


def _prices(prices: types.ModelPrice | list[types.ConditionalPrice]) -> Any:
    """Rates, or `[when, rates]` pairs of which the last one in force counts."""
    if isinstance(prices, types.ModelPrice):
        return _rates(prices)
    pairs = [[_when(item.constraint), _rates(item.prices)] for item in prices]
    return pairs if any(rates for _, rates in pairs) else None


def _rates(price: types.ModelPrice) -> dict[str, Any]:
    five_minutes = getattr(price, "cache_write_5m_mtok", None)
    if five_minutes is not None:
        raise SystemExit("cache_write_5m is new in the library: teach pricing.py about it")
    found = {ours: getattr(price, theirs) for theirs, ours in RATES.items()}
    rates = {name: _rate(value) for name, value in found.items() if value is not None}
    return rates if "input" in rates or "output" in rates else {}


def _rate(value: Decimal | types.TieredPrices) -> Any:
    """A number as text; with tiers `[base, [above this many input tokens, number], …]`."""
    if isinstance(value, Decimal):
        return _number(value)
    return [_number(value.base), *([tier.start, _number(tier.price)] for tier in value.tiers)]


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _when(constraint: types.StartDateConstraint | types.TimeOfDateConstraint | None) -> str | None:
    """None: always; `2026-08-17`: from that day on; `01:00-04:00`: daily, in UTC."""
    if constraint is None:
        return None
    if isinstance(constraint, types.StartDateConstraint):
        return constraint.start_date.isoformat()
    return f"{_hour(constraint.start_time)}-{_hour(constraint.end_time)}"


def _hour(moment: time) -> str:
    if moment.utcoffset() or moment.second:
        raise SystemExit(f"an hour that is not whole minutes of UTC: {moment}")
    return moment.strftime("%H:%M")


def _clause(clause: Any) -> Any:
    """`=text`, `^start`, `$end`, `*part`, `~regex`; a list: any of them, after `&`: all of them."""
    if isinstance(clause, types.ClauseOr):
        return _flat(clause.or_)
    if isinstance(clause, types.ClauseAnd):
        return ["&", *map(_clause, clause.and_)]
    mark = _MARKS[type(clause)]
    text = next(iter(vars(clause).values()))
    return mark + (text if mark == "~" else text.lower())


def _flat(clauses: Iterable[Any]) -> Any:
    found = list(dict.fromkeys(map(_hashable, map(_clause, clauses))))
    return found[0] if len(found) == 1 else found


def _hashable(clause: Any) -> Any:
    return tuple(map(_hashable, clause)) if isinstance(clause, list) else clause


def _some(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if value else {}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
