"""What was said, in passages that are short enough for one vector each, and where they are.

A passage is known by the digest of its text, so that what is said twice, or moves with its session,
needs no second vector. Results and arguments of tool calls are left out: they are found by words.
"""

from __future__ import annotations

import re

from ai_sessions import times
from ai_sessions.index import database, following, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from typing import Any

    from ai_sessions.index.recalling import Span
    from ai_sessions.store.contract import Source

    Plain = dict[str, Any]
    #: Session, place, part and digest.
    Row = tuple[str, int, int, bytes]

#: Some 120 word pieces of English: longer texts are of several things, and take longer.
_MOST_BYTES = 600
#: Of one message; how a long one begins tells what it is about.
_MOST_OF_A_MESSAGE = 8
_DIGEST_BYTES = 16
_SENTENCE = re.compile(r"[^\n]+?(?:[.!?](?=\s)|[\u3002\uff01\uff1f]|$)", re.MULTILINE)
#: State of the index: 1 when no vector is kept of a passage that is gone.
PRUNED = "pruned"
_ADD = "insert or replace into passage values (?,?,?,?,?,?)"
_ROWS = (
    "select name, place, part, digest from passage join session on session.id = passage.session"
    " where {} order by at desc, name, place desc, part"
)


def passages(entry: Plain) -> list[tuple[str, str]]:
    """The passages of an entry: (role, text), in order."""
    if entry.get("redacted") or entry.get("purpose") == "summary":
        return []
    return [(role, part) for role, text in _said(entry) for part in split(text)]


def split(text: str) -> list[str]:
    """Whole sentences, as many as fit into a passage; one that is longer is cut."""
    found: list[str] = []
    for sentence in _sentences(text[: _MOST_BYTES * _MOST_OF_A_MESSAGE]):
        joined = f"{found[-1]} {sentence}" if found else ""
        if found and _bytes(joined) <= _MOST_BYTES:
            found[-1] = joined
        else:
            found.append(sentence)
    return found[:_MOST_OF_A_MESSAGE]


def digest(text: str) -> bytes:
    """What a passage is known by."""
    import hashlib

    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=_DIGEST_BYTES).digest()


def refresh(connection: sqlite3.Connection, source: Source) -> list[str]:
    """Bring the passages up to date; returns what is wrong with sessions that cannot be read."""
    return following.follow(connection, source, LAYER)


def rows(connection: sqlite3.Connection, spans: Sequence[Span] | None = None) -> list[Row]:
    """The passages of these entries, the newest first. `spans` None: those of all sessions."""
    if spans is None:
        return connection.execute(_ROWS.format("true")).fetchall()
    parts = " or ".join(["(name = ? and seq > ? and seq <= ?)"] * len(spans))
    values = [value for one in spans for value in (one.name, one.after, one.until)]
    return connection.execute(_ROWS.format(parts or "false"), values).fetchall()


def digests(connection: sqlite3.Connection) -> set[bytes]:
    """Those of all passages."""
    return {digest for (digest,) in connection.execute("select digest from passage")}


def text_of(source: Source, row: Row) -> str:
    """The text of a passage as it is now; empty when it is there no more."""
    name, place, part, known = row
    entry = source.entry_at(name, place)
    found = passages(entry)[part : part + 1] if entry else []
    text = found[0][1] if found else ""
    return text if text and digest(text) == known else ""


def _said(entry: Plain) -> Iterator[tuple[str, str]]:
    kind = entry["type"]
    if kind not in ("interaction", "message"):
        yield from words.said(entry)
        return
    messages = entry.get("messages") if kind == "interaction" else [entry]
    for message in messages if isinstance(messages, list) else ():
        if not isinstance(message, dict) or not isinstance(message.get("text"), str):
            continue
        if (role := database.text(message.get("role"))) != "tool":
            yield role, message["text"]


def _sentences(text: str) -> Iterator[str]:
    for found in _SENTENCE.finditer(text):
        sentence = " ".join(found[0].split())
        if not any(map(str.isalnum, sentence)):
            continue
        step = max(1, _MOST_BYTES * len(sentence) // _bytes(sentence))
        yield from (sentence[at : at + step] for at in range(0, len(sentence), step))


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


class _Passages:
    """`Layer` of following."""

    name = "passages"

    def add(self, connection: sqlite3.Connection, session: int, place: int, entry: Plain) -> None:
        at = times.microseconds(entry.get("ts"))
        seq = words.number(entry)
        for part, (_role, text) in enumerate(passages(entry)):
            connection.execute(_ADD, (session, place, part, seq, at, digest(text)))

    def forget(self, connection: sqlite3.Connection, session: int) -> None:
        connection.execute("delete from passage where session = ?", (session,))
        database.keep(connection, PRUNED, 0)


#: What `following` keeps up to date of each session.
LAYER = _Passages()
