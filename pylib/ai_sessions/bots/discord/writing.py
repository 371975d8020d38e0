"""Messages of ours as Discord takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_sessions.bots.adapter import Message
    from ai_sessions.bots.events import Button

#: No preview is made of links: whoever wrote one into an answer would hear that it was shown.
_NO_PREVIEWS = 1 << 2
_NO_SOUND = 1 << 12
#: For who pressed the button alone.
_FOR_ONE = 1 << 6
#: Nobody is called by what a model writes, not even @everyone.
_CALLS_NOBODY = {"parse": [], "replied_user": False}
#: Discord takes no message without a character; this one is not seen.
_EMPTY = "\u200b"
_IN_A_ROW, _LABEL = 5, 80


def message(said: Message) -> dict[str, Any]:
    """A new one."""
    made = edited(said)
    made["flags"] = _NO_PREVIEWS | (_NO_SOUND if said.is_quiet else 0)
    if said.nonce:
        made |= {"nonce": said.nonce, "enforce_nonce": True}
    if said.reply_to:
        made["message_reference"] = {"message_id": said.reply_to, "fail_if_not_exists": False}
    return made


def edited(said: Message) -> dict[str, Any]:
    """What another text makes of one that is there."""
    return {
        "content": said.text if said.text.strip() else _EMPTY,
        "components": _rows(said.buttons),
        "allowed_mentions": _CALLS_NOBODY,
        "flags": _NO_PREVIEWS,
    }


def for_one(text: str) -> dict[str, Any]:
    """What only one person sees."""
    return {"content": text, "flags": _FOR_ONE, "allowed_mentions": _CALLS_NOBODY}


def file(caption: str, name: str) -> dict[str, Any]:
    """What goes with one."""
    return {
        "content": caption,
        "allowed_mentions": _CALLS_NOBODY,
        "attachments": [{"id": 0, "filename": name}],
    }


def _rows(buttons: Sequence[Button]) -> list[dict[str, Any]]:
    made = [
        {"type": 2, "style": 2, "label": one.label[:_LABEL], "custom_id": one.data}
        for one in buttons
    ]
    rows = (made[at : at + _IN_A_ROW] for at in range(0, len(made), _IN_A_ROW))
    return [{"type": 1, "components": row} for row in rows]
