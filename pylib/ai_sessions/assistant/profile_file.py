"""`user_session.json`, and what may stand in it. Light on imports, for greetings."""

from __future__ import annotations

from ai_sessions import times
from ai_sessions.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Plain = dict[str, Any]

NAME = "user_session.json"
_TEXTS = ("user_name", "assistant_name", "preferred_model", "created_at", "last_active")
#: Our own fields; what else stands in the file is of other programs.
OURS = (*_TEXTS, "total_conversations", "favorite_models")


def checked(found: Plain, path: str) -> Plain:
    """The fields of a profile, and under `more` what other programs keep there.

    Raises `ConfigError` for a value that cannot be one.
    """
    return {
        **{name: _text(found, name, path) for name in _TEXTS},
        "total_conversations": _count(found, path),
        "favorite_models": _favourites(found, path),
        "more": {name: value for name, value in found.items() if name not in OURS},
    }


def _text(found: Plain, name: str, path: str) -> str:
    value = found.get(name, "")
    if not isinstance(value, str):
        raise _wrong(path, name, value, "text")
    if name in ("created_at", "last_active") and value and not times.read(value, None):
        raise _wrong(path, name, value, "a time such as 2025-01-15T10:30:00")
    if name == "user_name" and not value.strip():
        raise _wrong(path, name, value, "the name of the user")
    return value


def _count(found: Plain, path: str) -> int:
    value = found.get("total_conversations", 0)
    if type(value) is not int or value < 0:
        raise _wrong(path, "total_conversations", value, "a whole number from 0")
    return value


def _favourites(found: Plain, path: str) -> tuple[str, ...]:
    value = found.get("favorite_models", [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong(path, "favorite_models", value, "a list of models")
    return tuple(value)


def _wrong(path: str, name: str, value: Any, wanted: str) -> ConfigError:
    hint = "mend it, or begin anew: assistant.sh --reset, then --init; it was left as it is"
    return ConfigError(f"{path}: {name} is {str(value)[:60]!r}, not {wanted}", hint)
