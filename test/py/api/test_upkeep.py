"""The clean-up of a server that lives."""

import asyncio
import threading

import pytest

from ai_sessions.api import upkeep
from ai_sessions.records import stamp
from ai_sessions.sessions.cleaning import Cleaned


@pytest.fixture
def over(service):
    """A session whose time is over."""
    made = service.core.get_or_create_session(
        conversation_id=1, interface_type="api", expires_in_ms=1
    )
    while not made.is_over(stamp(service.now())):
        pass
    return made


async def until(is_so):
    while not is_so():
        await asyncio.sleep(0.001)


async def while_kept(service, is_so):
    async with asyncio.timeout(60), upkeep.kept(service):
        await until(is_so)


def test_what_is_over_goes_to_the_trash_when_a_server_begins(service, over):
    asyncio.run(while_kept(service, lambda: service.store.discarded() == [over.name]))


def test_it_is_looked_at_again_and_again(service, monkeypatch):
    monkeypatch.setattr(upkeep, "_LOOK_S", 0.001)
    looks = []
    monkeypatch.setattr(service.core, "cleanup_if_due", lambda: looks.append(1))
    asyncio.run(while_kept(service, lambda: len(looks) > 1))


def test_requests_are_answered_while_it_lasts(service, client, monkeypatch):
    begun, gate = threading.Event(), threading.Event()

    def slow():
        begun.set()
        gate.wait(60)

    async def asked():
        async with upkeep.kept(service):
            await until(begun.is_set)
            answer = await client.asked("POST", "/v1/sessions", json={"name": "made"})
            gate.set()
            return answer.status_code

    monkeypatch.setattr(service.core, "cleanup", slow)
    assert asyncio.run(asked()) == 201


def test_no_request_does_it(service, monkeypatch):
    looks = []
    monkeypatch.setattr(service.core, "cleanup_if_due", lambda: looks.append(1))
    asyncio.run(while_kept(service, lambda: True))
    service.core.get_or_create_session(conversation_id=1, interface_type="api")

    assert looks == []


def test_a_fault_is_logged_and_ends_nothing(caplog):
    def broken():
        raise RuntimeError("a bug")

    asyncio.run(upkeep.once(broken))
    asyncio.run(upkeep.once(lambda: Cleaned((), (), ("api-1: no space left",))))

    assert "a bug" in caplog.text
    assert "not cleaned up: api-1: no space left" in caplog.text
