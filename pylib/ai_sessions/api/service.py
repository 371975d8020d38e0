"""What all requests work with: sessions, tokens, the settings in force, and the clock."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions import config
from ai_sessions.api.access import FOLDER, Access
from ai_sessions.assemble import conversations as assembling
from ai_sessions.assemble import stores
from ai_sessions.index import Index

if TYPE_CHECKING:
    from datetime import datetime

    from ai_sessions.config import Settings
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.store.contract import Store


class Service:
    """One server's parts. Safe to use from several threads."""

    def __init__(self, environment: Mapping[str, str], token_file: Path | None = None) -> None:
        """`environment`: where settings are read, anew for each request that calls a model.
        Raises `ConfigError` for a setting that is wrong.
        """
        self.environment = environment
        settings = self.settings()
        self.core: Conversations = assembling.conversations(environment)
        """The verbs of conversations."""
        self.access = Access(Path(settings["SESSION_DIR"], FOLDER), token_file)

    def settings(self) -> Settings:
        """Those in force now."""
        return config.load(self.environment, files=config.files(self.environment, None))

    @property
    def store(self) -> Store:
        return self.core.store

    @cached_property
    def index(self) -> Index:
        """What is known of all sessions without reading them."""
        return stores.index(self.settings(), self.store)

    def now(self) -> datetime:
        return self.core.now()
