"""Where a Python program keeps its sessions: by SESSION_PROVIDER, and what it asked for itself.

All of a program that is about one place shares one `Conversations`, so that each part of it sees at
once what the others wrote. Settings are read when a place is used for the first time, and again by
`configure_storage`.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from ai_sessions.errors import AiSessionsError, UsageError
from ai_sessions.library.errors import Translated

if TYPE_CHECKING:
    from typing import Any, Protocol

    from ai_sessions.conversations.service import Conversations
    from ai_sessions.store.contract import Store

    class Holder(Protocol):
        """A `SessionStore`."""

        core: Conversations

    #: What `store=` takes; None: the store that the settings name.
    AnyStore = Store | Conversations | Holder | None
    Place = tuple[str | None, ...]

#: What says where sessions are, looked at again at every call. What a program does not change while
#: it runs, as USE_SESSIONS, is read with the other settings: a look takes a microsecond.
_WHERE = ("SESSION_PROVIDER", "SESSION_DIR", "HOME")
#: Places that are known at a time; programs have one, tests have many.
_MOST = 16
_MS_AN_HOUR = 3_600_000


class _Known:
    """What this process uses: a `Conversations` for each place, and the wishes of the program."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.places: dict[Place, Conversations] = {}
        self.sandbox_id = ""
        self.expires_in_ms: int | None = None

    def forget_files(self) -> None:
        """In a new process: it opens files of its own, and nobody holds the lock for it."""
        self.lock = threading.Lock()
        self.places = {at: one for at, one in self.places.items() if not one.store.lasting}


_known = _Known()
os.register_at_fork(after_in_child=_known.forget_files)


def conversations(store: AnyStore = None) -> Conversations:
    """The conversations of this program. `store`: in place of the one that the settings name, also
    in a `SessionStore`.

    Raises `ConfigError` for a setting that is wrong, `UsageError` for what is no store.
    """
    place = _place()
    if store is not None:
        from ai_sessions.conversations.service import Conversations

        held: object = getattr(store, "core", store)
        if isinstance(held, Conversations):
            return held
        with Translated(operation="store"):
            _refuse_no_store(store)
        place = (*place, str(id(store)))  # what is kept for it keeps it alive
    return _known.places.get(place) or _made(place, store)


def _place() -> Place:
    return tuple(map(os.environ.get, _WHERE))


def _made(place: Place, store: Any) -> Conversations:
    from ai_sessions.assemble.conversations import conversations as assembled

    with Translated(operation="open"), _known.lock:
        found = _known.places.get(place)
        if found:
            return found
        made = _kept(place, assembled(os.environ, store))
    _settle(made)
    return made


def _settle(core: Conversations) -> None:
    """Record what processes have left that were killed in the midst of a call."""
    place = core.store.calls_under_way()
    if place is not None and place.has_any():
        from ai_sessions.library import under_way

        under_way.settle(core)


def _kept(place: Place, made: Conversations) -> Conversations:
    """With the lock held. Others read the places without it, so they are replaced as a whole."""
    places = {at: one for at, one in _known.places.items() if at != place}
    while len(places) >= _MOST and (oldest := _oldest_in_files(places)):
        del places[oldest]
    _known.places = {**places, place: made}
    return made


def _oldest_in_files(places: dict[Place, Conversations]) -> Place | None:
    """One that can be made again; what is in memory would be lost."""
    return next((place for place, one in places.items() if one.store.lasting), None)


def _refuse_no_store(store: object) -> None:
    if not callable(getattr(store, "append", None)) or not hasattr(store, "lasting"):
        raise UsageError(
            f"store: not a store of ai_sessions: {store!r:.80}",
            "leave it out and set SESSION_PROVIDER to files or memory",
        )


def expires_in_ms() -> int | None:
    """Milliseconds after its last use when a session that is made now expires; None: never."""
    return _known.expires_in_ms


def sandbox_id() -> str:
    """The name that `configure_storage` gave to this program's sessions; empty: none."""
    return _known.sandbox_id


def configure_storage(sandbox_id: str = "", default_ttl_hours: float | None = None) -> bool:
    """Read the settings again; False when nothing can be written where they say, and why in the log
    `ai_sessions`. Sessions in memory stay.

    `sandbox_id`: a tag for the sessions that are made from now on. `default_ttl_hours`: hours after
    its last use when such a session expires; None: never. Raises `ConfigError` for a setting that
    is wrong, `UsageError` for an argument that is.
    """
    with Translated(operation="configure_storage"):
        tag, life = _tag(sandbox_id), _life_ms(default_ttl_hours)
        store = _read_again().store
    try:
        store.check_writable()
    except AiSessionsError as error:
        if error.kind != "storage":
            raise
        import logging

        logging.getLogger("ai_sessions").warning("no session can be kept: %s", error)
        return False
    _known.sandbox_id, _known.expires_in_ms = tag, life
    return True


def setup_chuk_sessions_storage(
    sandbox_id: str = "", default_ttl_hours: float | None = None
) -> Store:
    """As `configure_storage`; the store, for `SessionManager(store=…)`. Raises `StorageError` when
    nothing can be written there.
    """
    configure_storage(sandbox_id, default_ttl_hours)
    store = conversations().store
    with Translated(operation="setup_chuk_sessions_storage"):
        store.check_writable()
    return store


def get_backend() -> Store:
    """The store of this program's sessions, as the settings say: for `SessionStore(…)` and every
    `store=`.
    """
    return conversations().store


def get_storage_info() -> dict[str, Any]:
    """`provider`, `backend` (class of the store), `sandbox_id`, `redis_url`, `folder`, `lasting`,
    `default_ttl_hours` and `stats`; with `error` in place of what could not be found out.
    """
    provider = os.environ.get("SESSION_PROVIDER") or "files"
    try:
        store = conversations().store
        told = _described(store)
        return {**told, "stats": {**told, "sessions": len(store.names())}}
    except AiSessionsError as error:
        return {"provider": provider, "error": str(error)}


def _described(store: Store) -> dict[str, Any]:
    life = _known.expires_in_ms
    return {
        "provider": "files" if store.lasting else "memory",
        "backend": type(store).__name__,
        "sandbox_id": _known.sandbox_id,
        "redis_url": "not_set",
        "folder": store.source().root,
        "lasting": store.lasting,
        "default_ttl_hours": None if life is None else life / _MS_AN_HOUR,
    }


def _read_again() -> Conversations:
    """By the settings of now, over the same store where that is in memory."""
    from ai_sessions.assemble.conversations import conversations as assembled

    place = _place()
    with _known.lock:
        before = _known.places.get(place)
        over = before.store if before and not before.store.lasting else None
        return _kept(place, assembled(os.environ, over))


def _tag(sandbox_id: str) -> str:
    from ai_sessions import labels

    return labels.tag(sandbox_id) if sandbox_id else ""


def _life_ms(hours: float | None) -> int | None:
    if hours is None:
        return None
    if isinstance(hours, bool) or not isinstance(hours, (int, float)) or not 0 < hours < 1e9:
        raise UsageError(f"default_ttl_hours: not a number of hours above 0: {hours!r:.80}")
    return max(1, round(hours * _MS_AN_HOUR))


def get_version() -> str:
    from ai_sessions import __version__

    return __version__


def is_available() -> dict[str, bool]:
    """Which parts can be used. Those of the extras are false until these are installed."""
    from ai_sessions import telemetry, tokenizer

    parts = (
        *("core_enums", "core_models", "simple_api", "storage", "infinite_context"),
        *("tool_processor", "prompt_builder", "token_tracking", "exceptions", "session_manager"),
    )
    optional = {
        "redis_support": False,
        "enhanced_token_counting": tokenizer.is_installed(),
        "opentelemetry": telemetry.is_installed(),
    }
    return {**dict.fromkeys(parts, True), **optional}
