"""Stores to test, and calls of a model to put into them."""

import itertools
from datetime import UTC, datetime

import pytest

import redis_server as redis_server_module
from ai_sessions import ids
from ai_sessions.records import Cost, Interaction, Message, Resume, Usage
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore
from ai_sessions.store.redis import RedisStore

NOW = datetime(2025, 11, 21, 2, 0, tzinfo=UTC)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "sessions"


@pytest.fixture
def files(root):
    return FileStore(root, fsync="none", lock_timeout_s=0.2, now=lambda: NOW)


@pytest.fixture(params=["files", "memory", "redis"])
def store(request, root):
    """Every store there is: each must keep the same promises."""
    return made(request, root, 0.2)


@pytest.fixture(params=["files", "memory", "redis"])
def patient(request, root):
    """The same, and who finds it busy waits as long as a loaded machine takes."""
    return made(request, root, 60)


def made(request, root, lock_timeout_s):
    if request.param == "memory":
        return MemoryStore(now=lambda: NOW)
    if request.param == "redis":
        return request.getfixturevalue("in_redis")
    return FileStore(root, fsync="none", lock_timeout_s=lock_timeout_s, now=lambda: NOW)


@pytest.fixture(scope="session")
def redis_server():
    """A server for all tests of a run."""
    pytest.importorskip("redis")
    if not redis_server_module.program():
        pytest.skip("redis-server is not installed")
    server = redis_server_module.RedisServer()
    yield server
    server.close()


@pytest.fixture
def in_redis(redis_server):
    """A store on it that has nothing yet."""
    store = RedisStore(redis_server.url, prefix=f"test-{ids.new()}", now=lambda: NOW)
    yield store
    store.close()


@pytest.fixture
def call():
    """Makes one call of a model after the other; arguments replace what is usual."""
    numbers = itertools.count(1)

    def make(**changed):
        number = next(numbers)
        usual = {
            "id": f"id-{number}",
            "at": f"2025-11-21T03:00:{number % 60:02d}.000Z",
            "provider": "claude",
            "model": "sonnet",
            "messages": (Message("user", f"do {number}"), Message("assistant", f"did {number}")),
            "usage": Usage(input_tokens=500, output_tokens=1000, cache_read_tokens=100),
            "cost": Cost(16_500_000, "client"),
            "resume": Resume("conversation-1", "sonnet", "/repo", {"spent": 3}),
        }
        return Interaction(**{**usual, **changed})

    return make
