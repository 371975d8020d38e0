"""What the entries of a session add up to, as fields of a hash: sums by `HINCRBY`, facts as JSON.

A field is `n:<sum>` (of the session), `m:<sum>:<model>` or `f:<fact>`. What an entry changes is
told by `totals.effects` alone; a script makes the changes without knowing what they mean.
"""

import json
from collections.abc import Mapping
from typing import Any

from ai_sessions.store import facts, totals

Plain = dict[str, Any]
#: Stands for the number of an entry, which is known when it has been added.
_NUMBER = 2**62


def line_of(entry: Plain) -> str:
    """An entry as the log has it: its place there is its number."""
    return text_of({key: value for key, value in entry.items() if key != "seq"})


def text_of(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def steps(entry: Plain) -> list[list[str]]:
    """What `scripts.WRITE` has to do for an entry that it adds."""
    change = totals.effects({**entry, "seq": _NUMBER})
    found = [
        ["+", _sum(key, model), str(added)]
        for model, sums in change.counts.items()
        for key, added in (sums or {"interactions": 0}).items()
    ]
    for key, value in change.fields.items():
        if totals.is_put(key, value):
            found.append(_step(f"f:{key}", value))
    found += [["1", f"f:{key}", text_of(value)] for key, value in change.first.items()]
    found += [[">", f"f:{key}", text_of(value)] for key, value in change.latest.items()]
    if change.answers:
        found.append(["?", change.answers])
    if facts.changes([entry]):
        found.append(["g", ""])
    return found


def fields(checkpoint: Plain) -> dict[str, str]:
    """The hash of a session that adds up to `checkpoint`."""
    kept = totals.fields(checkpoint).items()
    return {f"f:{key}": text_of(value) for key, value in kept} | {
        _sum(key, model): str(count)
        for model, sums in totals.counts(checkpoint).items()
        for key, count in sums.items()
    }


def checkpoint_of(name: str, found: Mapping[str, str], last: int) -> Plain:
    """What the hash of a session says; `last`: number of its last entry."""
    kept = {key[2:]: json.loads(value) for key, value in found.items() if key.startswith("f:")}
    checkpoint = totals.with_fields(name, kept)
    change = totals.Effects()
    for field, value in found.items():
        kind, _, rest = field.partition(":")
        if kind == "f":
            continue
        key, _, model = rest.partition(":")
        change.counts.setdefault(model if kind == "m" else None, {})[key] = int(value)
    totals.apply(checkpoint, change)
    checkpoint["journal"]["seq"] = last
    return checkpoint


def _sum(key: str, model: str | None) -> str:
    return f"n:{key}" if model is None else f"m:{key}:{model}"


def _step(field: str, value: Any) -> list[str]:
    if value is _NUMBER:
        return ["#", field]
    return ["-", field] if value is None else ["=", field, text_of(value)]
