"""What Discord refuses, and what it means for us."""

import json
import re
from types import SimpleNamespace

import aiohttp
import discord
import pytest

from ai_sessions.bots.adapter import Away, RetryAfter, Unformatted, Unreachable
from ai_sessions.bots.discord import failures


def http(kind, status, **headers):
    return kind(SimpleNamespace(status=status, reason="", headers=headers), {"message": "no"})


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (http(discord.HTTPException, 400), Unformatted),
        (http(discord.HTTPException, 401), Away),
        (http(discord.Forbidden, 403), Unreachable),
        (http(discord.NotFound, 404), Unreachable),
        (http(discord.HTTPException, 429), RetryAfter),
        (http(discord.DiscordServerError, 503), Away),
        (discord.RateLimited(99.0), RetryAfter),
        (aiohttp.ClientConnectionError("refused"), Away),
        (ConnectionResetError(), Away),
        (TimeoutError(), Away),
        (json.JSONDecodeError("no JSON", "<html>", 0), Away),
    ],
)
def test_each_failure_is_one_that_delivery_knows(error, meaning):
    with pytest.raises(meaning) as told, failures.told():
        raise error
    assert str(told.value)


def test_how_long_to_wait_is_what_discord_said_or_a_minute():
    for headers, seconds in (({"Retry-After": "7.5"}, 7.5), ({}, 60.0)):
        with pytest.raises(RetryAfter) as told, failures.told():
            raise http(discord.HTTPException, 429, **headers)
        assert told.value.seconds == seconds


def test_an_error_of_ours_is_not_hidden():
    with pytest.raises(KeyError), failures.told():
        raise KeyError("ours")


def closed(code):
    return discord.ConnectionClosed(SimpleNamespace(close_code=code), shard_id=None)


@pytest.mark.parametrize(
    ("error", "said", "what_to_do"),
    [
        (discord.LoginFailure("no"), "is not a token of a bot", "reset it"),
        (closed(4004), "is not a token of a bot", "reset it"),
        (discord.PrivilegedIntentsRequired(None), "read no messages", "Intent"),
        (closed(4013), "for good .code 4013.", "applications/5/bot"),
    ],
)
def test_what_has_to_be_set_otherwise_is_said_in_one_line(error, said, what_to_do):
    found = failures.refused(error, 5)

    assert re.search(said, str(found))
    assert what_to_do in found.hint
    assert "\n" not in f"{found}{found.hint}"


def test_what_is_no_setting_is_none():
    assert failures.refused(OSError("no network"), 5) is None
