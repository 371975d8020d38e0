"""What a conversation begins with: its system text, pins, state and limits, as a file tells them.

The file is YAML or JSON. Everything in it is optional, and a key that is not known is an error.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from datetime import timedelta
from typing import Any

from ai_sessions import labels, typed_times
from ai_sessions.config.spelling import nearest
from ai_sessions.errors import ConfigError, UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Json
from ai_sessions.yaml_text import NotYaml, parsed

Place = tuple[str | int, ...]
_NEVER = "never"
_MS = timedelta(milliseconds=1)
#: The largest whole number that every reader of JSON keeps exactly.
_MOST = 2**53


@dataclass(frozen=True, slots=True)
class Pinned:
    """Words to keep verbatim. `key` empty: one is made for it."""

    text: str
    key: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """`token_limit` None: the window of the model; `expires_in_ms` None: never."""

    system: str = ""
    pins: tuple[Pinned, ...] = ()
    state: Json = field(default_factory=dict)
    token_limit: int | None = None
    tags: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    expires_in_ms: int | None = None


class _Wrong(Exception):
    """A value that cannot be taken. `place`: where it is, below the key that is being read."""

    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__(message)
        self.message = message
        self.place: Place = place


def read(text: str, file: str) -> Opening:
    """The opening that a template tells. `file`: what it is called in messages.

    Raises `ConfigError` with file and line for anything that is not as it should be.
    """

    def wrong(place: Place, message: str) -> ConfigError:
        shown = (place[:length] for length in range(len(place), -1, -1))
        line = next((lines[one] for one in shown if one in lines), 1)
        return ConfigError(f"{file}:{line}: {message}")

    try:
        document, lines, twice = parsed(text)
    except NotYaml as error:
        raise ConfigError(f"{file}:{error.line}: {error.message}") from error
    if not isinstance(document, dict):
        raise wrong((), f"must be a map of {', '.join(_READERS)}, not {_brief(document)}")
    for line, key in twice:
        raise ConfigError(f"{file}:{line}: key {key!r} stands here twice")
    found: dict[str, Any] = {}
    for key, value in document.items():
        if key not in _READERS:
            raise wrong((str(key),), _unknown(str(key)))
        name, take = _READERS[key]
        try:
            found[name] = take(value)
        except _Wrong as error:
            raise wrong((key, *error.place), _at(key, error)) from None
    return Opening(**found)


def of_values(given: Mapping[str, Any]) -> Opening:
    """The opening that a program tells, by the names of its fields. Raises `UsageError`."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in _TAKERS:
            raise UsageError(f"no part of an opening: {name!r:.80}")
        try:
            found[name] = _TAKERS[name](value)
        except _Wrong as error:
            raise UsageError(_at(name, error)) from None
    return Opening(**found)


def expiry(text: str) -> int | None:
    """Milliseconds of `7d`, `12h` or `2 weeks`; None for `never`. Raises `UsageError`."""
    if text.strip().lower() == _NEVER:
        return None
    lasting = typed_times.age(text)
    if not lasting:
        raise UsageError(f"not a time to expire after: {text!r}", "give one such as 12h, 7d, never")
    return lasting // _MS


def _unknown(key: str) -> str:
    near = nearest(key, list(_READERS))
    hint = f"did you mean {near!r}?" if near else f"known: {', '.join(_READERS)}"
    return f"unknown key {key!r} ({hint})"


def _at(key: str, error: _Wrong) -> str:
    """`pins[0].text: must be text, not 3`."""
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.place)
    return f"{key}{shown}: {error.message}"


def _brief(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Wrong(f"must be text, not {_brief(value)}")
    if not value.strip():
        raise _Wrong("must not be empty")
    return value


def _checked(check: Callable[[str], Any], value: Any, *place: str | int) -> Any:
    """What `check` makes of a text, with its complaint at this place."""
    try:
        return check(_text(value))
    except UsageError as error:
        raise _Wrong(error.message, *place) from None
    except _Wrong as error:
        raise _Wrong(error.message, *place) from None


def _title(value: Any) -> str:
    return str(_checked(lambda text: labels.line("title", text.strip()), value))


def _limit(value: Any) -> int:
    if type(value) is not int or not 0 < value < _MOST:
        raise _Wrong(f"must be a whole number of tokens above 0, not {_brief(value)}")
    return value


def _limit_ms(value: Any) -> int:
    if type(value) is not int or not 0 < value < _MOST:
        raise _Wrong(f"must be milliseconds above 0, not {_brief(value)}")
    return value


def _tags(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _Wrong(f"must be a list of texts, not {_brief(value)}")
    return tuple(dict.fromkeys(_checked(labels.tag, one, at) for at, one in enumerate(value)))


def _expires(value: Any) -> int | None:
    if value is None:
        return None
    found: int | None = _checked(expiry, f"{value}d" if type(value) is int else value)
    return found


def _pins(value: Any) -> tuple[Pinned, ...]:
    """A list of texts or of maps with `text`, `key` and `reason`; or a map of texts by key."""
    if isinstance(value, dict):
        pairs = ((_checked(labels.key, key, str(key)), key) for key in value)
        return tuple(Pinned(_checked(_text, value[key], key), found) for found, key in pairs)
    if not isinstance(value, list):
        raise _Wrong(f"must be a list or a map of texts, not {_brief(value)}")
    found = tuple(_pin(at, one) for at, one in enumerate(value))
    keys = [one.key for one in found]
    for at, key in enumerate(keys):
        if key and key in keys[:at]:
            raise _Wrong(f"key {key!r} stands here twice", at)
    return found


def _pin(at: int, value: Any) -> Pinned:
    if not isinstance(value, dict):
        return Pinned(_checked(_text, value, at))
    for name in value:
        if name not in ("text", "key", "reason"):
            raise _Wrong(f"unknown key {name!r} (known: text, key, reason)", at, str(name))
    text = _checked(_text, value.get("text"), at, "text")
    key = _checked(labels.key, value["key"], at, "key") if "key" in value else ""
    reason = _checked(_text, value["reason"], at, "reason") if "reason" in value else ""
    return Pinned(text, key, reason)


def _state(value: Any) -> Json:
    if not isinstance(value, dict):
        raise _Wrong(f"must be a map, not {_brief(value)}")
    for key, one in value.items():
        _checked(labels.key, key, str(key))
        for place, inside in _leaves(one, (key,)):
            raise _Wrong(f"must be a JSON value, not {_brief(inside)}", *place)
    return value


def _leaves(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    """What JSON does not have, such as dates, with its place."""
    if isinstance(value, dict):
        for key, one in value.items():
            if not isinstance(key, str):
                yield place, key
            yield from _leaves(one, (*place, str(key)))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _leaves(one, (*place, at))
    elif not (value is None or isinstance(value, str | bool | int | float)) or (
        isinstance(value, float) and not math.isfinite(value)
    ):
        yield place, value


_READERS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "title": ("title", _title),
    "description": ("description", _text),
    "system": ("system", _text),
    "pins": ("pins", _pins),
    "state": ("state", _state),
    "limit": ("token_limit", _limit),
    "tags": ("tags", _tags),
    "expires": ("expires_in_ms", _expires),
}
#: The same by the names of the fields of `Opening`; programs tell a life in milliseconds.
_TAKERS: Mapping[str, Callable[[Any], Any]] = {
    **dict(_READERS.values()),
    "expires_in_ms": _limit_ms,
}
