"""Facts and sums that only a checkpoint still knows, as entries of a journal.

When lines of a journal are lost, what they came to goes on as one entry for each model, so that the
bill, every sum and every export agree; its status says that it stands for calls that were lost.
"""

from __future__ import annotations

from ai_sessions import ids, money, token_kinds
from ai_sessions.store import facts as conversation
from ai_sessions.store import totals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Plain = dict[str, Any]

_FIELDS = ("status", "tags", "pinned", "calling")


def carried(lost: Plain) -> list[Plain]:
    """Entries that add up to the sums and facts of a checkpoint, less its first line."""
    sums, at = lost["totals"], lost["last_used"]
    calls = [_call(model, share, at) for model, share in sums["by_model"].items()]
    rest = {key: sums[key] for key in totals.SAID}
    if not calls and any(rest.values()):
        calls = [_call("", {}, at)]
    if calls:
        calls[0]["detail"] |= rest
        calls[0]["tokens"] = _rest_of_tokens(sums)
    facts = {key: lost[key] for key in _FIELDS}
    facts |= {f"resume.{name}": value for name, value in lost["resume"].items()}
    facts |= conversation.told(lost[conversation.KEY])
    facts["carried"] = lost["carried"] + sums["interactions"]
    return [*calls, *(_change(key, value, at) for key, value in facts.items())]


def of_lost_journal(lost: Plain) -> list[Plain]:
    """The same with ids that are always the same: readers get them from the checkpoint until a
    write puts them into a new journal.
    """
    told = enumerate(carried(lost))
    return [{**entry, "id": f"carried:{lost['uid']}:{number}"} for number, entry in told]


def missing(known: Plain, rest: Plain) -> Plain:
    """What a checkpoint knows and the lines that are left do not add up to."""
    sums, found = known["totals"], rest["totals"]
    models = {
        model: left
        for model, share in sums["by_model"].items()
        if any((left := _less(share, found["by_model"].get(model, {}))).values())
    }
    carries = {"carried": rest["carried"], "totals": {**_less(sums, found), "by_model": models}}
    return {**known, **carries}


def _less(sums: Plain, found: Plain) -> Plain:
    """Never below 0: a sum that is greater now is right."""
    return {
        key: max(0, count - found.get(key, 0)) for key, count in sums.items() if type(count) is int
    }


def _call(model: str, sums: Plain, at: str) -> Plain:
    unknown = bool(sums.get("unknown_costs")) and not sums.get("cost_nusd")
    nusd = None if unknown else sums.get("cost_nusd", 0)
    return {
        "type": "interaction",
        "id": ids.new(),
        "ts": at,
        "provider": "",
        "model": model,
        "messages": [],
        "tokens": _tokens(sums),
        "by_model": {model: _tokens(sums)},
        "cost": None if nusd is None else money.number(nusd),
        "cost_nusd": nusd,
        "cost_source": "unknown" if nusd is None else "checkpoint",
        "status": totals.CARRIED,
        "detail": {key: sums.get(key, 0) for key in ("interactions", "unknown_costs")},
    }


def _tokens(sums: Plain) -> Plain:
    return {key: sums.get(name, 0) for key, name in token_kinds.FIELDS.items()}


def _rest_of_tokens(sums: Plain) -> Plain:
    """Those of the session less those of all models but the first: both sums come out right."""
    others = list(sums["by_model"].values())[1:]
    return {
        key: max(0, sums[name] - sum(one.get(name, 0) for one in others))
        for key, name in token_kinds.FIELDS.items()
    }


def _change(key: str, value: Any, at: str) -> Plain:
    return {"type": "set", "id": ids.new(), "ts": at, "key": key, "value": value}
