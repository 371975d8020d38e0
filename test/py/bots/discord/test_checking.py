"""`bot.sh discord --check`."""

import pytest

from ai_sessions.bots.adapter import Away, Hook
from ai_sessions.errors import ConfigError
from discord_server import BOT

URL = "https://bot.example/discord"


def check(play, prepare=lambda _server: None, **more):
    async def scenario(town):
        prepare(town.server)
        lines = await town.adapter().check()
        changes = [one for one in town.server.calls if one.method != "GET"]
        await town.server.until(lambda: not town.server.there)
        return lines, changes, town.server.there

    return play(scenario, is_started=False, **more)


def test_it_says_who_the_bot_is_and_how_to_invite_it(play):
    (name, reads, invitation), *_rest = check(play)

    assert name == f"I am helper ({BOT}), in 1 server"
    assert reads == "Message Content Intent: on"
    assert f"client_id={BOT}" in invitation
    assert "scope=bot+applications.commands" in invitation
    assert f"permissions={1 << 10 | 1 << 11 | 1 << 15 | 1 << 16 | 1 << 38}" in invitation


def test_it_changes_nothing_and_is_gone_again(play):
    _lines, changes, there = check(play)

    assert (changes, there) == ([], 0)


def test_a_gateway_that_is_not_there_is_away(play):
    def closed(server):
        server.is_closed_for = 1

    with pytest.raises(Away, match="503"):
        check(play, closed)


def test_what_comes_meanwhile_is_left_to_the_bot_that_is_at_work(play):
    async def scenario(town):
        async def told(*_given):
            await town.server.command("id")

        town.server.on_ready = told
        await town.adapter().check()
        return town.server.asked("POST", "/interactions/.*")

    assert play(scenario, is_started=False) == []


def test_a_switch_that_is_off_is_an_error_that_says_where_it_is(play):
    def off(server):
        server.reads_messages = False

    with pytest.raises(ConfigError, match="lets this bot read no messages"):
        check(play, off)


def test_interactions_that_go_elsewhere_are_told(play):
    def hooked(server):
        server.endpoint = URL

    (*_lines, last), *_rest = check(play, hooked)
    assert last.startswith(f"slash commands and buttons are sent to {URL}: remove that at https")


def test_with_a_webhook_they_go_where_they_should(play):
    def hooked(server):
        server.endpoint = URL

    lines, *_rest = check(play, hooked, hook=Hook(URL, 0))
    assert len(lines) == 3
