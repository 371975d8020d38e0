"""Streams of an SDK that tell the record what passes through them.

The program has the SDK's own object. Only where that takes its pieces from is changed, and what
happens when it is closed.
"""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any

from ai_sessions.library import recording as records
from ai_sessions.library.answers import Answer, answer_of
from ai_sessions.library.recording import Recording
from ai_sessions.library.wrapping.collecting import Collector


def is_stream(response: Any) -> bool:
    """Whether its pieces are still to come."""
    return hasattr(response, "__next__") or hasattr(response, "__anext__")


def watched(stream: Any, recording: Recording, collector: Collector) -> Any:
    """The stream, whose pieces are collected and whose end is the end of the call."""

    def so_far() -> tuple[Answer, bool]:
        return answer_of(collector.whole()), collector.is_whole

    recording.opened(so_far)
    source = getattr(stream, "_iterator", None)
    if not is_stream(source):  # not of the SDKs that we know: a generator, or somebody's own
        is_async = hasattr(stream, "__anext__")
        return (_pieces_async if is_async else _pieces)(stream, recording, collector)
    pieces = _pieces_async if hasattr(source, "__anext__") else _pieces
    stream._iterator = pieces(source, recording, collector)
    stream.ai_sessions_recording = recording
    _on_close(stream, recording)
    weakref.finalize(stream, recording.left).atexit = False
    return stream


def _pieces(source: Any, recording: Recording, collector: Collector) -> Iterator[Any]:
    try:
        for piece in source:
            is_asked_for = collector.add(piece)
            if is_asked_for:
                yield piece
    except GeneratorExit:
        recording.left()
        raise
    except BaseException as error:
        recording.failed(error)
        raise
    else:
        recording.closed()
    finally:
        if hasattr(source, "close"):
            source.close()


async def _pieces_async(
    source: Any, recording: Recording, collector: Collector
) -> AsyncIterator[Any]:
    try:
        async for piece in source:
            is_asked_for = collector.add(piece)
            if is_asked_for:
                yield piece
    except GeneratorExit:
        recording.left()
        raise
    except BaseException as error:
        await records.kept(recording, recording.failed, error)
        raise
    else:
        await records.kept(recording, recording.closed)
    finally:
        if hasattr(source, "aclose"):
            await source.aclose()


def _on_close(stream: Any, recording: Recording) -> None:
    """`close` ends the call, too. It knows the stream by a weak reference: one that nobody holds
    any more is gone at once, and its connection with it.
    """
    close, own = getattr(type(stream), "close", None), weakref.ref(stream)
    if close is None:
        return

    def closing() -> Any:
        ended = close(own())
        if hasattr(ended, "__await__"):
            return _closed(ended, recording)
        recording.closed()
        return ended

    stream.close = closing


async def _closed(ended: Any, recording: Recording) -> None:
    await ended
    await records.kept(recording, recording.closed)


class Manager:
    """What `with client.messages.stream(…)` enters: the SDK's own, whose stream is watched.

    A stream that the SDK makes by another recorded call of the client is watched already.
    """

    def __init__(self, manager: Any, recording: Recording | None, collector: Collector) -> None:
        self._manager, self._recording, self._collector = manager, recording, collector

    def __getattr__(self, name: str) -> Any:
        return getattr(self._manager, name)

    def __enter__(self) -> Any:
        self._begin()
        try:
            return self._entered(self._manager.__enter__())
        except BaseException as error:
            if self._recording:
                self._recording.failed(error)
            raise

    def __exit__(self, *error: Any) -> Any:
        try:
            return self._manager.__exit__(*error)
        finally:
            if self._recording:
                self._recording.closed()

    async def __aenter__(self) -> Any:
        self._begin()
        try:
            return self._entered(await self._manager.__aenter__())
        except BaseException as error:
            if self._recording:
                await records.kept(self._recording, self._recording.failed, error)
            raise

    async def __aexit__(self, *error: Any) -> Any:
        try:
            return await self._manager.__aexit__(*error)
        finally:
            if self._recording:
                await records.kept(self._recording, self._recording.closed)

    def _begin(self) -> None:
        if self._recording:
            self._recording.begin()

    def _entered(self, stream: Any) -> Any:
        raw = getattr(stream, "_raw_stream", None)
        if self._recording is None:
            self._recording = getattr(raw, "ai_sessions_recording", None)
        elif raw is not None:
            watched(raw, self._recording, self._collector)
        return stream
