"""Streams of tokens that are revoked."""

import asyncio

from ai_sessions.api.revoking import while_allowed
from ai_sessions.records import About


def heard(service, token, change):
    """What comes of three pieces when `change` is made after the first; whether the rest of them
    was given up.
    """
    closed = []

    async def pieces():
        try:
            for piece in (b"1", b"2", b"3"):
                yield piece
        finally:
            closed.append(True)

    async def read():
        found = []
        async for piece in while_allowed(service.access, token, pieces()):
            found.append(piece)
            if piece == b"1":
                change()
        return found

    return asyncio.run(read()), closed


def phone(service):
    return service.access.find(service.access.add("phone", "read", service.now()))


def test_a_stream_of_a_token_goes_on_when_another_is_revoked(service):
    token = phone(service)
    service.access.add("watch", "read", service.now())

    found = heard(service, token, lambda: service.access.revoke("watch"))
    assert found == ([b"1", b"2", b"3"], [True])


def test_a_stream_ends_when_its_token_is_revoked(service):
    token = phone(service)

    assert heard(service, token, lambda: service.access.revoke("phone")) == ([b"1"], [True])


def test_a_new_token_of_the_same_name_is_another_one(service):
    token = phone(service)

    def change():
        service.access.revoke("phone")
        service.access.add("phone", "admin", service.now())

    assert heard(service, token, change) == ([b"1"], [True])


def test_a_list_that_cannot_be_read_ends_streams(service):
    token = phone(service)
    path = service.access._folder / "tokens.json"

    assert heard(service, token, lambda: path.write_text("{")) == ([b"1"], [True])


def test_events_end_without_a_word_of_what_came_after(client, service):
    client.token = service.access.add("phone", "read", service.now())

    async def followed():
        asking = asyncio.create_task(client.asked("GET", "/v1/events"))
        while not service.changes._has_looked.is_set():
            await asyncio.sleep(0)
        service.access.revoke("phone")
        service.store.ensure("secret", About())
        return await asyncio.wait_for(asking, 60)

    assert "secret" not in asyncio.run(followed()).text
