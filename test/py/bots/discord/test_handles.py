"""What answers one interaction."""

import discord

from ai_sessions.bots.discord.handles import Handle

NOW = 1_800_000_000.0
ID = discord.utils.time_snowflake(discord.utils.datetime.datetime.fromtimestamp(NOW).astimezone())
HANDLE = Handle("1000", str(ID), "a/token/with/slashes")


def test_its_text_is_read_again():
    assert Handle.read(HANDLE.text) == HANDLE


def test_it_is_open_for_less_than_a_quarter_of_an_hour():
    assert HANDLE.is_open(NOW)
    assert HANDLE.is_open(NOW + 14 * 60)
    assert not HANDLE.is_open(NOW + 15 * 60)
