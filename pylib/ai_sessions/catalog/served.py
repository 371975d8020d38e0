"""What pools say themselves of their models: those that are new, those that are gone.

A list is `{"day": …, "source": …, "models": [row, …]}`; a row is what `rotation.json` says of a
model, as far as the pool tells: `id`, `display_name`, `window`, `capabilities`, `free`,
`free_tier`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    Raw = Mapping[str, Any]

#: What a pool knows better than we do.
_ITS_OWN = ("window", "capabilities", "free", "free_tier")


def joined(raw: Raw, lists: Mapping[str, Raw]) -> Raw:
    """The catalog with the newest list of each pool: ours first, then what it has beside them."""
    known = [_as_served(one, lists.get(one["pool"])) for one in raw["models"]]
    ours = {(one["pool"], one["id"]) for one in known}
    pools = ((name, told) for name, told in lists.items() if name in raw["pools"])
    new = (one for name, told in pools for one in _of(name, told))
    return {
        **raw,
        "models": [*known, *(one for one in new if (one["pool"], one["id"]) not in ours)],
    }


def _as_served(model: Raw, told: Raw | None) -> Raw:
    """A model of ours as its pool lists it; one that is not listed is served no more.

    The last resort is no model itself, but a choice among them: a list tells nothing of it.
    """
    if told is None or not told["models"] or model.get("is_last_resort"):
        return model
    row = next((one for one in told["models"] if one["id"] == model["id"]), None)
    if row is not None:
        return {**model, **{name: row[name] for name in _ITS_OWN if name in row}, "retired": ""}
    if model.get("retired"):
        return model
    return {**model, "retired": told["day"], "source": told["source"], "date": told["day"]}


def _of(pool: str, told: Raw) -> Iterator[Raw]:
    for row in told["models"]:
        more = {"pool": pool, "source": told["source"], "date": told["day"]}
        yield {**row, **more, "is_listed": True}
