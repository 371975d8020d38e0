"""Sessions that were written as pages, Markdown or JSON, in the form of our own export.

Both forms have the same messages with the same ids. What calls cost is counted where they were
made; here it is part of a note.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ai_sessions import times
from ai_sessions.display import quoting
from ai_sessions.display.transcripts import FORM

Plain = dict[str, Any]

#: Says in the facts of a session that it is one of these.
MARK = "recorded"
_HEADING = re.compile(r"## Message \d+ - (\w+)")
_FACT = re.compile(r"\*\*([A-Z][A-Za-z ]+):\*\* (.*)")
_FIELD = re.compile(r"- (\w+): (`+)(.*)\2")
_FIELDS = "**Metadata:**"
#: What a program notes of its session, in a document and as the topic of a note.
_OWN = "metadata"
#: Facts of a page, and what the document calls them.
_FACTS = {
    "Session ID": "session_id",
    "Name": "name",
    "Description": "description",
    "Command": "command",
    "Feature": "feature",
    "Project": "project",
    "Created": "created_at",
    "Updated": "updated_at",
    "Model": "model_used",
    "Tokens": "total_tokens",
    "Calls": "calls",
    "Tags": "tags",
    "Metadata": _OWN,
}
_ROLES = ("user", "assistant", "system", "tool")
_TEXTS = ("title", "description", "command", "feature", "project")
#: Keys of messages that are the same in a document and in an export.
_SAME = (
    *("name", "tool_calls", "tool_call_id", "is_error"),
    *("parts", "tokens", "tokens_source", "metadata"),
)


def is_document(found: Mapping[str, Any]) -> bool:
    """Whether a JSON document that has messages is one of ours."""
    metadata = found.get("metadata")
    return isinstance(metadata, dict) and metadata.get("format") == FORM


def is_markdown(text: str) -> bool:
    """Whether a text is a page of ours."""
    return text.startswith("# Session:") and f"\n**Format:** {FORM}" in _head(text)


def of_document(found: Plain) -> Plain:
    """One session. Raises `ValueError` or `TypeError` for what cannot be read."""
    metadata = found["metadata"]
    id_, name = str(metadata.get("session_id") or ""), metadata.get("name")
    if not isinstance(name, str):
        raise TypeError("no name")
    said = [_said(one, f"{id_}-{n}", n) for n, one in enumerate(found["messages"], start=1)]
    made = times.utc(metadata.get("created_at"), None)
    tags, state, pins = metadata.get("tags"), metadata.get("state"), metadata.get("pins")
    return {
        **{key: str(metadata[key]) for key in _TEXTS if metadata.get(key)},
        "name": name,
        "uid": id_,
        "created_at": made,
        "last_used": times.utc(metadata.get("updated_at"), None),
        "tags": [str(tag) for tag in tags] if isinstance(tags, list) else [],
        "state": state if isinstance(state, dict) else {},
        "pins": {key: {"text": text} for key, text in pins.items()}
        if isinstance(pins, dict)
        else {},
        "messages": said,
        "notes": [
            *_own_note(metadata, id_, made),
            {"seq": 0, "ts": made, "topic": MARK, "body": metadata},
        ],
        MARK: True,
    }


def _own_note(metadata: Plain, id_: str, made: str) -> Iterator[Plain]:
    own = metadata.get(_OWN)
    if isinstance(own, dict):
        yield {"id": f"{id_}-{_OWN}", "seq": 0, "ts": made, "topic": _OWN, "body": own}


def of_markdown(text: str) -> Plain:
    """One session. Raises as `of_document`."""
    metadata: Plain = {"title": quoting.live(text.partition("\n")[0].partition(":")[2].strip())}
    for line in _head(text).split("\n"):
        found = _FACT.fullmatch(line.rstrip())
        if found and found[1] in _FACTS:
            metadata[_FACTS[found[1]]] = quoting.live(found[2])
    if metadata["title"] == metadata.get("name"):  # it has none of its own
        del metadata["title"]
    if _OWN in metadata:
        metadata[_OWN] = json.loads(metadata[_OWN])
    metadata["tags"] = list(filter(None, str(metadata.get("tags", "")).split(", ")))
    return of_document({"metadata": metadata, "messages": list(_messages(text))})


def _head(text: str) -> str:
    return text.partition("\n---\n")[0]


def _messages(text: str) -> Iterator[Plain]:
    """Whatever was said is quoted, so a heading is one."""
    lines = text.split("\n")
    starts = [at for at, line in enumerate(lines) if _HEADING.fullmatch(line)]
    for start, end in zip(starts, [*starts, len(lines)][1:], strict=True):
        yield _message(lines[start], lines[start + 1 : end])


def _message(heading: str, below: list[str]) -> Plain:
    role = heading.rpartition(" ")[2].lower()
    at = quoting.live(below[0].strip("*")) if below else ""
    quote = [line for line in below if line.startswith(">")]
    fields = below[below.index(_FIELDS) :] if _FIELDS in below else []
    found = filter(None, map(_FIELD.fullmatch, fields))
    more = {one[1]: json.loads(one[3]) for one in found}
    return {"role": role, "content": quoting.unquoted(quote), "timestamp": at, **more}


def _said(one: Any, id_: str, seq: int) -> Plain:
    if not isinstance(one, dict) or not isinstance(one.get("content"), str):
        raise TypeError(f"message {seq} has no content")
    role = one.get("role")
    return {
        "id": id_,
        "seq": seq,
        "ts": times.utc(one.get("timestamp"), None),
        "role": role if role in _ROLES else "user",
        "text": one["content"],
        **{key: one[key] for key in _SAME if key in one},
    }
