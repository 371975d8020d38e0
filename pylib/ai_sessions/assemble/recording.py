"""Recording sessions as files in RECORD_DIR, by the settings."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions.sessions.recording.registry import FOLDER, Registry

if TYPE_CHECKING:
    from ai_sessions.config import Settings
    from ai_sessions.sessions.recording.folder import Folder
    from ai_sessions.sessions.recording.kept import Keep, KeptFiles
    from ai_sessions.sessions.recording.recorder import Recorder
    from ai_sessions.store.contract import Store

Tell = Callable[[str], None]
#: Seconds between two looks for files that are too old, in a program that keeps running.
_BETWEEN_S = 3600.0


def recorder(
    settings: Settings,
    store: Store,
    tell: Tell,
    wanted: bool | None = None,
    *,
    always: bool = False,
) -> Recorder | None:
    """What writes sessions down; None: RECORD says no, or `store` keeps nothing either.

    `wanted`: in place of RECORD. `always`: for who records when RECORD is `auto`, too. A RECORD_DIR
    that is not absolute begins in the folder that the program is in now.
    """
    if wanted is None:
        wanted = settings["RECORD"] in (("true", "auto") if always else ("true",))
    if not (wanted and store.lasting):
        return None
    from ai_sessions.sessions.recording.folder import Folder
    from ai_sessions.sessions.recording.recorder import Recorder

    given = settings["RECORD_DIR"]
    folder = Folder(given, "" if os.path.isabs(given) else os.getcwd())
    upkeep = _upkeep(settings, store, tell)
    sync = settings["SESSION_FSYNC"] == "full"
    return Recorder(store, folder, _registry(settings), tell, sync=sync, upkeep=upkeep)


def kept_files(settings: Settings, store: Store, tell: Tell) -> KeptFiles:
    """The files that there are, in whatever folders."""
    from ai_sessions.sessions.recording.kept import KeptFiles

    return KeptFiles(store, _registry(settings), tell)


def keep(settings: Settings) -> Keep:
    """Which of them stay."""
    from ai_sessions.sessions.recording.kept import Keep

    return Keep(settings["RECORD_KEEP_DAYS"], settings["RECORD_KEEP_COUNT"])


def is_used(settings: Settings) -> bool:
    """Whether there may be recorded files of these sessions."""
    return Path(settings["SESSION_DIR"], FOLDER).is_dir()


@contextmanager
def going(settings: Settings, tell: Tell, checkpoint: Mapping[str, Any]) -> Iterator[None]:
    """Around the way of a session to the trash, which its files do not outlive."""
    if not is_used(settings):
        yield
        return
    from ai_sessions.sessions.recording import kept
    from ai_sessions.store.entries import session_of

    with kept.going(_registry(settings), session_of(dict(checkpoint)), tell):
        yield


def _registry(settings: Settings) -> Registry:
    return Registry(Path(settings["SESSION_DIR"]))


def _upkeep(settings: Settings, store: Store, tell: Tell) -> Callable[[Folder], None]:
    """Now and then, where old files are not to stay."""
    if settings["RECORD_KEEP_DAYS"] is None and settings["RECORD_KEEP_COUNT"] is None:
        return lambda _folder: None
    return partial(_tend_if_due, settings, store, tell)


#: When this process looked last, by SESSION_DIR.
_looked: dict[str, float] = {}
_looking = threading.Lock()


def _tend_if_due(settings: Settings, store: Store, tell: Tell, _folder: Folder) -> None:
    root, now = str(settings["SESSION_DIR"]), time.monotonic()
    with _looking:
        if now - _looked.get(root, -_BETWEEN_S) < _BETWEEN_S:
            return
        _looked[root] = now
    kept_files(settings, store, tell).tend(keep(settings), datetime.now(UTC))
