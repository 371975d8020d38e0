"""Who has logged in with a browser: a cookie in place of a token, while that token is valid.

The file has SHA-256 of cookies and of one-time codes alone, each with the digest of the token it
stands for: when the token is revoked, nobody comes in with its cookies any more.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions.disk import files, locks
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import stamp

if TYPE_CHECKING:
    from ai_sessions.api.access import Access
    from ai_sessions.api.scopes import Token

#: How long a browser stays logged in, and how long a one-time code can be used.
LASTS, CODE_LASTS = timedelta(days=30), timedelta(minutes=10)
COOKIE = "ai_sessions"
_FILE, _LOCK = "logins.json", ".logins.lock"
_LARGEST = 1 << 20
_LOCK_WAIT_S = 10.0
#: Most that are kept; the oldest give way.
_MOST = 1000


@dataclass(frozen=True, slots=True)
class _Login:
    """`token`: digest of the token it stands for. `until`: RFC 3339 UTC."""

    sha256: str
    token: str
    until: str
    is_code: bool = False


class Logins:
    """The logins of one store, which all its servers share."""

    def __init__(self, folder: Path, access: Access) -> None:
        self._folder, self._access = folder, access
        self._known: tuple[object, Mapping[str, _Login]] = (None, {})

    def begin(self, token: Token, now: datetime) -> str:
        """The value of a new cookie."""
        return self._add(token.digest, now + LASTS, now)

    def code(self, now: datetime) -> str:
        """A code with which the owner can log in once, within `CODE_LASTS`."""
        return self._add(self._access.owner().digest, now + CODE_LASTS, now, is_code=True)

    def find(self, cookie: str, now: datetime) -> Token | None:
        """Whose cookie that is; None: nobody's, or not any more."""
        found = self._all().get(_digest(cookie))
        if found is None or found.is_code or found.until <= stamp(now):
            return None
        return self._access.of_digest(found.token)

    def redeem(self, code: str, now: datetime) -> Token | None:
        """Whose one-time code that is; it is used up with this. None: it is none (any more)."""
        with self._locked():
            known = dict(self._all())
            found = known.get(_digest(code))
            if found is None or not found.is_code:
                return None
            del known[found.sha256]
            self._keep(known)
        return self._access.of_digest(found.token) if found.until > stamp(now) else None

    def end(self, cookie: str) -> None:
        """Let nobody in with that cookie any more."""
        with self._locked():
            known = dict(self._all())
            if known.pop(_digest(cookie), None):
                self._keep(known)

    def _add(self, token: str, until: datetime, now: datetime, *, is_code: bool = False) -> str:
        made = secrets.token_urlsafe(32)
        with self._locked():
            valid = [one for one in self._all().values() if one.until > stamp(now)][1 - _MOST :]
            valid.append(_Login(_digest(made), token, stamp(until), is_code))
            self._keep({one.sha256: one for one in valid})
        return made

    def _all(self) -> Mapping[str, _Login]:
        """By their SHA-256. The file is read again when it has changed."""
        path = self._folder / _FILE
        try:
            found = path.stat()
        except FileNotFoundError:
            return {}
        state = (found.st_mtime_ns, found.st_ino, found.st_size)
        if self._known[0] != state:
            self._known = state, _read(path)
        return self._known[1]

    def _keep(self, logins: Mapping[str, _Login]) -> None:
        import orjson

        rows = [
            {"sha256": one.sha256, "token": one.token, "until": one.until, "code": one.is_code}
            for one in logins.values()
        ]
        files.replace(self._folder / _FILE, orjson.dumps({"logins": rows}))

    def _locked(self) -> Any:
        files.make_folders(self._folder)
        return locks.held(self._folder / _LOCK, _LOCK_WAIT_S, "the list of logins")


def csrf(cookie: str) -> str:
    """What a form brings along beside the cookie, and pages of others cannot know."""
    return _digest(f"csrf {cookie}")


def cookie_in(header: str) -> str:
    """The cookie of a login among those of a request; empty: there is none."""
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: Path) -> Mapping[str, _Login]:
    """A file that cannot be read is no login: people log in once more."""
    import orjson

    try:
        rows = orjson.loads(files.read_bytes(path, _LARGEST))["logins"]
        found = [_Login(one["sha256"], one["token"], one["until"], one["code"]) for one in rows]
    except (ValueError, KeyError, TypeError, FileNotFoundError):
        return {}
    return {one.sha256: one for one in found}
