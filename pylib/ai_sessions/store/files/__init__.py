"""The store on disk. Its class is imported when asked for: reading totals needs little of it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.store.files.store import FileStore

__all__ = ["FileStore"]


def __getattr__(name: str) -> type[FileStore]:
    if name != "FileStore":
        raise AttributeError(name)
    from ai_sessions.store.files.store import FileStore

    return FileStore
