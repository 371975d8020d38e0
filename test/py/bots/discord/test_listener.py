"""Interactions over HTTP: only Discord's own, only new ones, each once."""

import json
import socket
import time

import aiohttp
import pytest

from ai_sessions.bots.adapter import Hook
from ai_sessions.errors import ConfigError
from discord_server import ANN, GENERAL, SERVER

URL = "https://bot.example/discord"
MESSAGES = r"/channels/\d+/messages"


class Asked:
    """Sends to the bot as Discord does."""

    def __init__(self, town):
        self.town = town
        self.url = f"http://127.0.0.1:{town.service.port}/discord"

    async def post(self, body, headers=None):
        """Status and text."""
        headers = self.town.server.signed(body) if headers is None else headers
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url, data=body, headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    async def command(self, name, **more):
        """What was told, and what the bot answered to it."""
        told = await self.town.server.command(name, channel=GENERAL, is_heard=False)
        body = json.dumps(told | more).encode()
        status, text = await self.post(body)
        if status == 200:
            self.town.server.answered(told["token"], json.loads(text))
        return body, status, text


@pytest.fixture
def play_hooked(play):
    async def begun(town, scenario):
        await town.start()
        return await scenario(town, Asked(town))

    def played(scenario, **more):
        given = {"is_started": False, "hook": Hook(URL, 0)} | more
        return play(lambda town: begun(town, scenario), **given)

    return played


def test_a_ping_is_answered(play_hooked):
    async def scenario(_town, asked):
        return await asked.post(b'{"type": 1}')

    status, text = play_hooked(scenario)
    assert (status, json.loads(text)) == (200, {"type": 1})


def test_a_command_is_acknowledged_and_answered(play_hooked):
    async def scenario(town, asked):
        _body, _status, text = await asked.command("id")
        said = await town.answered(1, GENERAL)
        return json.loads(text), said, town.server.asked("POST", MESSAGES)

    told, said, sent = play_hooked(scenario)
    assert told == {"type": 5}
    assert said == [f"You are {ANN}; this chat is {GENERAL}."]
    assert sent == []


def test_an_answer_that_overtakes_the_acknowledgement_is_given_again(play_hooked):
    async def scenario(town, asked):
        town.server.fail("PATCH", ".*/@original", 404, {"code": 10015})
        await asked.command("id")
        return await town.answered(1, GENERAL), town.server.asked("POST", MESSAGES)

    assert play_hooked(scenario) == ([f"You are {ANN}; this chat is {GENERAL}."], [])


def test_a_pressed_button_is_acknowledged(play_hooked):
    async def scenario(town, asked):
        message = await town.server.write("x", GENERAL, is_heard=False)
        data = {"custom_id": "again", "component_type": 2}
        told = {"type": 3, "message": message, "data": data}
        told = await town.server.interact(told, channel=GENERAL, is_heard=False)
        _status, text = await asked.post(json.dumps(told).encode())
        await town.until(town.desk.inbox.latest)
        return json.loads(text), town.desk.inbox.latest()[0].button

    assert play_hooked(scenario) == ({"type": 6}, "again")


@pytest.mark.parametrize("change", ["no headers", "another body", "another key", "old", "garbled"])
def test_what_is_not_of_discord_is_refused_and_not_stored(play_hooked, change):
    from nacl.signing import SigningKey

    async def scenario(town, asked):
        told = await town.server.command("id", channel=GENERAL, is_heard=False)
        body = json.dumps(told).encode()
        if change == "another key":
            town.server.key = SigningKey.generate()
        at = time.time() - 3600 if change == "old" else None
        headers = {} if change == "no headers" else town.server.signed(body, at)
        if change == "garbled":
            headers["X-Signature-Ed25519"] = "xyz"
        status, _text = await asked.post(
            body.replace(b'"id"', b'"no"') if change == "another body" else body, headers
        )
        await town.quiet()
        return status, town.desk.inbox.latest(), town.server.asked("POST", MESSAGES)

    assert play_hooked(scenario) == (401, [], [])


def test_an_interaction_that_is_replayed_is_handled_once(play_hooked):
    async def scenario(town, asked):
        body, *_answer = await asked.command("id")
        await town.answered(1, GENERAL)
        again = await asked.post(body)
        await asked.command("help")
        await town.answered(2, GENERAL)
        return again[0], len(town.server.said(GENERAL)), town.server.asked("POST", MESSAGES)

    assert play_hooked(scenario) == (200, 2, [])


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"type": "x"}', b'{"type": 4}', b"\xff"])
def test_what_is_signed_and_no_interaction_is_refused(play_hooked, body):
    async def scenario(town, asked):
        return (await asked.post(body))[0], town.desk.inbox.latest()

    assert play_hooked(scenario) == (400, [])


def test_one_that_lacks_what_it_needs_ends_nothing(play_hooked, caplog):
    async def scenario(_town, asked):
        status, _text = await asked.post(b'{"type": 2}')
        return status, (await asked.post(b'{"type": 1}'))[0]

    assert play_hooked(scenario) == (200, 200)
    assert "an interaction cannot be read" in caplog.text


def test_a_body_that_is_far_too_large_is_not_read(play_hooked):
    async def scenario(_town, asked):
        return (await asked.post(b"x" * (300 << 10), {}))[0]

    assert play_hooked(scenario) == 413


def test_messages_come_by_the_gateway_all_the_same(play_hooked):
    async def scenario(town, _asked):
        return await town.ask("Hello")

    assert play_hooked(scenario) == ["Hello"]


# --- at the beginning


def test_discord_is_told_where_to_send_them_once(play_hooked):
    async def scenario(town, _asked):
        await town.stop()
        await town.start()
        return town.server.endpoint, len(town.server.asked("PATCH", "/applications/@me"))

    assert play_hooked(scenario) == (URL, 1)


def test_an_address_that_discord_does_not_reach_is_one_clear_error(play):
    async def scenario(town):
        town.server.fail("PATCH", "/applications/@me", 400, {"message": "could not be verified"})
        adapter = town.adapter()
        with pytest.raises(ConfigError, match=f"does not reach this bot at {URL}") as refused:
            await adapter.begin()
        await adapter.close()
        return refused.value.hint

    assert "has to lead to port" in play(scenario, is_started=False, hook=Hook(URL, 0))


def test_a_port_that_is_taken_is_one_clear_error(play):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        async def scenario(town):
            adapter = town.adapter()
            with pytest.raises(ConfigError, match=f"port {port}"):
                await adapter.begin()
            await adapter.close()

        play(scenario, is_started=False, hook=Hook(URL, port))


def test_a_key_of_the_settings_is_the_one_that_counts(play):
    async def scenario(town):
        with pytest.raises(ConfigError, match="DISCORD_PUBLIC_KEY"):
            await town.adapter(key="abc").begin()
        await town.start()
        return (await Asked(town).post(b'{"type": 1}'))[0]

    given = {"is_started": False, "hook": Hook(URL, 0)}
    assert play(scenario, **given, server=SERVER) == 200


def test_interactions_that_go_elsewhere_are_told_of_in_the_log(play, caplog):
    async def scenario(town):
        town.server.endpoint = URL
        await town.start()

    play(scenario, is_started=False)
    assert f"slash commands and buttons are sent to {URL}" in caplog.text
