"""Asking for updates."""

import asyncio

import pytest

from ai_sessions.bots.telegram import client
from ai_sessions.bots.telegram.polling import polled
from ai_sessions.errors import ConfigError, LockBusy
from telegram_server import TOKEN


@pytest.fixture
def poll(server):
    """The numbers of so many updates, and the seconds that were waited. `each`: called at each."""

    def run(count, each=lambda _number: None):
        return asyncio.run(_polled(server, count, each))

    return run


async def _polled(server, count, each):
    slept, found = [], []

    async def sleep(seconds):
        slept.append(seconds)

    bot = client.made(TOKEN, server.url)
    async with bot:
        updates = polled(bot, sleep)
        while len(found) < count:
            found += [one.update_id for one in await anext(updates)]
            each(found[-1])
        await updates.aclose()
    return found, slept


def test_an_update_is_confirmed_when_the_next_one_is_asked_for(server, poll):
    server.say("a")
    server.say("b")
    left = []
    poll(2, lambda _number: left.append(list(server.waiting)))

    assert left == [[1001, 1002], [1001, 1002]]
    assert server.waiting == [1001, 1002]


def test_what_was_taken_and_not_asked_beyond_comes_again(server, poll):
    server.say("a")
    first, _slept = poll(1)
    again, _slept = poll(1)

    assert first == again == [1001]


def test_all_are_confirmed_when_more_is_wanted(server, poll):
    for _ in range(3):
        server.say("a")
    poll(4, lambda number: server.say("last") if number == 1002 else None)

    assert server.called("getUpdates")[-1]["offset"] == 1004
    assert server.waiting == [1004]


def test_it_asks_for_what_it_knows_and_waits_long(server, poll):
    server.say("a")
    poll(1)
    (asked,) = server.called("getUpdates")

    assert asked == {"timeout": 50, "allowed_updates": ["message", "callback_query"]}


def picture(server, album, **more):
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
    return server.say(more.pop("text", None), photo=photo, media_group_id=album, **more)


def test_pictures_of_an_album_are_taken_together_also_those_that_come_a_moment_later(server):
    picture(server, "one")
    picture(server, "two")
    late = []

    async def sleep(seconds):
        late.append(seconds)
        picture(server, "two")
        server.say("after")

    async def albums():
        async with client.made(TOKEN, server.url) as bot:
            found = polled(bot, sleep)
            made = [[one.update_id for one in await anext(found)] for _ in range(3)]
            await found.aclose()
        return made

    assert asyncio.run(albums()) == [[1001], [1002, 1003], [1004]]
    assert late == [1.0]
    assert [one.get("offset") for one in server.called("getUpdates")] == [None, None]


def test_what_fails_is_asked_for_again_later_each_time(server, poll):
    server.say("a")
    for _ in range(3):
        server.fail("getUpdates", 502, "Bad Gateway")
    server.drop("getUpdates")
    server.flood("getUpdates", 77)
    found, slept = poll(1)

    assert found == [1001]
    assert slept == [1.0, 2.0, 4.0, 8.0, 77.0]


def test_a_poll_that_another_one_ended_is_begun_again(server, poll):
    server.say("a")
    server.fail("getUpdates", 409, "Conflict: terminated by other getUpdates request")

    assert poll(1)[0] == [1001]


def test_another_program_that_takes_the_updates_is_one_error(server, poll):
    for _ in range(2):
        server.fail("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    server.say("a")
    assert poll(1)[0] == [1001]

    for _ in range(3):
        server.fail("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    with pytest.raises(LockBusy, match="another program takes the messages"):
        poll(1)


def test_a_token_that_is_no_longer_good_ends_it(server, poll):
    server.fail("getUpdates", 401, "Unauthorized")
    with pytest.raises(ConfigError, match="does not take the token"):
        poll(1)


def test_what_is_no_json_is_asked_for_again(server, poll):
    server.say("a")
    server.garble("getUpdates", b"<html>Bad Gateway</html>")

    assert poll(1)[0] == [1001]
