"""One connection of a client: uvicorn's, with a time for everything it waits for.

uvicorn waits for ever for the head and body of a request, and for a client that takes nothing. It
also closes a connection while a body still comes, at which the system may discard the answer.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import h11
import orjson
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from ai_sessions.api import guard, problems
from ai_sessions.api.joining import Joined
from ai_sessions.api.limits import Crowd, Limits

#: States in which no answer is under way.
_UNANSWERED = (h11.IDLE, h11.SEND_RESPONSE)
_CLOSE = (b"connection", b"close")


class Connection(H11Protocol):
    """Ends when its client keeps it waiting. Safe in one event loop."""

    def __init__(
        self, config: uvicorn.Config, state: ServerState, limits: Limits, crowd: Crowd
    ) -> None:
        super().__init__(config, state, {})
        self.timeout_keep_alive = limits.idle_s  # type: ignore[assignment]
        self._limits, self._crowd = limits, crowd
        self._awaited: tuple[str, object] = ("", None)
        self._deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    @property
    def peer(self) -> str:
        return self.client[0] if self.client else ""

    # --- of the loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._joined = Joined(self.transport, self.loop)
        self.transport = _Lingering(self._joined, self._may_send, self._limits.linger_s)  # type: ignore[assignment]
        goes = self._crowd.enter(self)
        self._watch()
        if isinstance(goes, Connection):
            goes.give_way()
        elif self._crowd.is_ending:
            self.shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.leave(self)
        self._forget()
        self._taken()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self.app_state["came_at"] = self.loop.time()
        super().data_received(data)
        self._watch()

    def pause_writing(self) -> None:
        """More was sent than the client has taken."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self._limits.stalled_s, self.transport.abort)

    def resume_writing(self) -> None:
        """The client takes it again."""
        super().resume_writing()
        self._taken()

    # --- of uvicorn

    def handle_events(self) -> None:
        super().handle_events()
        if self._crowd.is_ending:
            self._make_last()

    def on_response_complete(self) -> None:
        self._joined.flush()
        super().on_response_complete()
        self._watch()

    def shutdown(self) -> None:
        """The server is told to end. A request may be on its way: it is answered, too."""
        self._make_last()
        if self._is_answering():
            return
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            self._limits.ending_s, self.timeout_keep_alive_handler
        )

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP; uvicorn calls this where it was told so."""
        error = sys.exception()
        status = getattr(error, "error_status_hint", 400)
        told = str(error or msg).partition(": bytearray(")[0]  # not what came: it may be a secret
        self._refuse(status if status in problems.TITLES else 400, "http", told)

    def _make_last(self) -> None:
        """Say with the answer that is under way, if it has not begun, that it is the last."""
        if self._is_answering() and not self.cycle.response_started and self.cycle.keep_alive:
            self.cycle.default_headers = [*self.cycle.default_headers, _CLOSE]
        if self.cycle is not None:
            self.cycle.keep_alive = False

    # --- what it waits for

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _is_sending(self) -> bool:
        """Whether the client is in the midst of a body."""
        return self.conn.their_state is h11.SEND_BODY

    def _may_send(self) -> bool:
        """Whether more of the request may be on its way: also of one that is no HTTP."""
        return self._is_sending() or self.conn.their_state is h11.ERROR

    def _watch(self) -> None:
        """Have a time run for what is waited for now."""
        awaited = self._waits_for(), self.cycle
        if awaited == self._awaited:
            return
        self._forget()
        self._awaited = awaited
        if awaited[0] == "head":
            self._deadline = self.loop.call_later(self._limits.head_s, self._late)
        elif awaited[0] == "body":
            self._deadline = self.loop.call_later(self._limits.body_s, self._late)
        if awaited[0]:
            self._crowd.waits(self)
        else:
            self._crowd.answers(self)

    def _waits_for(self) -> str:
        if self.transport.is_closing():
            return "end"
        if self._is_sending():
            return "body"
        if self._is_answering():
            return ""
        return "next" if self.timeout_keep_alive_task else "head"

    def _forget(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _taken(self) -> None:
        """What was sent; whatever has been asked for meanwhile does not count."""
        if self._stalled:
            self._stalled.cancel()
            self._stalled = None

    def _late(self) -> None:
        part = self._awaited[0]
        if part == "head" and not self.conn.trailing_data[0]:
            self.transport.close()  # it has asked for nothing
            return
        self._refuse(408, "timeout", f"the {part} of the request took too long")

    def give_way(self) -> None:
        """There are too many connections: it is gone at once, and nothing more is read of it."""
        if self._awaited[0] not in ("next", "end"):
            self._refuse(503, "busy", "too many connections", {"retry-after": "1"})
        self.transport.abort()

    def _refuse(
        self, status: int, code: str, detail: str, headers: dict[str, str] | None = None
    ) -> None:
        """Tell a problem in place of what the application would say, and close."""
        if self.conn.our_state not in _UNANSWERED:
            self.transport.abort()
            return
        told = orjson.dumps(problems.answer(status, code, detail).body)
        fields = {
            "content-type": problems.MEDIA,
            "content-length": str(len(told)),
            "connection": "close",
            **{name.decode(): value.decode() for name, value in guard.HEADERS},
            **(headers or {}),
        }
        response = h11.Response(status_code=status, headers=list(fields.items()))
        for event in (response, h11.Data(data=told), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        if self._is_answering():
            self.cycle.disconnected = True  # whoever waits for the body
            self.cycle.message_event.set()
        self.transport.close()
        self._watch()


class _Lingering:
    """A transport that, when it is closed while its client may still send, takes what comes for a
    while: a socket that is closed with data unread is reset, and the answer may be lost with it.
    """

    def __init__(self, transport: Joined, may_send: Callable[[], bool], most_s: float) -> None:
        self._transport, self._may_send, self._most_s = transport, may_send, most_s
        self._is_closing = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        return self._is_closing or self._transport.is_closing()

    def close(self) -> None:
        if self.is_closing() or not self._may_send():
            self._transport.close()
            return
        self._is_closing = True
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._transport.resume_reading()
        asyncio.get_running_loop().call_later(self._most_s, self._transport.close)
