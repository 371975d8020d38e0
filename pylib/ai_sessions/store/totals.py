"""What a journal adds up to: a checkpoint is a pure function of the lines before it.

Works on the plain objects of the journal, so that `list` needs no records. Money is summed in whole
nano-dollars: any order and any rebuild give the same number.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Plain = dict[str, Any]

#: Format of the checkpoint (and of the store as a whole).
SCHEMA = 2
#: How many ids of interactions are remembered, so that a repeated append adds nothing.
RECENT = 32
#: Journal's name of a token count -> the checkpoint's.
TOKENS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write": "cache_write_tokens",
    "cache_write_1h": "cache_write_1h_tokens",
    "reasoning": "reasoning_tokens",
}
_TOKEN_NAMES = tuple(TOKENS.items())
_SUMS = ("interactions", *TOKENS.values(), "unknown_costs", "cost_nusd")
_COUNTS = (*_SUMS, "messages", "errors")
_TEXTS = ("uid", "command", "feature", "project", "created_at")
_TEXT_FIELDS = (*_TEXTS, "last_used", "status")


def empty(name: str) -> Plain:
    """The checkpoint of a journal without lines."""
    return {
        "schema": SCHEMA,
        "name": name,
        "uid": "",
        "command": "",
        "feature": "",
        "project": "",
        "created_at": "",
        "last_used": "",
        "status": "active",
        "tags": [],
        "pinned": False,
        "calling": {},
        "resume": {},
        "totals": {
            **dict.fromkeys(("interactions", "messages", "errors"), 0),
            **_no_sums(),
            "by_model": {},
        },
        "recent_ids": [],
        "journal": {"bytes": 0, "seq": -1, "tail": "", "bad_lines": 0},
    }


def fold(checkpoint: Plain, entries: Iterable[Plain]) -> Plain:
    """`checkpoint` with `entries` added; the argument is left as it was."""
    result: Plain = _copy(checkpoint)
    for entry in entries:
        add(result, entry)
    return result


def add(checkpoint: Plain, entry: Plain) -> None:
    """`fold` of one entry, in place: for whoever made the checkpoint and shares it with nobody."""
    adder = _ADDERS.get(entry["type"])
    if adder:
        adder(checkpoint, entry)
    journal = checkpoint["journal"]
    journal["seq"] = max(journal["seq"], entry.get("seq", -1))


def well_formed(entry: Plain) -> bool:
    """Whether the fields that are added up have the right types (hand edits may break them)."""
    if type(entry.get("seq", 0)) is not int:
        return False
    check = _CHECKS.get(entry["type"])
    return check is None or check(entry)


def sound(checkpoint: Any) -> bool:
    """Whether this is a checkpoint of our schema with every field of the right type."""
    try:
        totals, journal = checkpoint["totals"], checkpoint["journal"]
        return (
            checkpoint["schema"] == SCHEMA
            and _types(checkpoint, ("tags", "recent_ids")) == {list}
            and _types(checkpoint, ("resume", "calling")) == _types(totals, ("by_model",)) == {dict}
            and _types(checkpoint, _TEXT_FIELDS) == {str}
            and _types(totals, _COUNTS) == {int}
            and all(_types(share, _SUMS) == {int} for share in totals["by_model"].values())
            and _types(journal, ("bytes", "seq", "bad_lines")) == {int}
            and journal["bytes"] >= 0
            and type(journal["tail"]) is str
        )
    except (TypeError, KeyError, AttributeError):
        return False


def is_repeat(checkpoint: Plain, entry: Plain) -> bool:
    """Whether this interaction is in already (as far as the remembered ids reach)."""
    return entry["type"] == "interaction" and entry.get("id") in checkpoint["recent_ids"]


def dollars(nusd: int) -> float:
    """Nano-dollars as the nearest JSON number of dollars."""
    return nusd / 1_000_000_000


def facts(checkpoint: Plain) -> Plain:
    """What a new journal must start from when the old one is lost: all but the position."""
    return {
        key: value
        for key, value in _copy(checkpoint).items()
        if key not in {"schema", "name", "recent_ids", "journal", "notices"}
    }


def _add_session(checkpoint: Plain, entry: Plain) -> None:
    checkpoint["schema"] = max(checkpoint["schema"], entry.get("store", SCHEMA))
    for key in _TEXTS:
        checkpoint[key] = checkpoint[key] or entry.get(key, "")
    used = (checkpoint["last_used"], checkpoint["created_at"], entry.get("last_used", ""))
    checkpoint["last_used"] = max(used)
    carried = entry.get("carried")
    if carried and sound({**empty(""), **carried}):
        checkpoint.update(_copy(carried))


def _add_interaction(checkpoint: Plain, entry: Plain) -> None:
    if is_repeat(checkpoint, entry):
        return
    checkpoint["recent_ids"].append(entry["id"])
    del checkpoint["recent_ids"][:-RECENT]
    totals = checkpoint["totals"]
    totals["messages"] += len(entry["messages"])
    totals["errors"] += entry["status"] != "ok"
    _add_sums(totals, entry)
    _add_resume(checkpoint["resume"], entry)
    checkpoint["calling"] = {}
    _use(checkpoint, entry)


def _add_sums(totals: Plain, entry: Plain) -> None:
    """Tokens go to the models that used them, the call and its price to the one that was asked."""
    by_model, tokens = totals["by_model"], entry["tokens"]
    asked = _sums_of(by_model, entry["model"])
    if shares := entry.get("by_model"):
        _add_tokens(tokens, totals)
        for model, used in shares.items():
            _add_tokens(used, _sums_of(by_model, model))
    else:
        _add_tokens(tokens, totals, asked)
    _add_price(entry["cost_nusd"], totals, asked)


def _add_resume(resume: Plain, entry: Plain) -> None:
    """A conversation that turned out to be gone never replaces one that may be good."""
    if entry.get("resume") and entry["status"] != "session_gone":
        resume[entry["provider"]] = entry["resume"]


def _add_message(checkpoint: Plain, entry: Plain) -> None:
    checkpoint["totals"]["messages"] += 1
    _use(checkpoint, entry)


def _add_change(checkpoint: Plain, entry: Plain) -> None:
    """Keys we do not know (of a later version) stay in the journal and change nothing here."""
    key, value = entry["key"], entry.get("value")
    if key.startswith("resume."):
        provider = key.removeprefix("resume.")
        if value is None:
            checkpoint["resume"].pop(provider, None)
        elif _is_resume(value):
            checkpoint["resume"][provider] = _copy(value)
    elif key in _CHANGEABLE and type(value) is _CHANGEABLE[key]:
        checkpoint[key] = _copy(value)


def _add_tokens(tokens: Plain, *all_sums: Plain) -> None:
    for key, name in _TOKEN_NAMES:
        if count := tokens.get(key):
            for sums in all_sums:
                sums[name] += count


def _add_price(nusd: int | None, *all_sums: Plain) -> None:
    for sums in all_sums:
        sums["interactions"] += 1
        if nusd is None:
            sums["unknown_costs"] += 1
        else:
            sums["cost_nusd"] += nusd
            sums["cost"] = dollars(sums["cost_nusd"])


def _sums_of(by_model: Plain, model: str) -> Plain:
    if model not in by_model:
        by_model[model] = _no_sums()
    sums: Plain = by_model[model]
    return sums


def _no_sums() -> Plain:
    return {**dict.fromkeys(_SUMS, 0), "cost": 0.0}


def _use(checkpoint: Plain, entry: Plain) -> None:
    """The clock may go back; `last_used` never does. Other forms of time are not compared."""
    at = entry.get("ts", "")
    if at.endswith("Z") and at[:4].isdigit():
        checkpoint["last_used"] = max(checkpoint["last_used"], at)


def _types(part: Plain, keys: tuple[str, ...]) -> set[type]:
    return {type(part[key]) for key in keys}


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _is_tokens(value: Any) -> bool:
    return isinstance(value, dict) and all(type(value.get(key, 0)) is int for key in TOKENS)


def _is_resume(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str)


def _good_session(entry: Plain) -> bool:
    return type(entry.get("store", SCHEMA)) is int and all(
        isinstance(entry.get(key, ""), str) for key in (*_TEXTS, "last_used")
    )


def _good_interaction(entry: Plain) -> bool:
    nusd = entry.get("cost_nusd", "")
    shares = entry.get("by_model") or {}
    return (
        all(isinstance(entry.get(key), str) for key in ("id", "provider", "model", "status"))
        and isinstance(entry.get("ts", ""), str)
        and (nusd is None or type(nusd) is int)
        and isinstance(entry.get("messages"), list)
        and _is_tokens(entry.get("tokens"))
        and isinstance(shares, dict)
        and all(map(_is_tokens, shares.values()))
        and (not entry.get("resume") or _is_resume(entry["resume"]))
    )


def _good_message(entry: Plain) -> bool:
    return all(isinstance(entry.get(key, ""), str) for key in ("ts", "role", "text"))


def _good_change(entry: Plain) -> bool:
    return isinstance(entry.get("key"), str)


_CHANGEABLE = {"status": str, "tags": list, "pinned": bool, "calling": dict}
_ADDERS = {
    "session": _add_session,
    "interaction": _add_interaction,
    "message": _add_message,
    "set": _add_change,
}
_CHECKS = {
    "session": _good_session,
    "interaction": _good_interaction,
    "message": _good_message,
    "set": _good_change,
}
