"""Which place a message is in, and which channel a place is."""

from ai_sessions.bots.events import Place
from discord_server import ANN, BOT, DIRECT, GENERAL, SERVER


def place_of(town):
    return [event.place for event in town.desk.inbox.latest()]


def test_a_channel_that_discord_does_not_show_is_asked_for_once(play):
    async def scenario(town):
        thread = town.server.thread(is_known=False)
        town.server.fail("GET", f"/channels/{thread}", 403, {"code": 50001})
        for _ in range(3):
            await town.ask(f"<@{BOT}> Hello", thread)
        return len(town.server.asked("GET", f"/channels/{thread}")), place_of(town), thread

    count, (place,), thread = play(scenario)
    assert count == 1
    assert (place.key, place.server) == (str(thread), str(SERVER))


def test_what_is_not_for_us_is_no_reason_to_ask(play):
    async def scenario(town):
        thread = town.server.thread(is_known=False)
        await town.server.write("Hello Bob", thread)
        await town.ask("Hello")
        return town.server.asked("GET", f"/channels/{thread}")

    assert play(scenario) == []


def test_a_place_is_asked_for_until_discord_tells_it(play):
    async def scenario(town):
        thread = town.server.thread(is_known=False)
        town.server.limit("GET", f"/channels/{thread}", 99.0)
        town.server.fail("GET", f"/channels/{thread}", 503)
        await town.ask(f"<@{BOT}> One", thread)
        return {place.key for place in place_of(town)}, thread

    keys, thread = play(scenario)
    assert keys == {f"{GENERAL}:{thread}"}


def test_a_thread_is_its_own_channel_and_a_person_has_one(play):
    async def scenario(town):
        channel = town.service._places.channel
        return [
            await channel(Place("1", "2")),
            await channel(Place("1")),
            await channel(Place(str(ANN), is_private=True)),
        ]

    assert play(scenario) == [2, 1, DIRECT]
