"""The connection: what it asks to be told, and where it is made."""

import logging

from discord_server import TOKEN


def test_it_asks_for_messages_and_not_for_who_is_there(play):
    async def scenario(town):
        return town.server.identified[0]

    told = play(scenario)
    assert told["token"] == TOKEN
    assert told["intents"] == 1 << 0 | 1 << 9 | 1 << 12 | 1 << 15


def test_an_address_of_its_own_is_used_for_all_and_changes_nothing_for_others(play):
    import discord
    from discord.http import Route

    async def scenario(town):
        await town.ask("Hello")
        return len(town.server.calls) > 3

    assert play(scenario)
    assert Route.BASE == "https://discord.com/api/v10"
    assert str(discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY) == "wss://gateway.discord.gg/"


def test_what_it_cannot_do_is_not_warned_of(play, caplog):
    async def scenario(_town):
        return None

    play(scenario)
    assert "voice will NOT be supported" not in caplog.text


def test_a_lost_connection_is_one_line_in_the_log_and_no_token_is(play, caplog):
    async def scenario(town):
        town.server.is_closed_for = 1
        await town.start()
        await town.server.command("id")
        return await town.answered()

    with caplog.at_level(logging.INFO):
        play(scenario, is_started=False)
    (lost,) = [one for one in caplog.records if one.name == "discord.client" and one.levelno > 30]
    assert "Attempting a reconnect" in lost.getMessage()
    assert "503" in lost.getMessage()
    assert lost.exc_info is None
    assert TOKEN not in caplog.text
    assert "token-" not in caplog.text
