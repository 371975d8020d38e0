"""State of the import of an agent's logs: how far each log was read, and which calls are in.

Kept under SESSION_DIR/.imports. Should we be killed after writing a session and before
writing this, the sessions themselves tell what is in.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from ai_sessions import times
from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.imports import claims
from ai_sessions.imports.partition import Windows, mark_of
from ai_sessions.imports.unchanged import FOLDER, SCHEMA
from ai_sessions.index import Index, calls
from ai_sessions.index.sessions import under_way
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.names import IMPORTED
from ai_sessions.records import stamp
from ai_sessions.store.contract import Store

Plain = dict[str, Any]

_LARGEST_BYTES = 1 << 30
#: An agent lives within its call, by the same clock; times on record are whole milliseconds.
_SLACK = timedelta(milliseconds=2)
_HEAD_BYTES = 1 << 12
#: A call that was begun longer ago will not be answered any more.
_UNDER_WAY = timedelta(days=1)


@dataclass(slots=True)
class ImportState:
    """What earlier imports left: how far each log was read, and which calls are in."""

    logs: dict[str, Plain] = field(default_factory=dict)
    ours: Windows = field(default_factory=dict)
    looked: str = ""
    """`last_used` of the session of ours that was used last at the last import."""
    whole: bool = False
    """The list of marks is complete; False: the sessions must be asked."""


class StateFile:
    """The file with the state of one agent's import, beside the sessions under `root`."""

    def __init__(self, root: Path, store: Store, source: str) -> None:
        self._source, self._store = source, store
        self._index = Index(store.source(), os.fspath(root))
        self.place = root / FOLDER / source

    def read(self) -> ImportState:
        """Nothing, when there is no note or it is damaged: then the sessions are asked."""
        try:
            raw = json.loads(files.read_bytes(self.place.with_suffix(".json"), _LARGEST_BYTES))
            if raw["schema"] != SCHEMA:
                return ImportState()
            whole = bool(raw["whole"]) and self.place.with_suffix(".ids").exists()
            ours = {id_: [(a, b) for a, b in windows] for id_, windows in raw["ours"].items()}
            return ImportState(dict(raw["logs"]), ours, str(raw["looked"]), whole)
        except (OSError, StorageError, ValueError, TypeError, KeyError, AttributeError):
            return ImportState()

    def write(self, known: ImportState) -> None:
        """Raises `StorageError` or `OSError`; the earlier state is there then."""
        told = {
            "schema": SCHEMA,
            "whole": known.whole,
            "looked": known.looked,
            "ours": known.ours,
            "logs": known.logs,
        }
        files.replace(self.place.with_suffix(".json"), _dumped(told))

    def marks(self, known: ImportState) -> bytes:
        """Those of all calls that are in, one after another."""
        if not known.whole:
            return b"".join(self._marks_of_sessions())
        return files.read_bytes(self.place.with_suffix(".ids"), _LARGEST_BYTES)

    def write_marks(self, marks: Iterable[bytes]) -> None:
        files.replace(self.place.with_suffix(".ids"), b"".join(marks))

    def under_way(self, now: datetime) -> Callable[[Path], bool]:
        """Whether a log may have answers of a call of ours that has not ended: the next import
        reads on there. A call whose conversation has no id yet may be in any log.
        """
        begun = [
            (at.timestamp(), str(row["calling"].get("resume", "")).encode())
            for row in under_way(self._index)
            if row["calling"].get("provider") == self._source
            and (at := times.read(row["calling"].get("at")))
            and now - at < _UNDER_WAY
        ]

        def is_busy(path: Path) -> bool:
            return any(_may_have(path, id_, since) for since, id_ in begun)

        return is_busy

    def _marks_of_sessions(self) -> Iterator[bytes]:
        """Raises `StorageError` for a session that cannot be read: what is in it is not known."""
        if not self._store.names():  # then nobody has to make an index
            return
        own = f"{IMPORTED}-{self._source}-"
        found = calls.plain(self._index)
        for one in found.answer:
            if one["command"] == IMPORTED or one["session"].startswith(own):
                yield mark_of(one["id"])
        if found.unreadable:
            raise StorageError("; ".join(found.unreadable), "ai-session.sh doctor")

    def look_for_ours(self, known: ImportState) -> None:
        """When our calls were, of sessions that were used since the last import."""
        mine, found = self._of_sessions(known.looked) if self._store.names() else ([], {})
        for conversation, began, ended in claims.read(self.place.parent, self._source):
            first, last = times.read(began), times.read(ended)
            if first and last:
                found.setdefault(conversation, []).append(_window(first, last))
        for conversation, spans in found.items():
            known.ours[conversation] = sorted({*known.ours.get(conversation, ()), *spans})
        known.looked = max((row["last_used"] for row in mine), default="")

    def _of_sessions(self, looked: str) -> tuple[list[Plain], Windows]:
        """The sessions with calls of ours, and when those were."""
        mine = [row for row in under_way(self._index) if row["command"] != IMPORTED]
        return mine, _windows(self._index, self._source, looked)


def _dumped(told: Plain) -> bytes:
    try:
        found: bytes = orjson.dumps(told)
    except orjson.JSONEncodeError:  # a path with bytes that are no text
        return json.dumps(told, separators=(",", ":")).encode()
    return found


def _may_have(path: Path, conversation: bytes, since: float) -> bool:
    """Whether a conversation may have gone on in a log since a time: its name or its first lines
    name it. A database has all of them, and its time does not tell when it was written to.
    """
    if path.suffix == ".db":
        return True
    try:
        if path.stat().st_mtime < since:
            return False
        with path.open("rb") as file:
            return conversation in os.fsencode(path) or conversation in file.read(_HEAD_BYTES)
    except OSError:
        return True


def _windows(index: Index, provider: str, since: str) -> Windows:
    """When our calls were, by the provider's conversation."""
    found: Windows = {}
    wanted = calls.Wanted(provider=provider, used_since=since, not_command=IMPORTED)
    for one in calls.plain(index, wanted).answer:
        begun, ended = times.read(one["began"]), times.read(one["ts"])
        if one["resume"] and begun and ended:
            found.setdefault(one["resume"], []).append(_window(begun, ended))
    return found


def _window(begun: datetime, ended: datetime) -> tuple[str, str]:
    return stamp(begun - _SLACK), stamp(ended + _SLACK)
