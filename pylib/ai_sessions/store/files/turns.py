"""The turn of one session: a kernel lock on `.turn`, ended by its process at the latest."""

from pathlib import Path

from ai_sessions.disk import locks

TURN = ".turn"


class FileTurn:
    """`Turn` of store.contract, held until `end`."""

    def __init__(self, folder: Path, wait_s: float, tell: locks.Tell = locks.silent) -> None:
        """Waits for it. Raises `LockBusy`, `FileNotFoundError` when the session is gone."""
        self.name = folder.name
        self._path = folder / TURN
        self._lock = locks.acquire(self._path, wait_s, f"session {self.name}", tell)

    def is_held(self) -> bool:
        """The lock file may have gone to the trash with its session: then it protects nothing."""
        return self._lock.is_at(self._path)

    def end(self) -> None:
        self._lock.release()
