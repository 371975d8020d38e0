"""A user's own models and pools: what may stand in the file, and how it joins what is built in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from ai_sessions.config.spelling import nearest
from ai_sessions.errors import ConfigError

Raw = Mapping[str, Any]
Check = Callable[[Any], Any]
#: A file of a person is a page; a megabyte is none.
_LARGEST = 1 << 20
_QUOTED = 60
#: A whole number that every program reads as it is.
_MOST = 2**53
_YEAR_S = 366 * 86_400
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
#: Providers that are no pools; one called so would never be asked.
TAKEN = ("gemini", "opencode", "openai", "anthropic", "ollama", "local", "demo", "echo", "auto")


def added(built_in: Raw, path: str) -> Raw:
    """`built_in` with the pools and models of the file at `path`.

    Raises `ConfigError` with the file, the place and the value that is wrong.
    """
    found = _Place(path).map(_parsed(path), {"pools": _is_map, "models": _is_list})
    pools = dict(built_in["pools"])
    for name, raw in found.get("pools", {}).items():
        pools[name] = _pool(_Place(path, f"pools: {name}"), name, raw, pools.get(name))
    models = {(one["pool"], one["id"]): one for one in built_in["models"]}
    for number, raw in enumerate(found.get("models", ()), 1):
        one = _model(_Place(path, f"models: entry {number}"), raw, pools)
        models[one["pool"], one["id"]] = {**models.get((one["pool"], one["id"]), {}), **one}
    return {**built_in, "pools": pools, "models": list(models.values())}


class _Place:
    """Where in the file we are, for what is said of a wrong value."""

    def __init__(self, path: str, name: str = "") -> None:
        self._path = path
        self._name = name

    def map(self, raw: Any, fields: Mapping[str, Check]) -> dict[str, Any]:
        """The values of a map, each as its check returns it."""
        if not isinstance(raw, dict):
            raise self.wrong(raw, "a map of names to values")
        return {name: self._value(str(name), value, fields) for name, value in raw.items()}

    def wrong(self, value: Any, wanted: str, name: str = "") -> ConfigError:
        shown = repr(value)
        shown = shown if len(shown) <= _QUOTED else f"{shown[:_QUOTED]}…"
        where = ": ".join(part for part in (self._path, self._name, name) if part)
        return ConfigError(f"{where}: {shown} is not {wanted}", f"write {wanted}")

    def unknown(self, what: str, name: str, known: list[str]) -> ConfigError:
        near = nearest(name, known)
        where = ": ".join(part for part in (self._path, self._name) if part)
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(known)}"
        return ConfigError(f"{where}: no such {what}: {name!r}", hint)

    def _value(self, name: str, value: Any, fields: Mapping[str, Check]) -> Any:
        if name not in fields:
            raise self.unknown("field", name, list(fields))
        try:
            return fields[name](value)
        except _Wanted as error:
            raise self.wrong(error.value, str(error), name) from error


class _Wanted(ValueError):
    """What should stand there in place of `value`."""

    def __init__(self, value: Any, wanted: str) -> None:
        super().__init__(wanted)
        self.value = value


def _pool(place: _Place, name: Any, raw: Any, known: Raw | None) -> dict[str, Any]:
    told = place.map(raw, _POOL)
    if known is None and not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise place.wrong(name, "a name of lower-case letters, digits, - and _")
    if name in TAKEN:
        raise place.wrong(name, "a name that is free: a provider is called so")
    if known is not None and not known["url"] and "url" in told:
        raise place.wrong(told["url"], "a subscription, which has no url")
    if known is None and "url" not in told:
        raise place.wrong(raw, "a pool with a url")
    return {**(known or {"title": name}), **told}


def _model(place: _Place, raw: Any, pools: Raw) -> dict[str, Any]:
    told = place.map(raw, _MODEL)
    if missing := next((name for name in ("pool", "id") if not told.get(name)), ""):
        raise place.wrong(raw, f"a model with its {missing}")
    if told["pool"] not in pools:
        raise place.unknown("pool", told["pool"], list(pools))
    return told


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise _Wanted(value, "text of one line")
    return value


def _url(value: Any) -> str:
    if not (isinstance(value, str) and re.fullmatch(r"https?://[^\s/]+\S*", value)):
        raise _Wanted(value, "a URL such as http://127.0.0.1:8080/v1")
    return value.rstrip("/")


def _variable(value: Any) -> str:
    if not (isinstance(value, str) and (not value or value.isidentifier())):
        raise _Wanted(value, "the name of a variable, such as GROQ_API_KEY")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise _Wanted(value, "a whole number above 0")
    if value > _MOST:
        raise _Wanted(value, f"a whole number up to {_MOST:,}")
    return value


def _seconds(value: Any) -> int:
    if _whole(value) > _YEAR_S:
        raise _Wanted(value, f"a number of seconds up to a year, {_YEAR_S}")
    return int(value)


def _amount(value: Any) -> int | None:
    return None if value is None else _whole(value)


def _yes_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Wanted(value, "true or false")
    return value


def _day(value: Any) -> str:
    """YAML reads a day as one by itself."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    try:
        return date.fromisoformat(value).isoformat() if value else ""
    except (TypeError, ValueError):
        raise _Wanted(value, "a day such as 2026-11-29") from None


def _one_of(*words: str) -> Check:
    def check(value: Any) -> str:
        if value not in words:
            raise _Wanted(value, f"one of {', '.join(words)}")
        return str(value)

    return check


def _zone(value: Any) -> str:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(value).key
    except (OSError, ValueError, TypeError, LookupError):
        raise _Wanted(value, "a time zone such as UTC or America/Los_Angeles") from None


def _limits(value: Any) -> list[dict[str, Any]]:
    return [_limit(one) for one in _is_list(value)]


def _limit(value: Any) -> dict[str, Any]:
    told = {name: _LIMIT[name](one) for name, one in _is_map(value, _LIMIT).items()}
    if not {"unit", "period"} <= set(told):
        raise _Wanted(value, "a limit such as {unit: requests, period: day, amount: 1000}")
    if (told["period"] == "rolling") != ("rolling_s" in told):
        raise _Wanted(value, "a limit with rolling_s if its period is rolling, else without")
    return {**told, "origin": "user"}


def _capabilities(value: Any) -> list[str]:
    known = _one_of("text", "tools", "vision", "json")
    return [known(one) for one in _is_list(value)]


def _is_map(value: Any, fields: Mapping[str, Check] | None = None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wanted(value, "a map of names to values")
    if fields and (other := next((name for name in value if name not in fields), None)) is not None:
        raise _Wanted(other, f"one of {', '.join(fields)}")
    return value


def _is_list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _Wanted(value, "a list")
    return value


_LIMIT: dict[str, Check] = {
    "unit": _one_of("requests", "tokens", "nusd", "percent"),
    "period": _one_of("minute", "day", "rolling"),
    "amount": _amount,
    "zone": _zone,
    "rolling_s": _seconds,
    "free_only": _yes_no,
}
_POOL: dict[str, Check] = {
    "title": _text,
    "url": _url,
    "key_variable": _variable,
    "key_url": _text,
    "default_model": _text,
    "is_free": _yes_no,
    "limits": _limits,
    "note": _text,
    "source": _text,
    "date": _day,
}
_MODEL: dict[str, Check] = {
    "pool": _text,
    "id": _text,
    "display_name": _text,
    "window": _amount,
    "best_for": _text,
    "free": _yes_no,
    "free_tier": _yes_no,
    "limits": _limits,
    "capabilities": _capabilities,
    "retired": _day,
    "is_last_resort": _yes_no,
    "source": _text,
    "date": _day,
}


def _parsed(path: str) -> Any:
    """What stands in the file; an empty one says nothing."""
    text = _read(path)
    if len(text) > _LARGEST:
        raise ConfigError(f"{path}: {len(text):,} characters (at most {_LARGEST:,})")
    found = _json(text, path) if path.endswith(".json") else _yaml(text, path)
    return {} if found is None else found


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read(_LARGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(f"cannot read {path}: {told}", "AI_MODELS_FILE names it") from error


def _json(text: str, path: str) -> Any:
    import json

    try:
        return json.loads(text) if text.strip() else None
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: not JSON: too deep") from error


def _yaml(text: str, path: str) -> Any:
    from ai_sessions import yaml_text

    try:
        return yaml_text.loaded(text, _LARGEST)
    except yaml_text.NotYaml as error:
        line = f":{error.line}" if error.line else ""
        raise ConfigError(f"{path}{line}: {error.message}") from error
