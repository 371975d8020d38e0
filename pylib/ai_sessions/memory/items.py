"""What a summary is made of: single statements, each with the messages that it comes from."""

from __future__ import annotations

from typing import Any, Literal, get_args

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Json

ItemKind = Literal[
    "goal",
    "constraint",
    "decision",
    "preference",
    "fact",
    "artifact",
    "command",
    "error",
    "next",
    "said",
]
KINDS: tuple[ItemKind, ...] = get_args(ItemKind)


@dataclass(frozen=True, slots=True)
class Item:
    """One statement. `command`: one that ran and passed; `said`: anything that fits no other kind.

    `sources`: ids of messages, the newest last. `at`: when the newest of them was said, RFC 3339;
    empty: nobody knows. `commit`: of the project at that time; empty: none.
    """

    kind: ItemKind
    text: str
    sources: tuple[str, ...] = ()
    at: str = ""
    commit: str = ""
    role: str = ""
    """Who said it; empty: several, or nobody knows."""


def to_json(item: Item) -> Json:
    """As it is kept in `Summary.items`; what is empty is left out."""
    told = {
        "kind": item.kind,
        "text": item.text,
        "sources": list(item.sources),
        "at": item.at,
        "commit": item.commit,
        "role": item.role,
    }
    return {key: value for key, value in told.items() if value}


def of_json(told: Any) -> Item | None:
    """The item of `to_json`; None for anything else, such as one of a later version."""
    if not isinstance(told, dict):
        return None
    kind, text, sources = told.get("kind"), told.get("text"), told.get("sources", [])
    if kind not in KINDS or not isinstance(text, str) or not isinstance(sources, list):
        return None
    at, commit, role = (_text(told, key) for key in ("at", "commit", "role"))
    return Item(kind, text, tuple(map(str, sources)), at, commit, role)


def of_summary(items: tuple[Json, ...]) -> tuple[Item, ...]:
    """Those of a summary's items that are known here."""
    return tuple(item for item in map(of_json, items) if item)


def _text(told: dict[str, Any], key: str) -> str:
    value = told.get(key)
    return value if isinstance(value, str) else ""
