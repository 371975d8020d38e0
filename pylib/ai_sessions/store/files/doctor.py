"""Looking for damage in sessions, and mending it without losing a byte, or a fact that is known.

Nothing here is needed for correct answers: damaged lines are skipped and checkpoints made again by
the normal path. The doctor says what was skipped, and sets it aside.
"""

import contextlib
import json
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ai_sessions.disk import files, locks
from ai_sessions.errors import StorageError
from ai_sessions.store import totals
from ai_sessions.store.contract import Finding
from ai_sessions.store.entries import numbered
from ai_sessions.store.files import carrying, checkpoints, journal, lines, spool
from ai_sessions.store.files.writing import LOCK

Plain = dict[str, Any]
#: Where `mend` puts lines that cannot be read, beside the journal they were in.
DAMAGED = "journal.damaged"
_WAIT_S = 30.0


def examine(root: Path, at: locks.Tell = locks.silent) -> Iterator[Finding]:
    """Everything that is wrong under SESSION_DIR; `at` hears each name before its turn.

    Raises `StorageError` when it cannot be read.
    """
    if not root.is_dir():
        return
    yield from _folder_findings(root)
    for name in checkpoints.foreign(root):
        yield Finding(name, "not a session name: never opened", mendable=False)
    for name in _waiting(root):
        yield Finding(name, "an answer that waits to be written: the next call brings it in")
    for name in checkpoints.names(root):
        at(name)
        yield from examine_session(root / name)


def _waiting(root: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return spool.names(root)
    return []


def examine_session(folder: Path) -> Iterator[Finding]:
    """What is wrong with one session: lines, their order, the checkpoint, files left behind."""
    name = folder.name
    try:
        state, _ = checkpoints.look(os.fspath(folder), name)
        if state in _NOT_OURS:
            yield Finding(name, _NOT_OURS[state], mendable=False)
        else:
            yield from _session_findings(folder)
    except (OSError, StorageError) as error:
        yield Finding(name, f"cannot be read: {checkpoints.told(error, name)}", mendable=False)


_NOT_OURS = {
    checkpoints.EMPTY: "a folder without a session: left alone",
    checkpoints.NEWER: "made by a newer version: left alone",
}


def _session_findings(folder: Path) -> Iterator[Finding]:
    name = folder.name
    for draft in files.left_drafts(folder):
        yield Finding(name, f"left behind by a killed process: {draft.name}")
    with contextlib.suppress(FileNotFoundError):
        yield from _line_findings(folder)
        yield from _checkpoint_findings(folder)


def mend(folder: Path, tell: locks.Tell) -> bool:
    """Set damaged lines aside and make the checkpoint anew; False when nothing was to do.

    Raises `LockBusy`, `StorageError`.
    """
    if not any(finding.mendable for finding in examine_session(folder)):
        return False
    what = f"session {folder.name}"
    with files.reported(folder), locks.held(folder / LOCK, _WAIT_S, what, tell):
        _sweep(folder)
        with contextlib.suppress(FileNotFoundError), journal_locked(folder, what, tell):
            _state, known = checkpoints.look(os.fspath(folder), folder.name, thorough=True)
            if any(journal.read_line(raw) is None for _number, raw in _numbered(folder)):
                _set_aside(folder, known)
            renew_checkpoint(folder)
    return True


def _folder_findings(root: Path) -> Iterator[Finding]:
    if stat.S_IMODE(root.stat().st_mode) & 0o077:
        yield Finding(str(root), "readable for other users: the next write makes it private")
    above = root.parent.stat().st_mode
    if above & stat.S_IWOTH and not above & stat.S_ISVTX:
        yield Finding(str(root.parent), "anyone may write there: chmod o-w", mendable=False)


def _line_findings(folder: Path) -> Iterator[Finding]:
    expected = 0
    for number, raw in _numbered(folder):
        entry = journal.read_line(raw)
        if entry is None:
            yield Finding(folder.name, "a damaged line", number)
            continue
        if not lines.intact(raw):
            yield Finding(folder.name, "edited by hand (its CRC differs)", number, mendable=False)
        seq = entry.get("seq", expected)
        if seq != expected:
            yield Finding(folder.name, f"number {seq} where {expected} was due", number, False)
        expected = seq + 1


def _checkpoint_findings(folder: Path) -> Iterator[Finding]:
    kept = totals.completed(checkpoints.metadata(os.fspath(folder)))
    if kept is None:
        yield Finding(folder.name, "no readable checkpoint: made again from the journal")
        return
    real = journal.advance(folder / journal.NAME, totals.empty(folder.name))
    if kept["journal"]["bytes"] == real["journal"]["bytes"] and kept["totals"] != real["totals"]:
        yield Finding(folder.name, "the checkpoint's totals are not those of the journal")


def _numbered(folder: Path) -> Iterator[tuple[int, bytes]]:
    with journal.opened(folder / journal.NAME) as file:
        for number, raw in enumerate(file, 1):
            if raw.strip():
                yield number, raw


def _sweep(folder: Path) -> None:
    for draft in files.left_drafts(folder):
        draft.unlink(missing_ok=True)


@contextlib.contextmanager
def journal_locked(folder: Path, what: str, tell: locks.Tell) -> Iterator[None]:
    """Hold the lock on the journal itself too, as every writer does."""
    fd = files.open_safely(folder / journal.NAME, os.O_RDWR | os.O_APPEND)
    try:
        locks.lock_file(fd, time.monotonic() + _WAIT_S, what, tell)
        yield
    finally:
        os.close(fd)


def _set_aside(folder: Path, known: Plain) -> None:
    """Move lines that cannot be read, byte for byte, to a file beside the journal, and put into it
    what its checkpoint still knew of them.
    """
    rest = totals.empty(folder.name)
    damaged = files.open_safely(folder / DAMAGED, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        with files.replacing(folder / journal.NAME) as fd:
            for _number, raw in _numbered(folder):
                entry = journal.read_line(raw)
                if entry is not None:
                    totals.add(rest, entry)
                files.write_all(damaged if entry is None else fd, closed(raw))
            files.write_all(fd, b"".join(known_alone(known, rest)))
            files.sync_file(damaged)  # before the journal is the new one
    finally:
        os.close(damaged)


def known_alone(known: Plain, rest: Plain) -> Iterator[bytes]:
    """Lines with what the checkpoint knew and the lines that are left do not add up to."""
    added = []
    if not rest["uid"] and known["uid"]:
        added.append({"type": "session", "store": totals.SCHEMA, **totals.facts(known)})
    lost = carrying.missing(known, rest)
    if any(lost["totals"][key] for key in ("interactions", "messages", "cost_nusd")):
        added += carrying.carried(lost)
    for seq, entry in enumerate(added, rest["journal"]["seq"] + 1):
        yield lines.encode(numbered(entry, seq))


def closed(raw: bytes) -> bytes:
    """A line with its newline."""
    return raw if raw.endswith(b"\n") else raw + b"\n"


def renew_checkpoint(folder: Path) -> None:
    """Make the checkpoint anew from the journal alone."""
    made: dict[str, Any] = journal.advance(folder / journal.NAME, totals.empty(folder.name))
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    files.replace(folder / checkpoints.NAME, text.encode("utf-8", "replace"))
