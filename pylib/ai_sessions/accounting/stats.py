"""Totals over sessions: what they cost, how many tokens, how much came from a cache.

Works on the plain objects of checkpoints (`metadata.json`), so that `stats` needs no records.
"""

from __future__ import annotations

from ai_sessions import money, token_kinds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Row = Mapping[str, Any]
    Sums = dict[str, Any]

#: What is added up, in whole numbers; `cost_nusd` is nano-dollars.
COUNTS = (
    "interactions",
    *token_kinds.REPORTED,
    "cost_nusd",
    "unknown_costs",
)
#: What stands for no name: of a model, of anything else.
_UNNAMED, _NONE = NAMELESS = ("(unnamed)", "(none)")


def overall(rows: Iterable[Row], sessionless: Iterable[Row] = ()) -> Sums:
    """Everything together, also by model and by feature. `sessionless`: rows of no session, which
    count in all but the number of sessions.
    """
    whole: Sums = {"sessions": 0, "errors": 0, **_zeros()}
    models: dict[str, Sums] = {}
    features: dict[str, Sums] = {}
    counted = [*((row, 1) for row in rows), *((row, 0) for row in sessionless)]
    for row, sessions in counted:
        totals = row["totals"]
        whole["sessions"] += sessions
        whole["errors"] += totals["errors"]
        _add(whole, totals)
        for model, share in totals["by_model"].items():
            _add(models.setdefault(model, _zeros()), share)
        feature = features.setdefault(row["feature"], {"sessions": 0, **_zeros()})
        feature["sessions"] += sessions
        _add(feature, totals)
    return together(whole, models, features)


def together(whole: Sums, models: dict[str, Sums], features: dict[str, Sums]) -> Sums:
    """The answer of `overall` from sums that were made elsewhere. No name is the empty string.

    `whole` may say how many `models` and `features` there are when these are only the dearest.
    """
    return {
        "models": len(models),
        "features": len(features),
        **finished(whole),
        "by_model": _dearest(_named(models, _UNNAMED)),
        "by_feature": _dearest(_named(features, _NONE)),
    }


def cache_share(sums: Mapping[str, int]) -> float:
    """The part of the input that was read from a cache, 0 to 1."""
    return sums["cache_read_tokens"] / sums["input_tokens"] if sums["input_tokens"] else 0.0


def tokens(sums: Mapping[str, int]) -> int:
    """Everything that went in and came out."""
    return sums["input_tokens"] + sums["output_tokens"]


def dollars(sums: Mapping[str, int]) -> float | None:
    """What is known of the cost as a JSON number; None when nothing is."""
    return money.known(sums["cost_nusd"], sums["unknown_costs"])


def _zeros() -> Sums:
    return dict.fromkeys(COUNTS, 0)


def _add(sums: Sums, totals: Mapping[str, int]) -> None:
    for key in COUNTS:
        sums[key] += totals[key]


def finished(sums: Mapping[str, Any]) -> Sums:
    """Sums with their cost in dollars and the part that came from a cache."""
    share = cache_share(sums)
    return {**sums, "cost": dollars(sums), "cache_share": round(share, 4) if share else share}


def _named(groups: dict[str, Sums], nameless: str) -> dict[str, Sums]:
    return {name or nameless: sums for name, sums in groups.items()}


def _dearest(groups: dict[str, Sums]) -> dict[str, Sums]:
    """Groups by cost, then tokens, the largest first."""
    ordered = sorted(groups, key=lambda name: _weight(groups[name], name))
    return {name: finished(groups[name]) for name in ordered}


def _weight(sums: Sums, name: str) -> tuple[int, int, str]:
    return (-sums["cost_nusd"], -tokens(sums), name)
