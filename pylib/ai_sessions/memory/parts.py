"""What a message has beside its text: the words in it, and the images and files a model is shown.

An image is charged by its pixels, not by the characters that carry it: a photo of 1 MB would count
as 700,000 tokens. Nobody looks into it here, so each file counts as one large image.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ai_sessions.records import Json

#: Tokens of one image or file: what Anthropic charges for an image at most (width x height / 750,
#: after it was made smaller). OpenAI charges up to 1,445, Gemini 258 for each 768 x 768 pixels.
FILE_TOKENS = 1_600
#: How `type` names what is no text, in the words of OpenAI, Anthropic and Gemini.
_FILES = ("image", "audio", "video", "file", "document", "media")
#: Shorter ones are ids and hashes, which a model is told as they are.
_FEWEST = 256
_BASE64 = re.compile(r"[A-Za-z0-9+/_=\r\n-]+")


def words(part: Json) -> str:
    """All that is text in it; the content of files is left out."""
    text = part.get("text")
    if isinstance(text, str) and "text" in str(part.get("type", "text")):
        return text
    return json.dumps(_without_content(part), ensure_ascii=False, default=str)


def files(part: Json) -> int:
    """How many images and files it has: each content, and one whose address alone is there."""
    kind = str(part.get("type", "")).lower()
    is_file = any(word in kind for word in _FILES)
    return max(sum(map(_is_content, _texts(part))), int(is_file))


def without_content(part: Json) -> dict[str, Any]:
    """What it is, for a log that does not keep the bytes of files."""
    found: dict[str, Any] = _without_content(part)
    return found


def _is_content(text: str) -> bool:
    """Whether it is the bytes of a file: a data URI, or long and in base64."""
    if text.startswith("data:"):
        return True
    return len(text) >= _FEWEST and _BASE64.fullmatch(text) is not None


def _without_content(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_content(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_content(one) for one in value]
    return "" if isinstance(value, str) and _is_content(value) else value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)
