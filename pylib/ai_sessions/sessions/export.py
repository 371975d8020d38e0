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
from typing import IO, TYPE_CHECKING, Any, Literal

from ai_sessions import controls, times, token_kinds
from ai_sessions.conversations import lineage
from ai_sessions.disk import files
from ai_sessions.display import briefs, transcripts
from ai_sessions.errors import NotFound, StorageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Entry, Interaction, Message, Session, Summary
from ai_sessions.sessions import sessionless
from ai_sessions.store.entries import plain_of, plain_session, record_of
from ai_sessions.store.facts import is_fact
from ai_sessions.store.messages import plain_message

if TYPE_CHECKING:
    import tempfile

    from ai_sessions.conversations.context import Context
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
#: Keys whose values somebody else made up, keys in them included.
_FREE = frozenset(
    ("arguments", "metadata", "parts", "state", "value", "items", "body", "detail", "carry")
)
#: Lists beside the calls, by the type of entry in them.
_BESIDE = {
    "message": "messages",
    "note": "notes",
    "summary": "summaries",
    "segment": "segments",
    "pin": "remembered",
    "set": "changes",
}
#: Facts that people change and every session has; a conversation has more (`store.facts`).
CHANGEABLE = ("status", "tags", "pinned")
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


def message(said: Message) -> Plain:
    """A message as every JSON output shows it; `id`: null for one that no log has."""
    return {"id": said.id or None, **plain_message(said, said.at, lambda value: value)}


def summary(view: Summary) -> Plain:
    """A summary as every JSON output shows it."""
    same = ("seq", "kind", "covers_from", "covers_to", "tokens", "tokens_source", "text")
    told = {name: getattr(view, name) for name in same}
    return {**told, "model": view.model or None, "items": list(map(dict, view.items))}


def context(told: Context) -> Plain:
    """What a model is told, as every JSON output shows it: each part with its tokens."""
    parts = [
        {"part": one.name, "tokens": one.tokens, "messages": list(map(message, one.messages))}
        for one in told.parts
    ]
    return {
        "tokens": told.tokens,
        "limit": told.limit,
        "summary_seq": told.summary_seq if told.summary_seq >= 0 else None,
        "left_out": told.left_out,
        "cut": list(told.cut),
        "parts": parts,
    }


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

    def past(self, session: Session) -> Iterator[Plain] | None:
        """The messages that a fork shares with its parent, where that is not exported as well;
        None: it is no such fork, or its parent is not here.
        """
        entries = self._shared(session)
        if entries is None:
            return None
        said = (message for entry in entries for message in lineage.messages(entry))
        found = ({"id": one.id, **plain_message(one, one.at, _as_it_is)} for one in said)
        return (dict(self._cleaned(one)) for one in found)

    def past_entries(self, session: Session) -> Iterator[Plain]:
        """The entries that have them, if any."""
        for entry in self._shared(session) or ():
            yield dict(self._cleaned(plain_of(entry, "", fit=_as_it_is)))

    def _shared(self, session: Session) -> Iterator[Entry] | None:
        if session.about.parent is None or self._is_limited or not self.wanted.names:
            return None
        try:
            parent = lineage.parent_of(self._store, session)
            if parent is None or parent.name in self.wanted.names:
                return None
            return lineage.past(self._store, session)
        except (NotFound, StorageError) as error:  # the rest of it is to be had
            self.unreadable.append(f"{session.name}: what it shares: {error}")
            return None

    def text(self, piece: str) -> str:
        """A text that was made of facts and of entries that a fork shares."""
        return str(self._cleaned(piece))

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

    def _cleaned(self, entry: Any) -> Any:
        return entry if self._redacted is None else self._redacted(entry)


def redactor(home: str) -> Callable[[Any], Any]:
    """What masks keys and writes `~` for the home folder in all texts of a value. A part that has
    neither is returned as it is.
    """
    text = _text_redactor(home)

    def redacted(value: Any) -> Any:
        kind = type(value)
        if kind is str:
            return text(value)
        if kind is list:
            return [redacted(item) for item in value]
        return fields(value) if kind is dict else value

    def fields(value: Plain) -> Plain:
        changed = {}
        for key, item in value.items():
            if item and type(item) in _TEXTS and key not in _MADE:
                new = _free(item, text) if key in _FREE else redacted(item)
                if new is not item:
                    changed[key] = new
        return {**value, **changed} if changed else value

    return redacted


def _free(value: Any, text: Callable[[str], str]) -> Any:
    """All of it by `text`, keys too: nothing in it is known to be made by a program."""
    if isinstance(value, dict):
        return {text(key): _free(item, text) for key, item in value.items()}
    if isinstance(value, list):
        return [_free(item, text) for item in value]
    return text(value) if isinstance(value, str) else value


def _text_redactor(home: str) -> Callable[[str], str]:
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
    return lambda text: word(text) if len(text) < _SHORT else shown(text)


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
    with contextlib.ExitStack() as stack:
        spools = {name: stack.enter_context(_spool()) for name in _BESIDE.values()}
        places = {type_: _listed(spools[name].write) for type_, name in _BESIDE.items()}
        places["interaction"] = _listed(write)
        for entry in entries:
            place = places.get(entry["type"])
            if place and not _is_ours_alone(entry):
                place(_dumped(_public(entry)))
        for name, spool in spools.items():
            _pour(f'],"{name}":[', spool, write)
    if (past := source.past(session)) is not None:
        write('],"past":[')
        one = _listed(write)
        for message in past:
            one(_dumped(message))
    write("]}")


def _public(entry: Plain) -> Plain:
    """An entry as JSON shows it: without what its list says, its messages with their ids."""
    told = {key: value for key, value in entry.items() if key not in ("type", "v")}
    if entry["type"] == "interaction":
        seq = entry.get("seq", -1)
        told["messages"] = [
            {"id": f"{seq}.{number}", **said} if isinstance(said, dict) else said
            for number, said in enumerate(entry["messages"])
        ]
    elif entry["type"] == "message":
        told["message_id"] = f"{entry.get('seq', -1)}.0"
    return told


def _is_ours_alone(entry: Plain) -> bool:
    """Whether this is a change that nobody reads but this program, for its own book-keeping."""
    if entry["type"] != "set":
        return False
    key = entry["key"]
    return not (isinstance(key, str) and (key in CHANGEABLE or is_fact(key)))


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
    "kind",
    "title",
    "interface",
    "conversation_id",
    "parent",
    "tags",
)


def _csv(source: _Source, write: Write) -> None:
    """One row a call."""
    write(row(_COLUMNS))
    for session, entries in source.sessions():
        known = _cells(source.facts(session))
        for entry in entries:
            if entry["type"] == "interaction":
                tokens = {
                    ours: entry["tokens"].get(key, 0) for key, ours in token_kinds.FIELDS.items()
                }
                values = {**known, **tokens, **entry}
                write(row([values.get(column) for column in _COLUMNS]))


def _cells(facts: Plain) -> Plain:
    """The facts of a session as values of cells."""
    parent = facts.get("parent") or {}
    return {
        **facts,
        "session": facts["name"],
        "parent": parent.get("name"),
        "tags": " ".join(facts["tags"]),
    }


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
        found = itertools.chain(source.past_entries(session) or (), entries)
        pieces = transcripts.markdown(session, filter(None, map(record_of, found)))
        write(source.text(next(pieces)))  # the facts of the session
        for piece in pieces:
            write(piece)


def _as_it_is(value: Any) -> Any:
    return value


def _dumped(value: Plain) -> str:
    import orjson

    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a whole number beyond 64 bits, from a hand edit or another program
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
