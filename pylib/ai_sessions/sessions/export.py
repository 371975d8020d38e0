"""Sessions for other programs: JSON, JSON lines, CSV or Markdown, streamed.

One entry is in memory at a time, however long the sessions are. The form is a promise:
`export | jq '[.[].interactions[].cost] | add'` is the bill.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import io
import itertools
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, Literal

from ai_sessions import controls, times, token_kinds
from ai_sessions.disk import files
from ai_sessions.display import briefs, transcripts
from ai_sessions.errors import NotFound, StorageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Interaction, Session
from ai_sessions.sessions import sessionless
from ai_sessions.store.entries import plain_of, plain_session, record_of

if TYPE_CHECKING:
    import tempfile

    from ai_sessions.store.contract import Store

Plain = dict[str, Any]
Write = Callable[[str], object]
Form = Literal["json", "jsonl", "csv", "md"]
FORMS: tuple[Form, ...] = ("json", "jsonl", "csv", "md")

_SPOOL_BYTES = 1 << 20
_LONGEST_PREFIX = 60
#: What may have texts in it.
_TEXTS = (str, dict, list)
#: Shorter texts are mostly the same in every entry.
_SHORT = 64
#: Keys whose values are made by programs: times, ids, kinds.
_MADE = frozenset(("id", "ts", "at", "type", "tokens", "uid", "status", "role", "by_model"))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to export. `since`, `until`: RFC 3339; calls before the one, or not before the other,
    are left out.
    """

    names: tuple[str, ...] = ()
    """Empty: all sessions."""
    form: Form = "json"
    since: str = ""
    until: str = ""
    envelope: bool = False
    """`{"schema": 1, "sessions": […]}` instead of the bare array."""
    ledger: str = ""
    """Where a ledger may be, for the calls that no session has; empty: these are left out."""
    home: str | None = None
    """Redact: mask keys, and write `~` for this folder. None: leave all as it is."""


def export(
    store: Store, wanted: Wanted, write: Write, at: Callable[[str], None] = lambda _name: None
) -> list[str]:
    """Write sessions out, piece by piece; `at` hears the name of each before its turn.

    Returns what is wrong with those that cannot be read: they are left out, so that the rest is
    whole. Raises `NotFound` for a name that is none.
    """
    writers = {"json": _json, "jsonl": _jsonl, "csv": _csv, "md": _markdown}
    source = _Source(store, wanted, at)
    writers[wanted.form](source, write)
    return source.unreadable


def facts(session: Session) -> Plain:
    """A session without its conversation, as every JSON output shows it; state and pins as well,
    which a list leaves out.
    """
    told = plain_session(session)
    growing = {key: told["conversation"].get(key) for key in ("state", "pins")}
    return briefs.public(told) | {key: value for key, value in growing.items() if value}


def call(interaction: Interaction) -> Plain:
    """A call of a model as every JSON output shows it."""
    return _public({"seq": interaction.seq, **plain_of(interaction, interaction.at)})


@contextlib.contextmanager
def draft(path: str) -> Iterator[IO[str]]:
    """A private file to write into that takes the place of `path` only when all went well.

    A device or pipe at `path` is written to directly. Raises `StorageError`.
    """
    with files.reported(path):
        if os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode):
            with open(path, "w", encoding="utf-8") as direct:
                yield direct
            return
        folder, name = os.path.split(os.path.abspath(path))
        number, temporary = _temporary(folder, name)
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                yield file
                file.flush()
                files.sync_file(number)
            try:
                os.rename(temporary, path)
            except OSError as error:
                raise OSError(error.errno, error.strerror, path) from error
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        files.sync_folder(folder)


def _temporary(folder: str, name: str) -> tuple[int, str]:
    try:
        import tempfile

        return tempfile.mkstemp(prefix=f".{name[:_LONGEST_PREFIX]}.", suffix=".tmp", dir=folder)
    except OSError as error:  # the user knows the folder, not the name that we made up
        raise StorageError(
            f"{folder}: {error.strerror}", "name a place you can write to"
        ) from error


class _Source:
    """The sessions and entries that are wanted, redacted if that is wanted too."""

    def __init__(self, store: Store, wanted: Wanted, at: Callable[[str], None]) -> None:
        self._store, self._at = store, at
        self.wanted = wanted
        self.unreadable: list[str] = []
        self._redacted = None if wanted.home is None else redactor(wanted.home)

    def sessions(self) -> Iterator[tuple[Session, Iterator[Plain]]]:
        """Each with its entries, whose file is open already: cleaning it away harms no one now."""
        for session in self._chosen():
            self._at(session.name)
            entries = self._entries(session)
            try:
                begin = list(itertools.islice(entries, 1))
            except NotFound:  # removed meanwhile
                continue
            except Exception as error:  # one broken session must not hide the others
                self.unreadable.append(f"{session.name}: {error}")
                continue
            if begin or self.wanted.names or not self._is_limited:
                yield session, itertools.chain(begin, entries)
        yield from self._sessionless()

    def _sessionless(self) -> Iterator[tuple[Session, Iterator[Plain]]]:
        """Sessions without a name, which have nothing but calls: nothing was said that is kept."""
        wanted = self.wanted
        if wanted.names or not wanted.ledger or wanted.form == "md":
            return
        for session, group in sessionless.calls(self._store, wanted.ledger):
            entries = sessionless.entries(group)
            if found := [self._cleaned(one) for one in entries if self._is_wanted(one)]:
                yield session, iter(found)

    def _chosen(self) -> Iterator[Session]:
        if self.wanted.names:
            yield from map(self._store.read, self.wanted.names)
            return
        for session in self._store.sessions():
            if session.last_used >= self.wanted.since:
                yield session

    def facts(self, session: Session) -> Plain:
        return dict(self._cleaned(facts(session)))

    def _entries(self, session: Session) -> Iterator[Plain]:
        for entry in self._store.plain_entries(session.name):
            if self._is_wanted(entry):
                yield dict(self._cleaned(entry))

    def _is_wanted(self, entry: Plain) -> bool:
        return not self._is_limited or self._is_in_time(entry.get("ts", ""))

    @property
    def _is_limited(self) -> bool:
        return bool(self.wanted.since or self.wanted.until)

    def _is_in_time(self, at: str) -> bool:
        """As `stats` has it: in whatever form the time is written, and never without one."""
        try:
            at = times.utc(at)
        except ValueError:
            return False
        return at >= self.wanted.since and not (self.wanted.until and at >= self.wanted.until)

    def _cleaned(self, entry: Plain) -> Any:
        return entry if self._redacted is None else self._redacted(entry)


def redactor(home: str) -> Callable[[Any], Any]:
    """What masks keys and writes `~` for the home folder in all texts of a value. A part that has
    neither is returned as it is.
    """
    # taken to hand here and not for every text
    from ai_sessions.catalog.detectors import masked as widely_masked
    from ai_sessions.catalog.traces import Traces
    from ai_sessions.store.key_patterns import masked

    has_home = len(home) > 1

    def shown(text: str) -> str:
        traces = Traces(text)
        text = widely_masked(masked(text, traces), traces)
        return text.replace(home, "~") if has_home and home in text else text

    # roles, models and their like are the same in every entry
    word = functools.lru_cache(maxsize=4096)(shown)

    def redacted(value: Any) -> Any:
        kind = type(value)
        if kind is str:
            return word(value) if len(value) < _SHORT else shown(value)
        if kind is list:
            return [redacted(item) for item in value]
        if kind is not dict:
            return value
        changed = {}
        for key, item in value.items():
            if item and type(item) in _TEXTS and key not in _MADE:
                new = redacted(item)
                if new is not item:
                    changed[key] = new
        return {**value, **changed} if changed else value

    return redacted


def _json(source: _Source, write: Write) -> None:
    write('{"schema":1,"sessions":[' if source.wanted.envelope else "[")
    begin = _listed(write, between=",\n")
    for session, entries in source.sessions():
        begin("")
        _session(source, session, entries, write)
    write("]}\n" if source.wanted.envelope else "]\n")


def _jsonl(source: _Source, write: Write) -> None:
    for session, entries in source.sessions():
        _session(source, session, entries, write)
        write("\n")


def _session(source: _Source, session: Session, entries: Iterator[Plain], write: Write) -> None:
    """One object. Calls are written as they are read; the rest waits in spools beside them."""
    write(_dumped(source.facts(session))[:-1] + ',"interactions":[')
    with _spool() as messages, _spool() as notes:
        places = {
            "interaction": _listed(write),
            "message": _listed(messages.write),
            "note": _listed(notes.write),
        }
        for entry in entries:
            if place := places.get(entry["type"]):
                place(_dumped(_public(entry)))
        _pour('],"messages":[', messages, write)
        _pour('],"notes":[', notes, write)
    write("]}")


def _public(entry: Plain) -> Plain:
    return {key: value for key, value in entry.items() if key not in ("type", "v")}


def _spool() -> tempfile.SpooledTemporaryFile[str]:
    """A file in memory that moves to the disk when it grows."""
    import tempfile

    return tempfile.SpooledTemporaryFile(_SPOOL_BYTES, "w+", encoding="utf-8", newline="")


def _pour(head: str, spool: tempfile.SpooledTemporaryFile[str], write: Write) -> None:
    write(head)
    spool.seek(0)
    while piece := spool.read(_SPOOL_BYTES):
        write(piece)


def _listed(write: Write, between: str = ",") -> Callable[[str], None]:
    """A writer that puts a comma between one element and the next."""
    before = ""

    def one(text: str) -> None:
        nonlocal before
        write(before + text)
        before = between

    return one


_COLUMNS = (
    "session",
    "feature",
    "command",
    "project",
    "seq",
    "id",
    "ts",
    "task",
    "purpose",
    "provider",
    "model",
    "status",
    "duration_ms",
    *token_kinds.FIELDS.values(),
    "cost",
    "cost_nusd",
    "cost_source",
)


def _csv(source: _Source, write: Write) -> None:
    """One row a call."""
    write(row(_COLUMNS))
    for session, entries in source.sessions():
        known = {**source.facts(session), "session": session.name}
        for entry in entries:
            if entry["type"] == "interaction":
                tokens = {
                    ours: entry["tokens"].get(key, 0) for key, ours in token_kinds.FIELDS.items()
                }
                values = {**known, **tokens, **entry}
                write(row([values.get(column) for column in _COLUMNS]))


def row(values: Iterable[Any]) -> str:
    """A line of CSV (RFC 4180), safe to open in a spreadsheet."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([_defused(value) for value in values])
    return text.getvalue()


def _defused(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets a quote in front; none steers a
    terminal.
    """
    if not isinstance(value, str):
        return value
    text = f"'{value}" if value.startswith(_FORMULA) else value
    return controls.plain(text)


def _markdown(source: _Source, write: Write) -> None:
    for session, entries in source.sessions():
        project = source.facts(session)["project"]
        shown = replace(session, about=replace(session.about, project=project))
        found = map(record_of, entries)
        for piece in transcripts.markdown(shown, (record for record in found if record)):
            write(piece)


def _dumped(value: Plain) -> str:
    import orjson

    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a whole number beyond 64 bits, from a hand edit or another program
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
