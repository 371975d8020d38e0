"""The stores of sessions, what looks after them, and the index over them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions import ids, names
from ai_sessions.assemble import ledgers
from ai_sessions.errors import AiSessionsError, UsageError
from ai_sessions.index import Index
from ai_sessions.sessions import projects
from ai_sessions.store.files import FileStore, writing
from ai_sessions.store.files.source import FileSource

if TYPE_CHECKING:
    from ai_sessions.config import Settings
    from ai_sessions.store.contract import OnCalls, Store, Upkeep

Plain = dict[str, Any]
Tell = Callable[[str], None]


def _silent(_text: str) -> None:
    pass


def files(
    settings: Settings,
    tell: Tell = _silent,
    now: Callable[[], datetime] | None = None,
    *,
    syncs: bool = True,
    on_calls: OnCalls | None = None,
) -> Store:
    """The sessions in SESSION_DIR. `tell` hears warnings and whom we wait for. `syncs` False: who
    writes calls `sync` when all is written, and says before that to nobody that it is safe.
    `on_calls`: in place of what tells the ledger of each.
    """
    return FileStore(
        settings["SESSION_DIR"],
        fsync=settings["SESSION_FSYNC"] if syncs else "none",
        lock_timeout_s=settings["SESSION_LOCK_TIMEOUT"],
        content=settings["SESSION_CONTENT"],
        now=now,
        tell=tell,
        same_project=projects.same,
        known_ids=partial(_known_ids, settings["SESSION_DIR"]),
        on_calls=on_calls or ledgers.on_calls(settings, tell, is_kept=True),
        discarding=partial(_discarding, settings, tell),
        restoring=partial(_restoring, settings, tell),
    )


@contextlib.contextmanager
def _discarding(
    settings: Settings, tell: Tell, session: Plain, found: Sequence[Plain]
) -> Iterator[None]:
    """What calls cost stays in the ledger; that they were ours stays known to imports. Recorded
    files go with the session.
    """
    if found:
        ledgers.on_calls(settings, tell, is_kept=True)(session, found)
        if session["command"] != names.IMPORTED:
            _claim(settings, tell, found)
    from ai_sessions.assemble import recording

    with recording.going(settings, tell, session):
        yield


def _claim(settings: Settings, tell: Tell, found: Iterable[Plain]) -> None:
    """Keep when calls were that no session has, as their agents' logs have them, too."""
    from ai_sessions.imports import claims
    from ai_sessions.imports.unchanged import FOLDER

    try:
        claims.add(Path(settings["SESSION_DIR"], FOLDER), found)
    except (AiSessionsError, OSError) as error:
        tell(f"warning: import may take these calls for somebody else's: {error}")


@contextlib.contextmanager
def _restoring(
    settings: Settings, tell: Tell, session: Plain, found: Sequence[Plain]
) -> Iterator[None]:
    """Calls that came in again meanwhile would count twice."""
    from ai_sessions.index import calls

    root, name = Path(settings["SESSION_DIR"]), session["name"]
    is_imported = session["command"] == names.IMPORTED
    known = [one["id"] for one in found if is_imported or ids.is_unique(one["id"])]
    other = calls.holder(Index(FileSource(root), str(root)), known) if known else ""
    if other not in ("", name):  # a name that is in use is told by the store
        more = "; import --from all --anew brings in what only that one had" if is_imported else ""
        raise UsageError(
            f"calls of {name} are in session {other} now, they would count twice",
            f"ai-session.sh remove {other}, then restore {name}{more}",
        )
    if not found:
        yield
        return
    with ledgers.returning(settings, tell, session, found):
        yield


def sync(settings: Settings, name: str = "") -> None:
    """Wait until what was written into a session is on the medium, or without a name which ones
    there are, unless SESSION_FSYNC is none.
    """
    if settings["SESSION_FSYNC"] != "none":
        writing.sync(Path(settings["SESSION_DIR"]), name)


def _known_ids(root: Path, name: str, wanted: frozenset[str]) -> frozenset[str] | None:
    from ai_sessions.index.ids import known  # most writes need it not

    return known(Index(FileSource(root), str(root)), name, wanted)


def upkeep(settings: Settings, tell: Tell = _silent, progress: Tell = _silent) -> Upkeep:
    """What looks after SESSION_DIR. `progress` is told the name of each session before its turn."""
    from ai_sessions.store.files.upkeep import FileUpkeep

    return FileUpkeep(Path(settings["SESSION_DIR"]), tell, progress)


def index(settings: Settings, store: Store) -> Index:
    """The index of a store, which keeps nothing of what does not last."""
    return Index(store.source(), str(settings["SESSION_DIR"]) if store.lasting else "")


def folder(settings: Settings, name: str) -> Path:
    """Where the files of a session are, or would be."""
    return Path(settings["SESSION_DIR"], names.session(name))


def store(settings: Settings, use_sessions: bool, tell: Tell = _silent) -> Store:
    """Where conversations go; without sessions into memory, gone when the command ends. What calls
    cost is kept either way.
    """
    if use_sessions:
        return files(settings, tell)
    from ai_sessions.store.memory import MemoryStore

    return MemoryStore(
        same_project=projects.same,
        on_calls=partial(count_unkept, settings, tell),
        on_calling=partial(_note_unkept, settings, tell),
    )


def of_programs(settings: Settings, tell: Tell = _silent) -> Store:
    """Where a Python program's conversations go, by SESSION_PROVIDER. In memory nothing is written,
    not even what calls cost.
    """
    if settings["SESSION_PROVIDER"] == "files" and settings["USE_SESSIONS"]:
        return files(settings, tell, on_calls=ledgers.noting(settings, tell))
    if settings["SESSION_PROVIDER"] == "files":
        return store(settings, use_sessions=False, tell=tell)
    from ai_sessions.store.memory import MemoryStore

    return MemoryStore(content=settings["SESSION_CONTENT"], same_project=projects.same)


def count_unkept(settings: Settings, tell: Tell, session: Plain, found: Sequence[Plain]) -> None:
    """What calls cost that no session keeps is in the ledger; that they are ours, imports know."""
    _claim(settings, tell, found)
    ledgers.on_calls(settings, tell, is_kept=False)(session, found)


def _note_unkept(settings: Settings, tell: Tell, session: Plain) -> None:
    from ai_sessions.sessions import unkept

    try:
        unkept.note(Path(settings["SESSION_DIR"]), session)
    except (AiSessionsError, OSError) as error:
        tell(f"warning: if it is killed, what this call cost is not known: {error}")
