"""Tokens by kind as the colours of a chart: those read from a cache cost a tenth of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ai_sessions.display.html.charts import Series


def series(sums: Sequence[Mapping[str, int]]) -> list[Series]:
    """Four kinds that do not overlap, of sums as `token_kinds` names them; none where no token was
    counted.
    """
    kinds = {
        "input": [max(0, one["input_tokens"] - _cached(one)) for one in sums],
        "read from cache": [one["cache_read_tokens"] for one in sums],
        "written to cache": [one["cache_write_tokens"] for one in sums],
        "output": [one["output_tokens"] for one in sums],
    }
    if not any(map(sum, kinds.values())):
        return []
    return [Series(kind, counts, [f"{one:,}" for one in counts]) for kind, counts in kinds.items()]


def totals(found: Sequence[Series]) -> list[str]:
    """Of all kinds together, for each label."""
    return [f"{sum(one):,}" for one in zip(*(each.values for each in found), strict=True)]


def _cached(sums: Mapping[str, int]) -> int:
    return sums["cache_read_tokens"] + sums["cache_write_tokens"]
