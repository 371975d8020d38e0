"""How long a connection may take, and how many there may be at once."""

from __future__ import annotations

import contextlib
import resource
from collections import Counter
from typing import Protocol

from ai_sessions.lazy_dataclasses import dataclass

#: Peers that are this machine: programs of its owner, or a proxy with clients of its own.
_OURS = ("127.0.0.1", "::1", "")
#: Open files that are not connections.
_FILES = 256


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for each part of an exchange, and connections at once."""

    head_s: float = 10.0
    """To send the head of a request, and for the handshake of TLS."""
    body_s: float = 60.0
    """To send a body."""
    idle_s: float = 15.0
    """Between requests."""
    stalled_s: float = 60.0
    """For a client to take what was sent before more is sent."""
    linger_s: float = 3.0
    """To read what a client still sends after its answer."""
    ending_s: float = 0.3
    """For one more request when the server is told to end."""
    most: int = 2_000
    most_of_peer: int = 256
    """Of one address that is not this machine."""
    head_bytes: int = 16 << 10


class Connection(Protocol):
    """What is counted."""

    @property
    def peer(self) -> str:
        """Its address; empty: none is known."""
        ...


class Crowd:
    """The connections that are open, and which of them gives way when there are too many.

    One that waits for its client costs that client nothing to open again. So the one that has
    waited longest goes, and idle sockets keep nobody out.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.is_ending = False
        """No connection is asked for another request."""
        self._open: set[Connection] = set()
        self._of_peer: Counter[str] = Counter()
        self._waiting: dict[Connection, None] = {}
        """In the order in which they began to wait."""

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, one: Connection) -> Connection | None:
        """Count a new connection. Which has to go for it, if any: that may be itself. It is not
        counted any more, since many may come before it is gone.
        """
        self._open.add(one)
        self._of_peer[one.peer] += 1
        goes = self._one_too_many(one)
        if goes is not None:
            self.leave(goes)
        return goes

    def _one_too_many(self, new: Connection) -> Connection | None:
        if new.peer not in _OURS and self._of_peer[new.peer] > self._limits.most_of_peer:
            return next((other for other in self._waiting if other.peer == new.peer), new)
        if len(self._open) > self._limits.most:
            return next(iter(self._waiting), new)
        return None

    def leave(self, one: Connection) -> None:
        self.answers(one)
        if one in self._open:
            self._open.discard(one)
            self._of_peer[one.peer] -= 1
            if not self._of_peer[one.peer]:
                del self._of_peer[one.peer]

    def waits(self, one: Connection) -> None:
        """It waits for its client from now on, or still does; one that has left does not."""
        if one in self._open:
            self._waiting.setdefault(one)

    def answers(self, one: Connection) -> None:
        """It does not wait for its client."""
        self._waiting.pop(one, None)


def with_files(limits: Limits) -> int:
    """How many connections the system lets us have, at most `limits.most`; its limit of open files
    is raised as far as this process may.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.most + _FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return limits.most
    more = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
        soft = more
    return max(16, min(limits.most, soft - _FILES))
