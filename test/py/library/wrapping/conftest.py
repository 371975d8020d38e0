"""Clients built as those of the SDKs are, whose answers a test says."""

import copy
from types import SimpleNamespace

import pytest

from ai_sessions.library import identity


class Stream:
    """As `openai.Stream`."""

    def __init__(self, pieces):
        self._iterator = self._read(pieces)
        self.is_closed = False

    def _read(self, pieces):
        for piece in pieces:
            if isinstance(piece, BaseException):
                raise piece
            yield piece

    def __iter__(self):
        yield from self._iterator

    def __next__(self):
        return next(self._iterator)

    def close(self):
        self.is_closed = True


class AsyncStream:
    """As `openai.AsyncStream`."""

    def __init__(self, pieces):
        self._iterator = self._read(pieces)
        self.is_closed = False

    async def _read(self, pieces):
        for piece in pieces:
            if isinstance(piece, BaseException):
                raise piece
            yield piece

    async def __aiter__(self):
        async for piece in self._iterator:
            yield piece

    async def __anext__(self):
        return await self._iterator.__anext__()

    async def close(self):
        self.is_closed = True


class Resource:
    """What has `create`. Its client's `answers` are used up one a call."""

    def __init__(self, client):
        self._client = client

    def create(self, **given):
        return self._client.answer(given)

    parse = create


class AsyncResource(Resource):
    async def create(self, **given):
        return self._client.answer(given)

    parse = create


class Client:
    """As `openai.OpenAI`, and with `messages` as `anthropic.Anthropic`."""

    resource, stream = Resource, Stream

    def __init__(self, *answers, base_url="https://api.openai.com/v1", timeout=60):
        self.answers, self.given, self.timeout = list(answers), [], timeout
        self.base_url = base_url
        self.chat = SimpleNamespace(completions=self.resource(self))
        self.responses = self.resource(self)
        self.messages = self.resource(self)

    def answer(self, given):
        self.given.append(given)
        found = self.answers.pop(0)
        if isinstance(found, BaseException):
            raise found
        return self.stream(found) if given.get("stream") else found

    def with_options(self, timeout):
        other = copy.copy(self)
        other.__init__(base_url=self.base_url, timeout=timeout)
        other.answers, other.given = self.answers, self.given
        return other


class AsyncClient(Client):
    resource, stream = AsyncResource, AsyncStream


@pytest.fixture
def client():
    return Client


@pytest.fixture
def async_client():
    return AsyncClient


@pytest.fixture
def calls(core):
    """The calls that are on record in a session."""

    def found(session_id):
        session = identity.existing(core, session_id)
        return list(core.store.entries(session.name))

    return found
