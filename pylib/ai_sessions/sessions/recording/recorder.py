"""Keeping the files of sessions up to date while a program works: off its path, and at its end."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ai_sessions.errors import AiSessionsError, NotFound
from ai_sessions.sessions.recording import file_names
from ai_sessions.sessions.recording.background import AT_EXIT_S, background
from ai_sessions.sessions.recording.folder import Folder
from ai_sessions.sessions.recording.registry import Registry

if TYPE_CHECKING:
    from ai_sessions.records import Session
    from ai_sessions.store.contract import Store

Tell = Callable[[str], None]

#: What went wrong the last time, by folder, and was told.
_troubles: dict[str, str] = {}


class Recorder:
    """Writes the files of one store's sessions into one folder. Safe to use from any thread.

    `tell` hears what cannot be written, once until something is written again. `upkeep`: called
    now and then with the folder, in the background.
    """

    def __init__(
        self,
        store: Store,
        folder: Folder,
        registry: Registry,
        tell: Tell,
        *,
        sync: bool = False,
        upkeep: Callable[[Folder], None] = lambda _folder: None,
    ) -> None:
        self._store, self._folder, self._registry = store, folder, registry
        self._tell, self._sync, self._upkeep = tell, sync, upkeep

    def note(self, session: str) -> None:
        """Have the files of a session follow what was added to it. Takes no time, raises nothing;
        several notes of a session are one write.
        """
        key = (self._folder.path, self._registry.path, session)
        background.add(key, partial(self._write, session))

    def flush(self, timeout_s: float = AT_EXIT_S) -> bool:
        """Wait until all that was noted is written; False when that takes longer. The end of the
        interpreter does so by itself.
        """
        return background.finish(timeout_s)

    def paths(self, session: Session) -> tuple[str, str]:
        """Where its Markdown and its JSON are, or will be."""
        stem = os.path.join(self._folder.path, file_names.stem(session))
        return f"{stem}.md", f"{stem}.json"

    def _write(self, session: str) -> None:
        """The session itself is safe, so nothing that goes wrong here may end anything."""
        try:
            write(self._store, session, self._folder, self._registry, self._tell, sync=self._sync)
            self._upkeep(self._folder)
        except NotFound:  # removed meanwhile, with its files
            return
        except Exception as error:
            self._failed(_reason(error, self._folder.path))
        else:
            _troubles.pop(self._folder.path, None)

    def _failed(self, reason: str) -> None:
        if reason != _troubles.get(self._folder.path):
            _troubles[self._folder.path] = reason
            self._tell(f"sessions are saved, but not their files in RECORD_DIR: {reason}")


def write(
    store: Store, name: str, folder: Folder, registry: Registry, tell: Tell, *, sync: bool
) -> None:
    """Bring the files of a session in a folder up to date.

    Raises `NotFound`, `LockBusy`, `StorageError`, `OSError`.
    """
    from ai_sessions.sessions.recording import writing  # which a program needs later, if at all

    id_ = file_names.id_of(store.read(name))
    with registry.lock(id_):
        session = store.read(name)
        if file_names.id_of(session) != id_:  # another one has the name by now, and its own note
            return
        with folder.opened() as at:
            registry.add(folder.path)
            log = writing.Log(store, session, registry.redactions())
            writing.write(log, at, sync=sync, tell=tell)


def _reason(error: Exception, folder: str) -> str:
    """The same text for the same trouble, whichever file it was about."""
    found = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if isinstance(found, OSError):
        named = found.filename if isinstance(found.filename, str) else ""
        place = named if os.path.isabs(named) else folder  # a draft has another name each time
        return f"{place}: {found.strerror or found}"
    if isinstance(error, AiSessionsError):
        return f"{error.message} ({error.hint})" if error.hint else error.message
    return f"{folder}: {type(error).__name__}: {error}"
