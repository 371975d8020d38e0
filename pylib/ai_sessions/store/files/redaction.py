"""Taking the words of an entry, and of its copies, out of everything on disk, for good.

A journal is replaced in one step: who is killed leaves the old one or the new one, and the same
call again does the rest. What cannot be read may have the words as well, so it goes: damaged lines
(what they came to goes on as sums), files that were set aside. So does the raw output of agents,
where calls repeat what was said in earlier ones.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ai_sessions.disk import files, locks
from ai_sessions.errors import AiSessionsError
from ai_sessions.store import totals
from ai_sessions.store.copies import Copies
from ai_sessions.store.files import (
    checkpoints,
    doctor,
    journal,
    lines,
    raw_output,
    repeats,
    trash,
    under_way,
    upgrade,
)
from ai_sessions.store.files.turns import TURN
from ai_sessions.store.files.writing import LOCK, refuse_newer

Plain = dict[str, Any]
#: Files that keep what was in a session before it was upgraded or mended.
_SET_ASIDE = (upgrade.KEPT, upgrade.DAMAGED, doctor.DAMAGED)
_BLOCK_BYTES = 1 << 20
_EVER = datetime(9999, 1, 1, tzinfo=UTC)


class Redaction:
    """One entry to redact. `touched`: names of the sessions that had it or a copy of it."""

    def __init__(
        self, root: Path, copies: Copies, at: str, wait_s: float, tell: locks.Tell
    ) -> None:
        self.touched: dict[str, None] = {}
        self._root, self._copies, self._at = root, copies, at
        self._wait_s, self._tell = wait_s, tell
        self._own = root
        self._failed: dict[Path, Exception] = {}
        self._done: dict[Path, frozenset[str]] = {}
        """Ids that were looked for, by folder."""

    def redact(self, folder: Path) -> None:
        """The entry's own session; the caller has the turn.

        Raises `LockBusy`, `ConfigError` for a session of a newer version, `OSError`.
        """
        self._own = folder
        self.touched[folder.name] = None
        self._redact(folder)

    def redact_copies(self) -> None:
        """Every other session, those in the trash included.

        It is looked again until nothing is found: forks are forked, and sessions are moved. Raises
        as `redact` for the first one that cannot be done, after all the others.
        """
        while sum(map(self._goes_on, self._folders())):
            pass
        trash.finish(self._root)
        under_way.drop(self._root, self._copies.ids(""))
        if self._failed:
            raise next(iter(self._failed.values()))

    def _goes_on(self, folder: Path) -> bool:
        """Whether there may be more to find because of this session."""
        if folder == self._own or folder in self._failed:
            return False
        try:
            return self._redact_copy(folder)
        except FileNotFoundError:  # it was moved, to where we look next
            return not folder.is_dir()
        except (AiSessionsError, OSError) as error:
            self._failed[folder] = error
            return False

    def _folders(self) -> Iterator[Path]:
        yield from trash.discarded(self._root)
        yield from (self._root / name for name in checkpoints.names(self._root))

    def _redact_copy(self, folder: Path) -> bool:
        """False when there is nothing to do (any more)."""
        uid = self._uid(folder)
        wanted = self._copies.ids(uid)
        if self._done.get(folder) == wanted:
            return False
        if not _has(folder, wanted):
            self._done[folder] = wanted
            return False
        with locks.held(folder / TURN, 0, self._what(folder), self._tell):
            self._redact(folder)
        self.touched[_name(folder)] = None
        return True

    def _redact(self, folder: Path) -> None:
        what = self._what(folder)
        with locks.held(folder / LOCK, self._wait_s, what, self._tell):
            refuse_newer(folder)
            if _looked(folder)[0] == checkpoints.OLD:
                upgrade.upgrade(folder, _name(folder))
            if os.path.lexists(folder / journal.NAME):
                with doctor.journal_locked(folder, what, self._tell):
                    self._rewrite(folder)
                    doctor.renew_checkpoint(folder)
            _drop_what_was_set_aside(folder)
        raw_output.drop(folder, _EVER)
        self._done[folder] = self._copies.ids(self._uid(folder))

    def _rewrite(self, folder: Path) -> None:
        _state, known = _looked(folder)
        path = folder / journal.NAME
        with journal.opened(path) as old, files.replacing(path) as new:
            for block in _blocks(self._lines(old, known)):
                files.write_all(new, block)

    def _lines(self, raw: Iterable[bytes], known: Plain) -> Iterator[bytes]:
        """The lines of the new journal; what only the checkpoint still knows comes last."""
        rest = totals.empty(known["name"])
        read = ((line, entry) for line in raw if (entry := journal.read_line(line)) is not None)
        for line, entry in read:
            redacted = self._copies.without(known["uid"], entry, self._at)
            totals.add(rest, entry)
            yield lines.encode(redacted) if redacted else doctor.closed(line)
        yield from doctor.known_alone(known, rest)

    def _uid(self, folder: Path) -> str:
        row = checkpoints.row(os.fspath(folder), _name(folder))
        return str(row["uid"]) if row else ""

    def _what(self, folder: Path) -> str:
        where = " in the trash" if _is_discarded(folder) else ""
        return f"session {_name(folder)}{where}"


def _name(folder: Path) -> str:
    """What the session in a folder is called, or was when it was discarded."""
    return trash.name_of(folder) if _is_discarded(folder) else folder.name


def _is_discarded(folder: Path) -> bool:
    return folder.parent.name == trash.FOLDER


def _looked(folder: Path) -> tuple[str, Plain]:
    return checkpoints.look(os.fspath(folder), _name(folder), thorough=True)


def _has(folder: Path, wanted: frozenset[str]) -> bool:
    """Whether an entry of that session has one of these ids."""
    path = folder / journal.NAME
    if os.path.lexists(path):
        return bool(repeats.known(path, wanted))
    old = checkpoints.entries(os.fspath(folder), _name(folder))
    return any(entry.get("id") in wanted for entry in old)


def _blocks(found: Iterator[bytes]) -> Iterator[bytes]:
    block: list[bytes] = []
    size = 0
    for line in found:
        block.append(line)
        size += len(line)
        if size >= _BLOCK_BYTES:
            yield b"".join(block)
            block, size = [], 0
    yield b"".join(block)


def _drop_what_was_set_aside(folder: Path) -> None:
    """The session is locked, so no draft in it is anybody's."""
    for path in (*files.drafts(folder), *(folder / name for name in _SET_ASIDE)):
        path.unlink(missing_ok=True)
    files.sync_folder(folder)
