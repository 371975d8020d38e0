"""What is asked of Discord's API; what comes of it is in `test_adapter` and its peers."""

import pytest

from ai_sessions.bots.adapter import Gone, Message, Unreachable
from ai_sessions.bots.events import Place
from discord_server import ANN, DIRECT, GENERAL


def test_a_direct_channel_is_asked_for_once(play):
    async def scenario(town):
        found = [await town.service._rest.direct(str(ANN)) for _ in range(3)]
        return found, len(town.server.asked("POST", "/users/@me/channels"))

    assert play(scenario) == ([DIRECT] * 3, 1)


def test_a_message_is_made_once_by_its_nonce(play):
    async def scenario(town):
        message = Message("Hello", nonce="n" * 24)
        ids = {await town.service._rest.send(GENERAL, message) for _ in range(3)}
        return len(ids), town.server.texts(GENERAL)

    assert play(scenario) == (1, ["Hello"])


def test_a_beginning_that_is_there_by_its_nonce_becomes_the_whole(play):
    async def scenario(town):
        for text in ("Hel …", "Hello", "Hello  "):
            await town.service._rest.send(GENERAL, Message(text, nonce="n" * 24))
        return town.server.texts(GENERAL), len(town.server.asked("PATCH", ".*"))

    assert play(scenario) == (["Hello"], 1)


def test_a_message_that_is_not_found_is_gone_and_a_channel_unreachable(play):
    async def scenario(town):
        with pytest.raises(Gone):
            await town.service._rest.edit(GENERAL, "1", Message("x"))
        with pytest.raises(Unreachable):
            await town.service._rest.edit(999, "1", Message("x"))

    play(scenario)


def test_a_file_is_sent_again_from_its_beginning(play):
    async def scenario(town):
        town.server.limit("POST", r"/channels/\d+/messages", 0.01)
        place = Place(str(GENERAL))
        await town.service.send_file(place, "a.bin", b"0123456789", "")
        return [one.files for one in town.server.asked("POST", r"/channels/\d+/messages")]

    assert play(scenario) == [{"a.bin": b"0123456789"}] * 2
