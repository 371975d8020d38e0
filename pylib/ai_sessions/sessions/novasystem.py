"""Sessions of NovaSystem in the form of our own export.

It writes `session_<day>_<time>_<id>.md` or `.json`: facts, then messages. Its times have no zone;
they are those of the machine it ran on, so ours is assumed. It knows no tokens per call, so its
totals are kept as a note and counted nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ai_sessions import times

Plain = dict[str, Any]

_HEADING = re.compile(r"## Message (\d+) - (\w+)")
_FACT = re.compile(r"\*\*([A-Z][A-Za-z ]+):\*\* (.*)")
_TIME = re.compile(r"\*\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S*\*")
_EXTRA = "**Metadata:**"
_FACTS = {
    "Session ID": "session_id",
    "Description": "description",
    "Created": "created_at",
    "Updated": "updated_at",
    "Tokens": "total_tokens",
    "Model": "model_used",
    "Tags": "tags",
}
_ROLES = ("user", "assistant", "system", "tool")
_LONGEST_TITLE = 60
_ID_CHARACTERS = 8


def is_novasystem(found: Any) -> bool:
    """Whether a JSON document is a session of NovaSystem."""
    return (
        isinstance(found, dict)
        and isinstance(found.get("metadata"), dict)
        and isinstance(found["metadata"].get("session_id"), str)
        and isinstance(found.get("messages"), list)
    )


def is_markdown(text: str) -> bool:
    """Whether a text is one that NovaSystem wrote."""
    return text.startswith("# Session:") and "**Session ID:**" in text


def of_json(found: Plain) -> Plain:
    """One session. Raises `ValueError` or `TypeError` for a message that cannot be read."""
    messages = [_said(one) for one in found["messages"]]
    return _session(found["metadata"], messages)


def of_markdown(text: str) -> Plain:
    """One session. Raises `ValueError` for a time that is none."""
    lines = text.splitlines()
    metadata: Plain = {"title": lines[0].partition(":")[2].strip()}
    for line in lines[: lines.index("---") if "---" in lines else len(lines)]:
        found = _FACT.fullmatch(line)
        if found and found[1] in _FACTS:
            metadata[_FACTS[found[1]]] = found[2].strip()
    tags = str(metadata.get("tags", "")).split(",")
    metadata["tags"] = [tag.strip() for tag in tags if tag.strip()]
    return _session(metadata, [_said(one) for one in _messages(lines)])


def _messages(lines: list[str]) -> Iterator[Plain]:
    """A heading counts only with the next number and a time below: answers have headings too."""
    starts: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        found = _HEADING.fullmatch(line)
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if found and int(found[1]) == len(starts) + 1 and _TIME.fullmatch(below):
            starts.append((number, found[2].lower()))
    ends = [*(start for start, _role in starts), len(lines)][1:]
    for (start, role), end in zip(starts, ends, strict=True):
        at = lines[start + 1].strip("*")
        yield {"role": role, "content": _content(lines[start + 2 : end]), "timestamp": at}


def _content(lines: list[str]) -> str:
    """What was said, without the list of facts that may follow it."""
    text = "\n".join(lines).strip()
    said, mark, rest = text.rpartition(f"\n{_EXTRA}\n")
    if mark and all(line.startswith("- ") for line in rest.splitlines()):
        return said.rstrip()
    return text


def _said(one: Any) -> Plain:
    if not isinstance(one, dict) or not isinstance(one.get("content"), str):
        raise TypeError("a message without content")
    role = one.get("role")
    return {
        "role": role if role in _ROLES else "user",
        "text": one["content"],
        "ts": times.utc(one.get("timestamp"), None),
    }


def _session(metadata: Mapping[str, Any], messages: Iterable[Plain]) -> Plain:
    id_ = str(metadata.get("session_id") or "")
    said = [{**one, "id": f"{id_}-{n}", "seq": n} for n, one in enumerate(messages, start=1)]
    made = times.utc(metadata.get("created_at"), None)
    used = max([times.utc(metadata.get("updated_at"), None), *(one["ts"] for one in said)])
    kept = {key: value for key, value in metadata.items() if value and key != "tags"}
    tags = metadata.get("tags")
    return {
        **{key: str(kept[key]) for key in ("title", "description") if key in kept},
        "name": _name(str(metadata.get("title") or ""), id_),
        "uid": id_,
        "created_at": made,
        "last_used": used,
        "tags": [str(tag) for tag in tags] if isinstance(tags, list) else [],
        "messages": said,
        "notes": [{"seq": 0, "ts": made, "topic": "novasystem", "body": kept}],
    }


def _name(title: str, id_: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", title.lower())[:_LONGEST_TITLE].strip("-")
    mark = re.sub(r"[^a-z0-9]", "", id_.lower())[:_ID_CHARACTERS]
    return "-".join(filter(None, (words or "novasystem", mark)))
