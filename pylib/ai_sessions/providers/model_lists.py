"""The lists of models that servers publish, read in any of their forms."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from ai_sessions.errors import ProviderError
from ai_sessions.providers.fields import one_line, table

Row = dict[str, Any]
_LONGEST_NAME = 200
_MOST = 5000
_MOST_BYTES = 16 << 20
#: What costs nothing under another name, as previews do, may have a price before the list is read
#: again.
_FREE = ":free"
#: Models that a server lists beside those that chat.
_NO_CHAT = re.compile(
    r"embed|rerank|whisper|tts|moderation|guard|safety|(^|[-/])(bge|clip|ocr|imagen|veo|lyria)\b",
    re.I,
)


def chats(name: str) -> bool:
    """Whether a model of this name is one that answers in words."""
    return not _NO_CHAT.search(name)


def fetched(url: str, key: str, timeout_s: float) -> list[Row]:
    """What the server at `url` lists now. Raises `ProviderError` when it does not say in time."""
    import httpx

    if not (key.isascii() and (key.isprintable() or not key)):
        raise ProviderError(f"{url} lists no models: the key holds characters that no key has")
    try:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        rows = parsed(json.loads(body(f"{url}/models", headers, timeout_s)))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
        why = one_line(str(error)) or type(error).__name__
        told = why.replace(key, "***") if key else why
        raise ProviderError(f"{url} lists no models: {told}") from error
    if not rows:
        raise ProviderError(f"{url} lists no models: nothing in its answer is one")
    return rows


def body(url: str, headers: Mapping[str, str], timeout_s: float) -> bytes:
    """What a server answers. The clock runs for all of it: one that only drips is as good as none.
    Raises `httpx.HTTPError`, `httpx.InvalidURL`, and `ValueError` for what does not end.
    """
    import httpx

    ends_at = time.monotonic() + timeout_s
    found = bytearray()
    with httpx.stream("GET", url, headers=headers, timeout=timeout_s) as answer:
        answer.raise_for_status()
        for piece in answer.iter_bytes():
            found += piece
            if len(found) > _MOST_BYTES or time.monotonic() > ends_at:
                raise ValueError(f"its answer is too long, or took more than {timeout_s:g} s")
    return bytes(found)


def parsed(body: Any) -> list[Row]:
    """The models that chat of a list, as `catalog.served` takes them; what is no row is left out.

    OpenRouter tells most; Groq and Mistral tell the window, and others only names.
    """
    told = body.get("data") if isinstance(body, dict) else body
    rows = (_row(one) for one in told[:_MOST]) if isinstance(told, list) else ()
    return list({row["id"]: row for row in rows if row}.values())


def _row(told: Any) -> Row | None:
    if not isinstance(told, dict) or told.get("active") is False or not _is_text(told.get("id")):
        return None
    name = told["id"].removeprefix("models/")  # Google's
    if not chats(name) or not _answers_in_words(told):
        return None
    row: Row = {"id": name}
    if _is_text(told.get("name")) and told["name"] != told["id"]:
        row["display_name"] = told["name"].removesuffix(" (free)")
    lengths = (told.get(one) for one in ("context_length", "context_window", "max_context_length"))
    if window := next(filter(_is_length, lengths), None):
        row["window"] = window
    if capable := _capabilities(told):
        row["capabilities"] = capable
    pricing = table(told, "pricing")
    if "prompt" in pricing and "completion" in pricing:
        costs_nothing = _is_free(pricing)
        row["free"] = costs_nothing and name.endswith(_FREE)
        if costs_nothing and not row["free"]:
            row["free_tier"] = True
    return row


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and value.isprintable()


def _is_length(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 40


def _answers_in_words(told: Row) -> bool:
    modalities = table(told, "architecture").get("output_modalities")
    if isinstance(modalities, list) and modalities != ["text"]:
        return False
    return table(told, "capabilities").get("completion_chat") is not False  # Mistral's


def _capabilities(told: Row) -> list[str]:
    """Nothing where nothing is told; else `text` at least."""
    parameters, architecture = told.get("supported_parameters"), table(told, "architecture")
    if isinstance(parameters, list):
        has_json = "structured_outputs" in parameters or "response_format" in parameters
        inputs = architecture.get("input_modalities")
        sees = isinstance(inputs, list) and "image" in inputs
        found = {"tools": "tools" in parameters, "vision": sees, "json": has_json}
    elif capable := table(told, "capabilities"):
        tools, sees = (capable.get(name) is True for name in ("function_calling", "vision"))
        found = {"tools": tools, "vision": sees, "json": True}  # as all of Mistral's have
    else:
        return []
    return ["text", *(name for name, has in found.items() if has)]


def _is_free(pricing: Row) -> bool:
    """OpenRouter's prices are dollars as text; -1 stands for one that varies."""
    prices = [pricing.get(name) or "0" for name in ("prompt", "completion", "request")]
    try:
        return all(float(price) == 0 for price in prices)
    except (TypeError, ValueError):
        return False
