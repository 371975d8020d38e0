"""What was made of entries of a conversation and may quote them: summaries, pins, titles."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import SUMMARY
from ai_sessions.store.facts import KEY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ai_sessions.records import Session
    from ai_sessions.store.contract import Plain, Store

#: Shorter texts occur in others by accident.
_TELLING = 8
_CUT_OFF = ("…", "...")
_TITLES = ("title", "description")
#: Number of the first line of a log.
_FIRST = 0
#: Topic of a note that names another session by its title.
_LINK = "link"


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of a session. `kind`: its type, or the fact that it changes."""

    session: str
    seq: int
    kind: str


def places(store: Store, name: str, sources: Sequence[Plain]) -> tuple[Place, ...]:
    """Entries that were made of `sources`, entries of session `name`, in it and in its forks.

    These are summaries that cover one of them, or continue such a summary, and later calls for
    summaries; pins of its messages, or with words of it; later titles and descriptions that are
    words of it, with their copies in forks and in linked sessions. What is redacted already, and
    `sources`, is left out. In such an order that who redacts the first ones still finds the others.
    """
    session = store.read(name)
    words = [text for one in sources for text in _texts(one)]
    seqs = {one.get("seq", -1) for one in sources}
    found = list(_in_own(store, name, seqs, words))
    titles = _titles_at(store, name, {*seqs, *(one.seq for one in found)})
    for fork in _forks(store, session, max(seqs)):
        found += _in_fork(store, fork.name, session.uid, seqs, words)
        if titles & _titles_at(store, fork.name, {_FIRST}):
            found.append(Place(fork.name, _FIRST, "title"))
    titled = [name] if any(map(_is_title, sources)) else []
    titled += [one.session for one in found if one.kind in _TITLES]
    for one in dict.fromkeys(titled):
        found += _in_links(store, store.read(one))
    return tuple(dict.fromkeys(reversed(found)))


def _in_own(store: Store, name: str, seqs: set[int], words: Iterable[str]) -> Iterator[Place]:
    covering: set[int] = set()
    for entry in _left(store, name):
        seq = entry.get("seq", -1)
        if seq in seqs:
            continue
        if entry["type"] == "summary" and (
            any(entry.get("covers_from", 0) <= one <= entry["covers_to"] for one in seqs)
            or entry.get("based_on") in covering
        ):
            covering.add(seq)
            yield Place(name, seq, "summary")
        elif _is_summary_call(entry) and seq > min(seqs):
            yield Place(name, seq, "summary")
        elif _has_system_text(entry, set(map(str, seqs))):
            yield Place(name, seq, "segment")
        elif entry["type"] == "pin" and entry.get("message", "").partition(".")[0] in map(
            str, seqs
        ):
            yield Place(name, seq, "pin")
        elif (kind := _quoting(entry, words)) and (kind == "pin" or seq > min(seqs)):
            yield Place(name, seq, kind)


def _in_fork(
    store: Store, name: str, uid: str, seqs: set[int], words: Iterable[str]
) -> Iterator[Place]:
    """A summary that covers a fork from its beginning covers what it shares."""
    messages = {f"{uid}:{seq}" for seq in seqs}
    covering: set[int] = set()
    for entry in _left(store, name):
        seq = entry.get("seq", -1)
        if entry["type"] == "summary" and (
            not entry.get("covers_from") or entry.get("based_on") in covering
        ):
            covering.add(seq)
            yield Place(name, seq, "summary")
        elif _is_summary_call(entry):
            yield Place(name, seq, "summary")
        elif _has_system_text(entry, messages):
            yield Place(name, seq, "segment")
        elif entry["type"] == "pin" and entry.get("message", "").rpartition(".")[0] in messages:
            yield Place(name, seq, "pin")
        elif kind := _quoting(entry, words):
            yield Place(name, seq, kind)


def _is_summary_call(entry: Plain) -> bool:
    """Whether a model was asked in it for a summary, which may quote anything before it."""
    return entry["type"] == "interaction" and entry.get("purpose") == SUMMARY


def _has_system_text(entry: Plain, entries: Collection[str]) -> bool:
    """Whether it is a break with system texts of some entries, which stay over it."""
    detail = entry.get("detail") if entry["type"] == "segment" else None
    texts = detail.get("system") if isinstance(detail, dict) else None
    if not isinstance(texts, list):
        return False
    ids = (str(one.get("id", "")) for one in texts if isinstance(one, dict))
    return any(one.rpartition(".")[0] in entries for one in ids)


def _in_links(store: Store, session: Session) -> Iterator[Place]:
    """Notes of linked sessions that tell its title."""
    known = {one.uid: one.name for one in store.sessions() if one.uid in session.links}
    for name in known.values():
        for entry in _left(store, name):
            body = entry.get("body") if entry["type"] == "note" else None
            if isinstance(body, dict) and body.get("uid") == session.uid and body.get("title"):
                yield Place(name, entry.get("seq", -1), _LINK)


def _left(store: Store, name: str) -> Iterator[Plain]:
    return (one for one in store.plain_entries(name) if not one.get("redacted"))


def _forks(store: Store, session: Session, seq: int) -> list[Session]:
    """Forks that share an entry of the session, and forks of these."""
    everything = list(store.sessions())
    found: dict[str, Session] = {}
    known = -1
    while known != len(found):
        known = len(found)
        for one in everything:
            parent = one.about.parent
            if parent is None or parent.seq is None:
                continue
            if parent.uid in found or (parent.uid == session.uid and parent.seq >= seq):
                found[one.uid] = one
    found.pop(session.uid, None)
    return list(found.values())


def _quoting(entry: Plain, words: Iterable[str]) -> str:
    """What an entry is that has words of somebody verbatim; empty: none of those that are meant."""
    if entry["type"] == "pin":
        text = entry.get("text")
        return "pin" if isinstance(text, str) and any(_quotes(text, one) for one in words) else ""
    if entry["type"] == "set":
        for kind, title in _titles(entry):
            if any(_quotes(title, one) for one in words):
                return kind
    return ""


def _titles_at(store: Store, name: str, seqs: Collection[int]) -> set[str]:
    """Titles that some entries give to a session, those alone that are not redacted."""
    entries = (one for one in _left(store, name) if one.get("seq", -1) in seqs)
    return {text for one in entries for kind, text in _titles(one) if kind == "title"}


def _titles(entry: Plain) -> Iterator[tuple[str, str]]:
    if entry["type"] == "set" and entry["key"] in _TITLES:
        found = {entry["key"]: entry.get("value")}
    else:
        found = {"title": title_of(entry)}
    return ((kind, text) for kind, text in found.items() if isinstance(text, str) and text)


def title_of(entry: Plain) -> str:
    """The title that a session begins with, in its first line; empty: none, or not such a line."""
    facts = entry.get(KEY) if entry["type"] == "session" else None
    title = facts.get("title") if isinstance(facts, dict) else ""
    return title if isinstance(title, str) else ""


def _is_title(entry: Plain) -> bool:
    return any(True for _found in _titles(entry))


def _quotes(text: str, source: str) -> bool:
    """Whether a short text is words of `source`, cut off at its end or not, or has all of it."""
    text, source = _plain(text), _plain(source)
    end = next((end for end in _CUT_OFF if text.endswith(end)), "")
    part = text.removesuffix(end).rstrip()
    if not part or not source:
        return False
    if len(source) >= _TELLING and source in text:
        return True
    right = "" if end else r"(?!\w)"
    return re.search(rf"(?<!\w){re.escape(part)}{right}", source) is not None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _texts(entry: Plain) -> Iterator[str]:
    """What was said in an entry."""
    if entry["type"] in ("interaction", "message"):
        said = entry["messages"] if entry["type"] == "interaction" else [entry]
        values: list[Any] = [one.get("text") for one in said if isinstance(one, dict)]
    else:
        values = [entry.get("text"), entry.get("value"), title_of(entry)]
    return (one for one in values if isinstance(one, str) and one)
