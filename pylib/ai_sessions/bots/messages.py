"""A person's message as a model is told it: who said it, its text, and what was attached."""

from __future__ import annotations

import base64
import hashlib
import logging
from typing import TYPE_CHECKING

from ai_sessions.bots.adapter import Away, Unfetched
from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from ai_sessions.bots.desk import Asked, Desk
    from ai_sessions.bots.events import Attachment
    from ai_sessions.records import Json

_LOG = logging.getLogger("ai_sessions")
#: Characters of a text file that are told; the middle of a longer one is left out.
_MOST_TEXT = 60_000
#: Bytes of an image or document that a model is shown; servers refuse larger ones.
_MOST_SHOWN = 5 << 20
#: Images and documents that models can be shown as they are.
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_DOCUMENTS = ("application/pdf",)


@dataclass(frozen=True, slots=True)
class Question:
    """`text`: what is said, with the text of attached files. `parts`: images and documents."""

    text: str
    parts: tuple[Json, ...] = ()


async def question(desk: Desk, asked: Asked) -> Question:
    """With the sender's name where several talk in one session: in the message and not in the
    system text, which models keep in a cache.
    """
    event = asked.event
    is_shared = not (event.place.is_private or desk.parts.settings()["BOT_PER_USER"])
    name = f"{event.sender.name}: " if is_shared and event.sender.name else ""
    files = [await _told(desk, one) for one in event.attachments]
    texts = [text for text in (event.text, *(one.text for one in files)) if text]
    return Question(name + "\n\n".join(texts), tuple(part for one in files for part in one.parts))


async def _told(desk: Desk, attachment: Attachment) -> Question:
    """A file: its name, kind, size and hash; with its text, or as a part to look at."""
    try:
        data = await desk.fetch(attachment)
    except (Unfetched, Away) as error:
        _LOG.warning("attachment %s: %s", attachment.name, error)
        return Question(f"[attached, and cannot be read: {_named(attachment)}: {error}]")
    kind = _kind(attachment.media, data)
    digest = hashlib.sha256(data).hexdigest()
    head = f"[attached: {_named(attachment)}, {kind}, {len(data):,} bytes, sha256 {digest}]"
    if kind in (*_IMAGES, *_DOCUMENTS):
        return _shown(attachment, kind, data, head)
    text = _text(data)
    return Question(head if text is None else f"{head}\n{_fenced(text)}")


def _shown(attachment: Attachment, kind: str, data: bytes, head: str) -> Question:
    if len(data) > _MOST_SHOWN:
        return Question(f"{head} (too large to be shown)")
    address = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    if kind in _IMAGES:
        return Question(head, ({"type": "image_url", "image_url": {"url": address}},))
    file = {"filename": _named(attachment), "file_data": address}
    return Question(head, ({"type": "file", "file": file},))


def _named(attachment: Attachment) -> str:
    """Its name, on one line."""
    return " ".join(attachment.name.split())[:100] or "a file"


def _kind(media: str, data: bytes) -> str:
    """The media type: what the bytes are where they say so, else what the service says."""
    for begin, found in _BEGINNINGS:
        if data.startswith(begin):
            return found
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    plain = media.partition(";")[0].strip().lower()
    return "application/octet-stream" if not plain or plain in (*_IMAGES, *_DOCUMENTS) else plain


#: How files of these kinds begin.
_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)


def _text(data: bytes) -> str | None:
    """The text of a file; None: it is none."""
    if b"\0" in data:
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if len(text) <= _MOST_TEXT:
        return text
    half = _MOST_TEXT // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half:,} characters are left out …]\n{text[-half:]}"


def _fenced(text: str) -> str:
    """Between fences that the text does not have."""
    longest = max((len(run) for run in _runs(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{fence}"


def _runs(text: str) -> list[str]:
    return [run for run in "".join(one if one == "`" else " " for one in text).split() if run]
