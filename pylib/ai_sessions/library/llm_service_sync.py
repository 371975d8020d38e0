"""`LLMService` for programs without an event loop."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Generator, Iterator
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Self

from ai_sessions.library.completions import Completions
from ai_sessions.library.llm_service import checked
from ai_sessions.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_sessions.library.completion import Completion

#: How long the end of the interpreter waits for calls that were told to stop.
_STOPPED_S = 15.0


class LLMService(Completions):
    """As `ai_sessions.LLMService`, without `await`. Safe to use from several threads at once."""

    def get_completion(
        self, messages: Any, model: str = "", provider: str = "", **options: Any
    ) -> Completion:
        """The answer, a text with `model`, `usage`, `cost` and more."""
        return self.ask(checked(messages, model, provider, options))

    def stream_completion(
        self, messages: Any, model: str = "", provider: str = "", **options: Any
    ) -> Stream:
        """The same, in pieces as they come: `for piece in llm.stream_completion(…)`."""
        asked = checked(messages, model, provider, options)
        return Stream(lambda hear, stop: self.ask(asked, hear, stop))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Stream:
    """The pieces of an answer. Who leaves the loop early ends the call; what had come by then is on
    record, as `interrupted`.
    """

    def __init__(self, ask: Callable[[Callable[[str], None], Stop], Completion]) -> None:
        self._call = _Call(ask)
        # which does not know this object: without it, the call ends
        self._pieces = _pieces(self._call)

    @property
    def completion(self) -> Completion | None:
        """The whole answer; None: it is not at its end."""
        return self._call.completion

    def __iter__(self) -> Iterator[str]:
        return self._pieces

    def __next__(self) -> str:
        return next(self._pieces)

    def close(self) -> None:
        """End it now; it is on record when this returns."""
        self._pieces.close()
        self._call.ended()


class _Call:
    """A call in a thread of its own."""

    def __init__(self, ask: Callable[[Callable[[str], None], Stop], Completion]) -> None:
        self.pieces: SimpleQueue[str | None] = SimpleQueue()
        self.stop = Stop()
        self.completion: Completion | None = None
        self.error: BaseException | None = None
        self._ask = ask
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._run, name="ai-sessions stream", daemon=True)
        _open.add(self)
        self._thread.start()

    def ended(self, timeout_s: float | None = None) -> None:
        """Wait until it is on record; None: as long as it takes."""
        if self._thread:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self.completion = self._ask(self.pieces.put, self.stop)
        except BaseException as error:  # whatever it is, it is for who reads
            self.error = error
        _open.discard(self)
        self.pieces.put(None)


def _pieces(call: _Call) -> Generator[str, None, None]:
    call.begin()
    try:
        while (piece := call.pieces.get()) is not None:
            yield piece
        if call.error:
            raise call.error
    finally:  # not waited for: this may be the garbage collector
        call.stop.set()


#: Calls that are under way.
_open: set[_Call] = set()


def _at_exit() -> None:
    calls = tuple(_open)
    for one in calls:
        one.stop.set()
    for one in calls:
        one.ended(_STOPPED_S)


os.register_at_fork(after_in_child=_open.clear)  # the parent's calls are the parent's
atexit.register(_at_exit)
