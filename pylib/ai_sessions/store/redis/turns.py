"""The turn of one session: a lease that its holder renews, with a number that writes check.

A holder that is stopped for longer than a lease has lost its turn, whatever it believes: the server
let it go, and a write with it is refused.
"""

import contextlib
import json
import os
import socket
import threading
import time
from typing import Any

from ai_sessions.errors import LockBusy, StorageError
from ai_sessions.store.redis import scripts
from ai_sessions.store.redis.client import Client, Step
from ai_sessions.store.redis.keys import Place

#: How often a lease is renewed while it lasts.
_BEATS = 3
#: Between two looks of who waits for a turn.
_LOOK_S = 0.05


class RedisTurn:
    """`Turn` of store.contract, held until `end`."""

    def __init__(self, client: Client, place: Place, name: str, lease: str, lease_ms: int) -> None:
        """`lease`: as the server has it, from `take`."""
        self.name, self.lease = name, lease
        self._client, self._place, self._lease_ms = client, place, lease_ms
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, name=f"turn of {name}", daemon=True)
        self._heart.start()

    def is_held(self) -> bool:
        return not self._ended.is_set() and self._is_kept()

    def end(self) -> None:
        self._ended.set()
        self._heart.join()
        with contextlib.suppress(StorageError):  # it ends by itself then
            self._client.run(self._step(scripts.END_TURN, self.lease))

    def _beat(self) -> None:
        while not self._ended.wait(self._lease_ms / 1000 / _BEATS):
            try:
                if not self._is_kept():
                    return
            except StorageError:
                continue  # it may be back before the lease has run out

    def _is_kept(self) -> bool:
        [answer] = self._client.run(self._step(scripts.KEEP_TURN, self.lease, self._lease_ms))
        return bool(answer[0] == "ok")

    def _step(self, script: scripts.Script, *arguments: str | int) -> Step:
        return Step(script, self._place.all, (scripts.SCHEMA, *arguments))


def take(
    client: Client, place: Place, name: str, since: str, lease_ms: int, wait_s: float
) -> RedisTurn | str:
    """The turn of the session at that place, or why a script could not give it: `absent`, `moved`,
    `newer`. Raises `LockBusy` with the holder after `wait_s`.
    """
    who = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since})
    step = Step(scripts.TAKE_TURN, place.all, (scripts.SCHEMA, name, who, lease_ms))
    until = time.monotonic() + wait_s
    while True:
        [answer] = client.run(step)
        if answer[0] == "ok":
            return RedisTurn(client, place, name, answer[1], lease_ms)
        if answer[0] != "busy":
            return str(answer[0])
        if time.monotonic() >= until:
            raise busy(name, answer[1])
        time.sleep(_LOOK_S)


def busy(name: str, lease: str) -> LockBusy:
    """That somebody has the turn, by the words of their lease."""
    holder: dict[str, Any] = json.loads(lease.partition(" ")[2])
    who = f"pid {holder['pid']} on {holder['host']}, since {holder['since']}"
    return LockBusy(f"session {name} is in use by {who}")
