"""Who may come in: tokens with scopes, kept in files that only their owner can read.

The first token is made at the first start and kept as it is in a file of its own, so that its owner
can be told it again. Others are told once; the list has their SHA-256 alone, which suffices for 256
random bits.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import os
import secrets
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from ai_sessions import names
from ai_sessions.api.scopes import SCOPES, Scope, Token
from ai_sessions.disk import files, locks
from ai_sessions.errors import ConfigError, NotFound, UsageError
from ai_sessions.records import stamp

#: Name of the token that is made at the first start.
OWNER = "owner"
#: Below SESSION_DIR.
FOLDER = ".api"
_TOKEN, _LIST, _LOCK = "token", "tokens.json", ".lock"
_LARGEST = 1 << 20
_LOCK_WAIT_S = 10.0
_PREFIX = "ais_"


class Access:
    """The tokens of one server."""

    def __init__(self, folder: Path, token_file: Path | None = None) -> None:
        """`folder`: of the list. `token_file`: has the owner's token; None: beside the list."""
        self._folder = folder
        self._token_file = token_file or folder / _TOKEN
        self._known: tuple[object, tuple[Token, ...]] = (None, ())
        self._owner: tuple[object, Token | None] = (None, None)
        self._looked_at = -math.inf
        """When a look began that found both files as they had been read."""

    def is_current(self, came_at: float = math.inf) -> bool:
        """Whether both files are as they were when they were read, and `find_known` knows all.

        `came_at`: moment of `time.monotonic` at which the request was there. The files are looked
        at unless that was done since: what was revoked before it came was seen then.
        """
        if came_at < self._looked_at:
            return True
        began = time.monotonic()
        found = _state(self._token_file), _state(self._folder / _LIST)
        is_current = self._owner[1] is not None and found == (self._owner[0], self._known[0])
        self._looked_at = began if is_current else -math.inf
        return is_current

    def token(self) -> str:
        """The owner's token; made when there is none. Raises `ConfigError` for a file that has no
        token in it, `StorageError`.
        """
        try:
            text = files.read_bytes(self._token_file, _LARGEST).decode("ascii", "replace").strip()
        except FileNotFoundError:
            return self._made()
        if len(text) < 32 or not text.isprintable() or " " in text:
            raise ConfigError(
                f"{self._token_file}: not a token of at least 32 characters",
                "remove the file; the next start makes a new one",
            )
        return text

    @property
    def exposed(self) -> Path | None:
        """The file of the owner's token, when others on this machine can read it."""
        try:
            mode = self._token_file.stat().st_mode
        except FileNotFoundError:
            return None
        return self._token_file if mode & 0o077 else None

    def _made(self) -> str:
        with self._locked():
            if self._token_file.exists():  # somebody was first
                return files.read_bytes(self._token_file, _LARGEST).decode().strip()
            made = _PREFIX + secrets.token_urlsafe(32)
            files.make_folders(self._token_file.parent)
            files.replace(self._token_file, f"{made}\n".encode())
            return made

    def find(self, given: str) -> Token | None:
        """Whose token that is; None: nobody's."""
        return self.of_digest(digest_of(given))

    def find_known(self, given: str) -> Token | None:
        """Whose token that was when the files were read last, without a look at them."""
        owner = self._owner[1]
        return _among((owner, *self._known[1]) if owner else self._known[1], digest_of(given))

    def of_digest(self, digest: str) -> Token | None:
        """The token of that SHA-256; None: there is none, or not any more."""
        return _among((self.owner(), *self.tokens()), digest)

    def owner(self) -> Token:
        """The owner's, which allows everything. Its file is read again when it has changed."""
        state, (before, known) = _state(self._token_file), self._owner
        if known is None or state is None or state != before:
            known = Token(OWNER, "admin", digest_of(self.token()))
            self._owner = state, known
        return known

    def tokens(self) -> tuple[Token, ...]:
        """Those beside the owner's, by name. The list is read again when it has changed."""
        path = self._folder / _LIST
        state = _state(path)
        if state is None:
            self._known = None, ()
        elif self._known[0] != state:
            self._known = state, _read(path)
        return self._known[1]

    def add(self, name: str, scope: Scope, now: datetime) -> str:
        """A new token, which is not told again. Raises `UsageError` for a name that is taken."""
        if name == OWNER:
            raise UsageError(
                f"the token {OWNER!r} is there already", "serve.sh token show prints it"
            )
        if not names.is_feature(name):
            raise UsageError(
                f"not a name for a token: {name!r}", "use lower-case letters, digits, -"
            )
        if scope not in SCOPES:
            raise UsageError(f"no scope {scope!r}", f"use one of: {', '.join(SCOPES)}")
        made = _PREFIX + secrets.token_urlsafe(32)
        with self._locked():
            known = self.tokens()
            if any(one.name == name for one in known):
                raise UsageError(
                    f"there is a token {name!r}", "revoke it first, or take another name"
                )
            self._keep((*known, Token(name, scope, digest_of(made), stamp(now))))
        return made

    def revoke(self, name: str) -> None:
        """Let nobody in with it any more. Raises `NotFound`, `UsageError` for the owner's."""
        if name == OWNER:
            raise UsageError(
                f"the owner's token is a file: {self._token_file}",
                "remove the file: the old token counts no more, and a new one is made",
            )
        with self._locked():
            known = self.tokens()
            left = tuple(one for one in known if one.name != name)
            if len(left) == len(known):
                raise NotFound(f"no token {name!r}", "serve.sh token list shows them")
            self._keep(left)

    def _keep(self, tokens: tuple[Token, ...]) -> None:
        import orjson

        rows = [
            {"name": one.name, "scope": one.scope, "sha256": one.digest, "made_at": one.made_at}
            for one in sorted(tokens, key=lambda one: one.name)
        ]
        files.replace(self._folder / _LIST, orjson.dumps({"tokens": rows}))

    def _locked(self) -> Any:
        files.make_folders(self._folder)
        return locks.held(self._folder / _LOCK, _LOCK_WAIT_S, "the list of tokens")


def _among(tokens: Iterable[Token], digest: str) -> Token | None:
    found: Token | None = None
    for one in tokens:
        if hmac.compare_digest(one.digest, digest):  # all are compared, in the same time
            found = one
    return found


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _state(path: Path) -> tuple[int, ...] | None:
    """Another one after each change; None: there is no such file."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _read(path: Path) -> tuple[Token, ...]:
    import orjson

    try:
        rows = orjson.loads(files.read_bytes(path, _LARGEST))["tokens"]
        found = tuple(
            Token(one["name"], one["scope"], one["sha256"], one["made_at"]) for one in rows
        )
        if any(one.scope not in SCOPES or len(one.digest) != 64 for one in found):
            raise ValueError("a scope or digest is wrong")
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{path}: not a list of tokens: {error}", "remove it, and add the tokens anew"
        ) from error
    return found
