"""Putting the parts together: the only module that knows every concrete class.

Settings go in; a store, a kit or a provider comes out. Adding a provider is one file beside the
others and one line in `PROVIDERS`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ai_sessions import config, todo
from ai_sessions.config import Settings
from ai_sessions.errors import ConfigError
from ai_sessions.providers.contract import Provider, Watch
from ai_sessions.records import Interaction, Session
from ai_sessions.run import Kit
from ai_sessions.store.contract import Store
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

Tell = Callable[[str], None]
Make = Callable[[Settings], Provider]


def _silent(_text: str) -> None:
    pass


def files(settings: Settings, tell: Tell = _silent) -> FileStore:
    """The sessions in SESSION_DIR. `tell` hears warnings and whom we wait for."""
    return FileStore(
        settings["SESSION_DIR"],
        fsync=settings["SESSION_FSYNC"],
        lock_timeout_s=settings["SESSION_LOCK_TIMEOUT"],
        content=settings["SESSION_CONTENT"],
        tell=tell,
    )


def store(settings: Settings, use_sessions: bool, tell: Tell = _silent) -> Store:
    """Where conversations go; without sessions into memory, gone when the command ends."""
    return files(settings, tell) if use_sessions else MemoryStore()


def kit(settings: Settings, store: Store, watch: Watch) -> Kit:
    """What the line works with: the store, prices, the clock, and the steps after a save."""
    from ai_sessions import pricing

    return Kit(
        store=store,
        price_of=pricing.price_of,
        now=lambda: datetime.now(UTC),
        watch=watch,
        steps=(partial(_todos, store),),
        log_dir=partial(_log_dir, store),
    )


def _todos(store: Store, interaction: Interaction, session: Session) -> None:
    """Step after each call: note when it began and ended, and what it was expected to cost."""
    notes = todo.automatic(interaction, session)
    if notes:
        store.append(session.name, notes)


def _log_dir(store: Store, name: str) -> Path | None:
    folder = store.path(name)
    return folder / "logs" if folder else None


def provider(settings: Settings, name: str = "", *, need_edit: bool = False) -> Provider:
    """The provider called `name`; empty: the first agent that is installed.

    Raises `ConfigError` when there is no such provider, or no agent at all.
    """
    chosen = name or _installed()
    make = PROVIDERS.get(chosen)
    if make is None:
        near = config.nearest(chosen, list(PROVIDERS))
        hint = f"did you mean {near}? " if near else ""
        raise ConfigError(
            f"no provider {chosen!r}", f"{hint}there are: {', '.join(PROVIDERS)} (AI_PROVIDER)"
        )
    return make(settings)


def repository(folder: Path) -> Path | None:
    """Top-level folder of the git repository that `folder` is in; None outside of one."""
    for place in (folder.resolve(), *folder.resolve().parents):
        if (place / ".git").exists():
            return place
    return None


def _installed() -> str:
    for name in AGENTS:
        if name in PROVIDERS and shutil.which(name):
            return name
    wanted = " or ".join(name for name in AGENTS if name in PROVIDERS)
    raise ConfigError(
        f"no coding agent found: {wanted} is not on your PATH",
        "install it, or set AI_PROVIDER=openai for an HTTP model; to look around first: make demo",
    )


#: Agents that are looked for, the first one found wins.
AGENTS = ("claude", "codex", "gemini", "opencode")

PROVIDERS: dict[str, Make] = {}
