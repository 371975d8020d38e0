"""What a thread writes, as a stream."""

import asyncio
import threading

import pytest

from ai_sessions.api import pushing
from ai_sessions.errors import StorageError

PIECE = "x" * pushing._PIECE


async def read(work, most=None):
    found, stream = [], pushing.pushed(work)
    async for piece in stream:
        found.append(piece)
        if len(found) == most:
            break
    await stream.aclose()
    return found


def test_small_pieces_come_together():
    def work(write):
        for text in ("a", "b", "ü"):
            write(text)

    assert asyncio.run(read(work)) == ["abü".encode()]


def test_work_waits_for_its_reader_and_ends_when_that_is_gone():
    written, ended = [], threading.Event()

    def work(write):
        try:
            while True:
                write(PIECE)
                written.append(1)
        finally:
            ended.set()

    found = asyncio.run(read(work, most=1))

    assert (len(found), ended.is_set()) == (1, True)
    assert len(written) <= pushing._AHEAD + 2


def test_what_work_raises_is_raised_after_what_came_before():
    found = []

    def work(write):
        write(PIECE)
        raise StorageError("no space left")

    async def all_of_it():
        async for piece in pushing.pushed(work):
            found.append(len(piece))

    with pytest.raises(StorageError, match="no space left"):
        asyncio.run(all_of_it())
    assert found == [pushing._PIECE]
