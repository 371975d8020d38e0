"""Who uses the assistant: their name, what they call it and which models they like."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from ai_sessions.assistant import profile_file
from ai_sessions.controls import one_line
from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ai_sessions.assistant.folder import Folder

    Plain = dict[str, Any]

NAME = profile_file.NAME


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
    return None if found is None else Profile(**profile_file.checked(found, folder.place(NAME)))


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
    ours: Plain = {name: getattr(profile, name) for name in profile_file.OURS}
    return {**ours, "favorite_models": list(profile.favorite_models), **profile.more}
