"""Files that come with a message of Telegram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sessions.bots.events import Attachment

if TYPE_CHECKING:
    from telegram import Message, PhotoSize

#: Kind -> the name and media type of one that tells none.
_KINDS = {
    "document": ("file", ""),
    "voice": ("voice.ogg", "audio/ogg"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "video": ("video.mp4", "video/mp4"),
    "video_note": ("video.mp4", "video/mp4"),
}


def of(message: Message) -> tuple[Attachment, ...]:
    """Those of a message; of a photo, its largest size."""
    if message.photo:
        return (_photo(max(message.photo, key=lambda one: one.width * one.height)),)
    found = ((kind, getattr(message, kind)) for kind in _KINDS)
    return tuple(_file(kind, one) for kind, one in found if one)


def _photo(size: PhotoSize) -> Attachment:
    return Attachment(size.file_id, "photo.jpg", "image/jpeg", size.file_size)


def _file(kind: str, told: Any) -> Attachment:
    name, media = _KINDS[kind]
    return Attachment(
        told.file_id,
        getattr(told, "file_name", None) or name,
        getattr(told, "mime_type", None) or media,
        told.file_size,
    )
