"""A plug-in for pytest: tests of `openai-agents` with our session in place of its SQLiteSession."""

from pathlib import Path
from typing import Any

import agents

from ai_sessions.library.openai_agents import AgentsSession
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore


class SQLiteSession(AgentsSession):
    """Made as theirs: a path for the database, or none for one in memory."""

    def __init__(
        self, session_id: str, db_path: str | Path = ":memory:", session_settings: Any = None
    ) -> None:
        in_memory = str(db_path) == ":memory:"
        store = MemoryStore() if in_memory else FileStore(Path(f"{db_path}.d"), fsync="none")
        super().__init__(session_id, store, session_settings)


agents.SQLiteSession = SQLiteSession
