"""Who uses the assistant: their name, what they call it and which models they like."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from ai_sessions import times
from ai_sessions.controls import one_line
from ai_sessions.errors import ConfigError
from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ai_sessions.assistant.folder import Folder

    Plain = dict[str, Any]

NAME = "user_session.json"


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as `user_session.json` has them. Times are of this machine's clock, as they stand
    in the file: `2025-01-15T10:30:00`.
    """

    user_name: str
    assistant_name: str
    preferred_model: str
    """As its provider names it: `deepseek/deepseek-r1:free`."""
    created_at: str
    last_active: str
    total_conversations: int = 0
    favorite_models: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    """What other programs keep in the file."""


_TEXTS = ("user_name", "assistant_name", "preferred_model", "created_at", "last_active")
_OURS = (*_TEXTS, "total_conversations", "favorite_models")


def created(user_name: str, assistant_name: str, model: str, now: datetime) -> Profile:
    """A new person, who likes the model that they chose."""
    at = stamp(now)
    names = one_line(user_name), one_line(assistant_name)
    return Profile(*names, model, at, at, favorite_models=(model,))


def stamp(now: datetime) -> str:
    """A time as these files have it."""
    return now.astimezone().replace(tzinfo=None).isoformat(timespec="seconds")


def read(folder: Folder) -> Profile | None:
    """None when nobody has said who they are. Raises `ConfigError` when the file is no profile."""
    found = folder.read(NAME)
    return None if found is None else _profile(found, folder.place(NAME))


def save(folder: Folder, profile: Profile) -> None:
    folder.write(NAME, _plain(profile))


def change(folder: Folder, changed: Callable[[Profile], Profile]) -> Profile | None:
    """Save what `changed` makes of the profile as it is now; None when there is none."""
    with folder.held():
        known = read(folder)
        if known is None:
            return None
        profile = changed(known)
        save(folder, profile)
    return profile


def active(profile: Profile, now: datetime, *, conversations: int = 0) -> Profile:
    """The profile after something was done; `conversations` were begun by it."""
    total = profile.total_conversations + conversations
    return replace(profile, last_active=stamp(now), total_conversations=total)


def liking(profile: Profile, model: str) -> Profile:
    """The profile with one more favourite; it is the preferred model from now on."""
    others = [one for one in profile.favorite_models if one != model]
    return replace(profile, preferred_model=model, favorite_models=(*others, model))


def unliking(profile: Profile, model: str) -> Profile:
    """The profile with one favourite less."""
    others = tuple(one for one in profile.favorite_models if one != model)
    return replace(profile, favorite_models=others)


def _plain(profile: Profile) -> Plain:
    ours: Plain = {name: getattr(profile, name) for name in _OURS}
    return {**ours, "favorite_models": list(profile.favorite_models), **profile.more}


def _profile(found: Plain, path: str) -> Profile:
    return Profile(
        **{name: _text(found, name, path) for name in _TEXTS},
        total_conversations=_count(found, path),
        favorite_models=_favourites(found, path),
        more={name: value for name, value in found.items() if name not in _OURS},
    )


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
