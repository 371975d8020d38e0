"""What commands and answers of a bot work with: sessions, members, questions, turns under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions import money
from ai_sessions.bots.facts import Facts
from ai_sessions.bots.inbox import Inbox
from ai_sessions.bots.members import Members
from ai_sessions.bots.outbox import Outbox
from ai_sessions.bots.questions import Questions
from ai_sessions.bots.spending import Spending
from ai_sessions.bots.work import Work
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import stamp
from ai_sessions.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ai_sessions.assemble.parts import Parts
    from ai_sessions.bots.database import Database
    from ai_sessions.bots.events import Attachment, Inbound, Memo, Place
    from ai_sessions.bots.members import Role
    from ai_sessions.records import Session


class Desk:
    """One bot's parts. `service`: the interface of its sessions (`telegram`, `discord`)."""

    def __init__(
        self,
        parts: Parts,
        service: str,
        database: Database,
        fetch: Callable[[Attachment], Awaitable[bytes]],
    ) -> None:
        self.parts, self.service, self.fetch = parts, service, fetch
        self.database = database
        self.inbox, self.outbox = Inbox(database), Outbox(database)
        self.members, self.questions = Members(database), Questions(database)
        self.spending = Spending(database, parts.now)
        self.facts, self.work = Facts(database), Work(parts, database)
        self.turns: dict[str, Stop] = {}
        """Key of a place -> what ends the turn that is under way there."""

    def conversation(self, event: Inbound) -> str:
        """The `conversation_id` of the session that an event belongs to."""
        place = event.place
        chat = self.first_chat(place.chat)
        key = f"{chat}:{place.topic}" if place.topic else chat
        is_own = self.parts.settings()["BOT_PER_USER"] and not place.is_private
        return f"{key}:{event.sender.id}" if is_own else key

    def session(self, event: Inbound) -> Session | None:
        """The one that takes the next message there; None: there is none yet, or it is over."""
        found = self.parts.core.find_by_conversation(self.conversation(event), self.service)
        return None if found and found.is_over(stamp(self.parts.now())) else found

    def begun(self, event: Inbound) -> Session:
        """The same, made when there is none."""
        return self.parts.core.get_or_create_session(
            conversation_id=self.conversation(event),
            interface_type=self.service,
            external_user_id=event.sender.id,
            external_chat_id=event.place.chat,
        )

    def replaces(self, event: Inbound, session: Session) -> bool:
        """Note the session that a conversation is in; whether it was in another one before."""
        conversation = self.conversation(event)
        with self.database.opened() as connection:
            query = "select uid from conversation where id = ?"
            found = connection.execute(query, (conversation,)).fetchone()
            if not found or found[0] != session.uid:
                put = "insert or replace into conversation(id, uid) values (?, ?)"
                connection.execute(put, (conversation, session.uid))
        return bool(found and found[0] != session.uid)

    def budget(self, asked: Asked) -> int | None:
        """Nano-dollars that the sender may spend a day; None: there is no limit."""
        dollars = None if asked.is_owner else self.parts.settings()["BOT_USER_BUDGET"]
        return money.nano(dollars) if dollars else None

    def choice(self, event: Inbound) -> tuple[str, str]:
        """The provider and model that answer in a place, as somebody chose there; empty: as the
        settings say.
        """
        conversation = self.conversation(event)
        with self.database.read() as connection:
            query = "select provider, model from choice where conversation = ?"
            found = connection.execute(query, (conversation,)).fetchone()
        return (found[0], found[1]) if found else ("", "")

    def choose(self, event: Inbound, provider: str, model: str) -> None:
        """Have somebody else answer in a place from now on; empty: as the settings say."""
        row = self.conversation(event), provider, model
        with self.database.opened() as connection:
            put = "insert or replace into choice(conversation, provider, model) values (?, ?, ?)"
            connection.execute(put, row)

    def first_chat(self, chat: str) -> str:
        """The id that a chat had when it was made: a group that becomes a supergroup gets another
        one, and its session goes on.
        """
        with self.database.read() as connection:
            query = "select was from moved where chat = ?"
            found = connection.execute(query, (chat,)).fetchone()
        return found[0] if found else chat

    def is_same_place(self, key: str, place: Place) -> bool:
        """Whether a place had this `Place.key`, or has it now."""
        chat, _, topic = key.partition(":")
        return (self.first_chat(chat), topic) == (self.first_chat(place.chat), place.topic)

    def moved(self, was: str, to: str) -> None:
        """A chat has another id from now on."""
        first = self.first_chat(was)
        with self.database.opened() as connection:
            put = "insert or replace into moved(chat, was) values (?, ?)"
            connection.execute(put, (to, first))


@dataclass(frozen=True, slots=True)
class Asked:
    """An event that somebody may have us answer."""

    event: Inbound
    memo: Memo
    role: Role

    @property
    def place(self) -> Place:
        return self.event.place

    @property
    def is_owner(self) -> bool:
        return self.role == "owner"
