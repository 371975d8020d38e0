"""All sessions of a program's store, for programs with an event loop."""

import asyncio

from ai_sessions.library.session_store import ChukSessionsStore, SessionStore
from ai_sessions.library.storage import get_backend
from ai_sessions.library.views.asynchronous import Session, SessionEvent
from ai_sessions.library.views.kinds import EventSource


def test_sessions_are_saved_got_listed_and_deleted(core):
    store = SessionStore(core)

    async def work():
        chat = await Session.create("chat", store=store)
        await chat.add_event(SessionEvent("Hi", EventSource.USER))
        await store.save(chat)
        found = await store.get("chat")
        return found, await store.list_sessions(), await store.delete("chat")

    found, listed, is_gone = asyncio.run(work())

    assert (type(found), [one.message for one in found.events]) == (Session, ["Hi"])
    assert (listed, is_gone) == (["chat"], True)
    assert asyncio.run(store.get("chat")) is None


def test_without_a_store_it_is_that_of_the_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("SESSION_PROVIDER", "memory")
    monkeypatch.setenv("HOME", str(tmp_path))

    assert ChukSessionsStore(get_backend()).core.store is SessionStore().core.store
