"""All sessions of a program's store, by their ids: for programs with an event loop."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from ai_sessions.library import session_store_sync, storage
from ai_sessions.library.tracking import done
from ai_sessions.library.views.asynchronous import Session

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.library.storage import AnyStore
    from ai_sessions.library.views.view import View


class SessionStore:
    """As that of `session_store_sync`, verb for verb."""

    def __init__(self, backend: AnyStore = None) -> None:
        """`backend`: a store, such as that of `get_backend`; None: that of the settings."""
        self.core: Conversations = storage.conversations(backend)

    async def get(self, session_id: str) -> Session | None:
        work = functools.partial(session_store_sync.found, Session, self.core, session_id)
        return await done(work, session_id, self.core)

    async def save(self, session: View) -> None:
        work = functools.partial(session_store_sync.save, session)
        await done(work, session.id, session.core)

    async def delete(self, session_id: str) -> bool:
        work = functools.partial(session_store_sync.deleted, self.core, session_id)
        return await done(work, session_id, self.core)

    async def list_sessions(self, prefix: str = "") -> list[str]:
        return await done(
            functools.partial(session_store_sync.listed, self.core, prefix), None, self.core
        )


#: As programs know it.
ChukSessionsStore = SessionStore
