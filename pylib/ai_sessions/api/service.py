"""What all requests work with: sessions, tokens, turns, the settings in force, and the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast

from ai_sessions.api.access import FOLDER, Access
from ai_sessions.api.changes import Changes, look_at
from ai_sessions.api.counting import Requests
from ai_sessions.api.freshness import Looks
from ai_sessions.api.kept_answers import KeptAnswers
from ai_sessions.api.logins import Logins
from ai_sessions.api.turns import Turns
from ai_sessions.assemble.parts import Parts
from ai_sessions.rates import Rates
from ai_sessions.store.contract import Source


class Service(Parts):
    """One server's parts. Safe to use from several threads."""

    def __init__(self, environment: Mapping[str, str], token_file: Path | None = None) -> None:
        """`environment`: where settings are read, anew for each request that calls a model.
        Raises `ConfigError` for a setting that is wrong.
        """
        super().__init__(environment)
        self.index.source = cast(Source, Looks(self.index.source))
        folder = Path(self._settings["SESSION_DIR"], FOLDER)
        self.access = Access(folder, token_file)
        self.logins = Logins(folder, self.access)
        self.kept_answers = KeptAnswers(folder, self.now)
        self.rates = Rates(self._settings["API_RATE_LIMIT"])
        self.turns = Turns()
        self.requests = Requests()
        self._stopping = asyncio.Event()
        self.changes = Changes(look_at(self.store), self._stopping.is_set)

    # --- the end

    @property
    def is_stopping(self) -> bool:
        """Whether the server was told to end: streams come to an end, no turn is begun."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """In the event loop: the server was told to end."""
        self._stopping.set()
        self.turns.stop()
        self.changes.wake()

    async def pause(self, most_s: float) -> None:
        """So many seconds, less when the server is told to end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await self._stopping.wait()
