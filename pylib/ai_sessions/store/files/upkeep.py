"""Looking after the sessions on disk: `Upkeep` of store.contract."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from ai_sessions import names
from ai_sessions.disk import files, locks
from ai_sessions.errors import LockBusy
from ai_sessions.store.contract import Finding, Room
from ai_sessions.store.files import disk_use, doctor, in_use, raw_output
from ai_sessions.store.files.turns import TURN


class FileUpkeep:
    """`progress` is told the name of each session before it is examined."""

    def __init__(
        self,
        root: Path,
        tell: locks.Tell = locks.silent,
        progress: locks.Tell = locks.silent,
    ) -> None:
        self._root, self._tell, self._progress = root, tell, progress

    def examine(self, name: str = "") -> Iterator[Finding]:
        if name:
            return doctor.examine_session(self._folder(name))
        return doctor.examine(self._root, self._progress)

    def mend(self, name: str) -> bool:
        return doctor.mend(self._folder(name), self._tell)

    def room(self) -> Room:
        return disk_use.room(self._root)

    def in_use(self) -> Mapping[str, str]:
        return in_use.in_use(self._root)

    def raw_output_before(self, name: str, before: datetime) -> int:
        folder = self._folder(name)
        with files.reported(folder):
            return raw_output.size_before(folder, before)

    def drop_raw_output(self, name: str, before: datetime) -> int:
        folder = self._folder(name)
        held = locks.held(folder / TURN, 0, f"session {name}")
        with files.reported(folder), contextlib.suppress(LockBusy, FileNotFoundError), held:
            return raw_output.drop(folder, before)
        return 0

    def _folder(self, name: str) -> Path:
        return self._root / names.session(name)
