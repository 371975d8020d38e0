"""What an entry point works with that lives long: sessions, the settings in force, the clock."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ai_sessions import config
from ai_sessions.assemble import completing
from ai_sessions.assemble import conversations as assembling
from ai_sessions.assemble import kit as kits
from ai_sessions.assemble.prices import prices
from ai_sessions.sessions import cut_off

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from ai_sessions.config import Settings
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.index import Index
    from ai_sessions.jobs import Kit
    from ai_sessions.providers.contract import Watch
    from ai_sessions.store.contract import Store

#: Seconds for which the list of models is known.
_MODELS_S = 60.0


class Parts:
    """Safe to use from several threads."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """`environment`: where settings are read, anew for each call of a model.

        Raises `ConfigError` for a setting that is wrong.
        """
        self.environment = environment
        self._settings = self.settings()
        self.core: Conversations = assembling.conversations(environment)
        """The verbs of conversations."""
        self._models: tuple[float | None, Sequence[str]] = (None, ())

    def settings(self) -> Settings:
        """Those in force now."""
        return config.load(self.environment, files=config.files(self.environment, None))

    @property
    def store(self) -> Store:
        return self.core.store

    @property
    def index(self) -> Index:
        """What is known of all sessions without reading them."""
        return self.core.index

    def now(self) -> datetime:
        return self.core.now()

    def warm(self) -> None:
        """Load what takes a second: the vocabulary that tokens are counted by."""
        self.core.memory.rules.count("word")

    # --- calls of models

    def kit(self, settings: Settings, watch: Watch, tell: Callable[[str], None]) -> Kit:
        """What the line works with, for one call. `tell`: called with warnings."""
        return kits.kit(settings, self.store, watch, tell, self.environment)

    def available_models(self) -> Sequence[str]:
        """As `completing.available`, which asks all servers, at most once a minute."""
        asked_s, known = self._models
        if asked_s is None or time.monotonic() - asked_s > _MODELS_S:
            known = completing.available(self.settings(), self.environment)
            self._models = time.monotonic(), known
        return known

    def log_dir(self, session: str) -> Path:
        """Where the draft of an answer is while it comes."""
        found = self._books.log_dir(session)
        if found is None:
            raise LookupError("the store has no folder for drafts")
        return found

    def settle(self, names: Sequence[str]) -> None:
        """Record the calls of these sessions whose process is gone."""
        cut_off.settle_all(self._books, names)

    @cached_property
    def _books(self) -> cut_off.Books:
        settings = self._settings
        return kits.books(settings, self.store, self.environment, prices(settings))
