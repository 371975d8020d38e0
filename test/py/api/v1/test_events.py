"""`/v1/events`."""

import asyncio

from ai_sessions.records import About


def test_a_session_that_another_process_changes_is_told(client, service):
    async def followed():
        asking = asyncio.create_task(client.asked("GET", "/v1/events"))
        while not service.changes._has_looked.is_set():
            await asyncio.sleep(0)
        service.store.ensure("new", About())
        while not service.changes._last:
            await asyncio.sleep(0.01)
        service.stop()
        return await asking

    answer = asyncio.run(followed())
    names = [line for line in answer.text.splitlines() if line.startswith("event: ")]

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert names == ["event: ready", "event: session", "event: stopping"]


def test_a_stranger_hears_nothing(stranger):
    assert stranger.get("/v1/events").status_code == 401
