"""All sessions of a program's store, by their ids: for programs without an event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ai_sessions.errors import NotFound
from ai_sessions.library import identity, storage
from ai_sessions.library.errors import Translated
from ai_sessions.library.views.session import Session
from ai_sessions.library.views.view import View, read
from ai_sessions.records import Wanted

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.library.storage import AnyStore

_Kind = TypeVar("_Kind", bound=View)


class SessionStore:
    """Sessions that programs made. Every `store=` takes it."""

    def __init__(self, backend: AnyStore = None) -> None:
        """`backend`: a store, such as that of `get_backend`; None: that of the settings."""
        self.core: Conversations = storage.conversations(backend)

    def get(self, session_id: str) -> Session | None:
        """As it is now; None: there is none of that id."""
        return found(Session, self.core, session_id)

    def save(self, session: View) -> None:
        """As `session.save()`."""
        save(session)

    def delete(self, session_id: str) -> bool:
        """Move it to the trash; False: there is none of that id. Raises `InvalidSessionOperation`
        while a fork shares its messages.
        """
        return deleted(self.core, session_id)

    def list_sessions(self, prefix: str = "") -> list[str]:
        """Ids that begin so, in order."""
        return listed(self.core, prefix)


def found(kind: type[_Kind], core: Conversations, session_id: str) -> _Kind | None:
    """As `SessionStore.get`, of that class."""
    with Translated(session_id, "get"):
        record = identity.find(core, identity.checked(session_id))
        return read(kind, core, record) if record else None


def save(session: View) -> None:
    """As `SessionStore.save`."""
    with Translated(session.id, "save"):
        session.write_unsaved()


def deleted(core: Conversations, session_id: str) -> bool:
    """As `SessionStore.delete`."""
    with Translated(session_id, "delete"):
        record = identity.find(core, identity.checked(session_id))
        if record is None:
            return False
        try:
            core.remove(record)
        except NotFound:  # somebody else was first
            return False
        return True


def listed(core: Conversations, prefix: str = "") -> list[str]:
    """As `SessionStore.list_sessions`."""
    with Translated(operation="list_sessions"):
        made = core.store.sessions(Wanted(interface=identity.INTERFACE))
        known = {identity.of_session(one) for one in made}
        return sorted(one for one in known if one.startswith(prefix))
