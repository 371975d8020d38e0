"""Who may do what with a bot: owners, those who are listed in the settings, and nobody else."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Literal

from ai_sessions.bots.database import Database

if TYPE_CHECKING:
    from ai_sessions.bots.events import Inbound

Role = Literal["owner", "user", "stranger"]
#: Seconds for which a code that makes an owner is good, and how many wrong ones end it.
CODE_S, _WRONG_CODES = 3600.0, 10
_CODE = "code"
#: A stranger is answered once in so many seconds.
_REFUSED_S = 24 * 3600.0
#: Letters and digits that nobody mistakes for others.
_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class Members:
    """Safe to use from several threads and processes. Raises `StorageError`."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """`clock`: seconds since 1970."""
        self._database, self._clock = database, clock

    def role(self, event: Inbound, allowed: Collection[str]) -> Role:
        """`allowed`: ids of users, chats and servers that may talk to the bot."""
        if self.is_owner(event.sender.id):
            return "owner"
        known = {event.sender.id, event.place.chat, event.place.key, event.place.server}
        return "user" if known & set(allowed) else "stranger"

    def is_owner(self, person: str) -> bool:
        with self._database.read() as connection:
            query = "select 1 from member where id = ? and role = 'owner'"
            return connection.execute(query, (person,)).fetchone() is not None

    def owners(self) -> list[str]:
        """Their ids."""
        with self._database.read() as connection:
            query = "select id from member where role = 'owner' order by at"
            return [row[0] for row in connection.execute(query)]

    def new_code(self) -> str:
        """A code by which somebody becomes an owner, once; the ones before are void."""
        code = "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(3))
        with self._database.opened() as connection:
            row = _CODE, "code", f"{_hashed(code)} 0", self._clock()
            put = "insert or replace into member(id, role, name, at) values (?,?,?,?)"
            connection.execute(put, row)
        return code

    def claim(self, event: Inbound, code: str) -> bool:
        """Make the sender an owner; False: the code is wrong, used or too old."""
        with self._database.opened() as connection:
            query = "select name, at from member where id = ? and role = 'code'"
            found = connection.execute(query, (_CODE,)).fetchone()
            if not found or self._clock() - found[1] > CODE_S:
                return False
            digest, wrong = found[0].split()
            if not hmac.compare_digest(digest, _hashed(code.strip().upper())):
                left = f"{digest} {int(wrong) + 1}", _CODE
                if int(wrong) + 1 >= _WRONG_CODES:
                    connection.execute("delete from member where id = ?", (_CODE,))
                else:
                    connection.execute("update member set name = ? where id = ?", left)
                return False
            connection.execute("delete from member where id = ?", (_CODE,))
            row = event.sender.id, event.sender.name, self._clock()
            put = "insert or replace into member(id, role, name, at) values (?, 'owner', ?, ?)"
            connection.execute(put, row)
        return True

    def refused(self, event: Inbound, why: str) -> bool:
        """Put a refusal on record. True: it is to be told, because it was not for a while."""
        with self._database.opened() as connection:
            query = "select max(at) from refusal where id = ?"
            (last,) = connection.execute(query, (event.sender.id,)).fetchone()
            row = event.sender.id, self._clock(), why
            connection.execute("insert into refusal(id, at, why) values (?,?,?)", row)
        return last is None or self._clock() - last > _REFUSED_S


def _hashed(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
