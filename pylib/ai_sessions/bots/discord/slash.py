"""Our commands as Discord's slash commands: the same list, told when it has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ai_sessions.bots.commands.command import Command

#: Discord's kinds: a command that is typed, an option that is a text.
_TYPED, _TEXT = 1, 3
_MOST = 100
_OPTION = "text"


def listed(commands: Iterable[Command]) -> list[dict[str, Any]]:
    """As Discord takes them."""
    return [
        {
            "type": _TYPED,
            "name": one.name,
            "description": one.tells[:_MOST],
            "options": [_option(one.takes)] if one.takes else [],
        }
        for one in commands
    ]


def _option(takes: str) -> dict[str, Any]:
    return {"type": _TEXT, "name": _OPTION, "description": takes[:_MOST], "required": False}


def is_same(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> bool:
    """Whether Discord has this list, in whichever order."""
    return _known(ours) == _known(theirs)


def _known(commands: list[dict[str, Any]]) -> dict[str, Any]:
    """By name, what we say of each; Discord adds fields of its own."""
    return {
        str(one["name"]): (
            one.get("type", _TYPED),
            one.get("description"),
            [
                (option.get("type"), option.get("name"), option.get("description"))
                for option in one.get("options") or ()
            ],
            any(option.get("required") for option in one.get("options") or ()),
        )
        for one in commands
    }
