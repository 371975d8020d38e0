"""Calls under way that no session keeps: a note of each, by which it is accounted for when its
process is gone.

The note lies in a folder of its own, beside the empty files that show until when the call lived.
Not a word of what was said is in it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions import names
from ai_sessions.disk import files
from ai_sessions.errors import AiSessionsError
from ai_sessions.imports.unchanged import FOLDER
from ai_sessions.ledger import owners
from ai_sessions.ledger.owners import Owner
from ai_sessions.records import About, Session
from ai_sessions.sessions import cut_off
from ai_sessions.store.entries import plain_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ai_sessions.sessions.cut_off import Books
    from ai_sessions.store.contract import OnCalls

Plain = dict[str, Any]

_UNDER_WAY = "under-way"
_NOTE = "call.json"
_LARGEST_BYTES = 1 << 20
_ABOUT = ("command", "feature", "project")
#: Of another machine's process nobody can tell whether it is gone.
_LONGEST_US = 24 * 3600 * 1_000_000


def folder(root: Path, session: str) -> Path:
    """Where the note of a session's call is, and where its signs of life go."""
    owner = owners.ourselves()
    return root / FOLDER / _UNDER_WAY / f"{owner.pid}-{owner.start}" / names.session(session)


def note(root: Path, session: Plain) -> None:
    """Keep the call that is under way in a session (its checkpoint), or forget the one that was.

    Raises `StorageError`, `OSError`.
    """
    place, owner = folder(root, session["name"]), owners.ourselves()
    if not session["calling"]:
        _forget(place)
        return
    told = {key: session[key] for key in ("name", "uid", "calling", *_ABOUT)}
    told |= {"pid": owner.pid, "start": owner.start, "machine": owner.machine}
    files.make_folders(place, sync=False)
    files.replace(place / _NOTE, json.dumps({**told, "at": owners.now()}).encode(), sync=False)


def settle(books: Books, root: Path, told: OnCalls, cost_of: Callable[[str], int | None]) -> bool:
    """Tell of the calls whose process is gone, as their agents' own logs have them; whether there
    was any. `cost_of`: what one cost that was told before its note was taken back.
    """
    there = list(_left(root))
    for place, session in there:
        if cost_of(str(session.calling.get("id"))) is None:
            told(_facts(session), [_entry(books, place, session)])
        _forget(place)
    return bool(there)


def _facts(session: Session) -> Plain:
    about = {key: getattr(session.about, key) for key in _ABOUT}
    return {"name": session.name, "uid": session.uid, **about}


def _entry(books: Books, place: Path, session: Session) -> Plain:
    call = cut_off.call_of(replace(books, log_dir=lambda _session: place), session)
    return plain_of(call, call.at)


def _left(root: Path) -> Iterator[tuple[Path, Session]]:
    for path in sorted((root / FOLDER / _UNDER_WAY).glob(f"*/*/{_NOTE}")):
        with contextlib.suppress(AiSessionsError, OSError, ValueError, TypeError, KeyError):
            found = json.loads(files.read_bytes(path, _LARGEST_BYTES))
            owner = Owner(int(found["pid"]), str(found["start"]), str(found["machine"]))
            if owner.is_gone(int(found["at"]) + _LONGEST_US):
                known: dict[str, Any] = {key: str(found[key]) for key in _ABOUT}
                about = About(**known)
                facts = (str(found["name"]), str(found["uid"]), about, "", "")
                yield path.parent, Session(*facts, calling=dict(found["calling"]))


def _forget(place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    with contextlib.suppress(OSError):  # another call of this process is under way
        os.rmdir(place.parent)
