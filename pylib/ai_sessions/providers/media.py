"""Images and documents of a message, whichever API's form they have, in the form of another one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import parts
from ai_sessions.providers.fields import table, word
from ai_sessions.records import Json

#: A data URI: its type and its bytes in base64.
_DATA = re.compile(r"data:([\w.+/-]+);base64,(.*)", re.DOTALL)
#: What `kind` may say.
KINDS = ("image", "document", "audio", "upload")
_WORDS = ("text", "input_text", "output_text", "refusal")
_IMAGES = ("image", "image_url", "input_image")
_DOCUMENTS = ("document", "file", "input_file")


@dataclass(frozen=True, slots=True)
class _File:
    """`address`: a URL, or a data URI with its content."""

    kind: Literal["image", "document"]
    address: str
    name: str = ""


def for_openai(part: Json) -> dict[str, Any]:
    """As chat completions take it; what they have no form for is told in words."""
    if word(part, "type") in ("image_url", "input_audio", "file"):
        return dict(part)
    found = _file(part)
    if found and found.kind == "image":
        return {"type": "image_url", "image_url": {"url": found.address}}
    if found and _DATA.fullmatch(found.address):
        file = {"filename": found.name or "document", "file_data": found.address}
        return {"type": "file", "file": file}
    return {"type": "text", "text": parts.words(part)}


def for_anthropic(part: Json) -> dict[str, Any]:
    """As messages take it; what they have no form for is told in words."""
    if word(part, "type") in ("image", "document") and table(part, "source"):
        return dict(part)
    found = _file(part)
    if found is None:
        return {"type": "text", "text": parts.words(part)}
    title = {"title": found.name} if found.name and found.kind == "document" else {}
    return {"type": found.kind, "source": _source(found.address), **title}


def kind(part: Json) -> str:
    """Which of `KINDS` a part is; `upload`: its own server alone knows where it is. Of a part that
    can be shown to nobody its own type, empty where it is no more than words.
    """
    named = word(part, "type")
    if named == "input_audio":
        return "audio"
    if named in ("image", "document") and table(part, "source"):
        return named
    found = _file(part)
    if found:
        return found.kind
    if named in ("image_url", "file"):
        return "upload"
    return "" if named in _WORDS else named


def _source(address: str) -> dict[str, str]:
    if data := _DATA.fullmatch(address):
        return {"type": "base64", "media_type": data[1], "data": data[2]}
    return {"type": "url", "url": address}


def _file(part: Json) -> _File | None:
    """None: it is no image and no document that can be shown to another API."""
    kind = word(part, "type")
    address = _address(part, kind)
    if not re.match(r"https?://|data:", address):
        return None
    if kind in _IMAGES:
        return _File("image", address)
    named = table(part, "file") or part
    name = word(named, "filename") or word(part, "title")
    return _File("document", address, name) if kind in _DOCUMENTS else None


def _address(part: Json, kind: str) -> str:
    """Of OpenAI's and Anthropic's forms; empty: it is an id that only its own server knows."""
    source = table(part, "source")
    if data := word(source, "data"):
        is_text = word(source, "type") == "text"
        return "" if is_text else f"data:{word(source, 'media_type')};base64,{data}"
    image = part.get("image_url")
    if isinstance(image, Mapping):
        return word(image, "url")
    given = word(part, "image_url") if kind == "input_image" else ""
    file = table(part, "file") or part
    return given or word(source, "url") or word(file, "file_data") or word(file, "file_url")
