"""Stores to test, and a conversation that has everything a conversation can have."""

from datetime import UTC, datetime

import pytest

from ai_sessions.conversations import family, forking, segments
from ai_sessions.conversations.messages import add_message, record_error, record_tool_call
from ai_sessions.records import (
    About,
    Change,
    Cost,
    Interaction,
    Message,
    Parent,
    Pin,
    Resume,
    Summary,
    ToolCall,
    Usage,
)
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 11, 1, 10, tzinfo=UTC)
AT = "2026-11-01T10:00:00.000Z"


@pytest.fixture(params=["files", "memory"])
def store_at(request, tmp_path):
    """Makes a store of each kind by name, at any time."""
    made: dict[str, MemoryStore] = {}

    def at(name: str):
        if request.param == "memory":
            return made.setdefault(name, MemoryStore(now=lambda: NOW))
        return FileStore(tmp_path / name, fsync="none", now=lambda: NOW)

    return at


def _talk(store, name: str) -> None:
    """Entries 1 to 14 of a session."""
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    user = Message("user", "How warm is it?", parts=(image,), metadata={"from": {"id": 7}})
    add_message(store, NOW, name, user)
    add_message(
        store, NOW, name, Message("assistant", "", tool_calls=(ToolCall("c1", "dig", {"m": 2}),))
    )
    add_message(store, NOW, name, Message("tool", "frost", tool_call_id="c1", is_error=True))
    told = (Message("user", "And now?"), Message("assistant", "Mild.", tokens=2))
    call = Interaction("call-1", AT, "echo", "m", told, Usage(10, 5), Cost(1_500_000, "client"))
    store.append(name, [Change("calling", {"id": "call-1"}, AT), call])
    store.append(name, [Pin("rule", "Never dig", "1.0", "asked for", AT), Pin("x", "y", at=AT)])
    store.append(name, [Pin("x", None, at=AT), Change("state.depth", {"m": [1, 2.5]}, AT)])
    store.append(name, [Summary("They dig", 5, 1, items=({"src": ["1.0"]},), at=AT)])
    segments.end(store, name, "threshold", {"tokens": 9})
    record_error(store, NOW, name, "no spade", {"code": 3})
    store.append(name, [Change("title", "Digging", AT), Change("tags", ["garden"], AT)])


@pytest.fixture
def everything():
    """Fills a store: `bot` with everything, `fork` that goes on from its message 5.1, and `other`
    that is linked with it and comes after it.
    """

    def fill(store):
        about = About(
            kind="chat",
            interface="telegram",
            conversation_id="42",
            external_user_id="7",
            external_chat_id="42",
            title="Garden",
            token_limit=4000,
            expires_in_ms=86_400_000,
        )
        store.ensure("bot", about)
        _talk(store, "bot")
        store.append("bot", [Change("description", "about a garden", AT)])
        store.append("bot", [Change("resume.echo", Resume("r1", "m", "/x"), AT)])
        store.append("bot", [Change("state.depth", None, AT), Change("state.who", "Ann", AT)])
        record_tool_call(store, NOW, "bot", "rake", {"rows": 3}, result="done")
        forking.fork(store, "bot", "fork", NOW, "5.0")
        add_message(store, NOW, "fork", Message("user", "Instead, plant."))
        uid = store.read("bot").uid
        store.ensure("other", About(kind="chat", parent=Parent("bot", uid)))
        family.link(store, "bot", "other", "the same garden")
        return store

    return fill
