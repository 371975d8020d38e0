"""The library's client, as we make it."""

import logging

import pytest
from telegram import error

from ai_sessions.bots.adapter import Away, Moved, RetryAfter, Unformatted, Unreachable
from ai_sessions.bots.telegram import client
from ai_sessions.errors import ConfigError
from telegram_server import TOKEN


@pytest.fixture
def bot():
    return client.made(TOKEN, "http://127.0.0.1:1/")


def test_it_asks_the_server_that_is_set(bot):
    assert bot.base_url == f"http://127.0.0.1:1/bot{TOKEN}"
    assert bot.base_file_url == f"http://127.0.0.1:1/file/bot{TOKEN}"


def test_an_error_tells_neither_the_token_nor_where_it_came_from(bot):
    with pytest.raises(Away) as failed, client.calling(bot):
        raise error.NetworkError(f"no way to https://a.example/bot{TOKEN}/getMe")

    assert str(failed.value) == "no way to https://a.example/bot…/getMe"
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__


@pytest.mark.parametrize(
    ("failed", "raised"),
    [
        (error.BadRequest("Can't parse entities: x"), Unformatted),
        (error.BadRequest("Chat not found"), Unreachable),
        (error.Forbidden("bot was blocked by the user"), Unreachable),
        (error.ChatMigrated(-1002), Moved),
        (error.InvalidToken("Unauthorized"), ConfigError),
        (error.TimedOut(), Away),
    ],
)
def test_an_error_of_the_library_becomes_one_of_ours(bot, failed, raised):
    with pytest.raises(raised), client.calling(bot):
        raise failed


def test_a_text_of_the_library_is_told_once_for_each_token():
    made = [client.made(token, "http://127.0.0.1:1") for token in (TOKEN, TOKEN, "1:other")]
    tokens = [str(one.token) for one in made[1:]]
    known = [one for one in logging.getLogger("httpx").filters if one._token in tokens]

    assert len(known) == 2


def test_another_program_at_the_updates_is_told_apart(bot):
    with pytest.raises(client.Busy), client.calling(bot):
        raise error.Conflict("terminated by other getUpdates request")


def test_what_is_about_no_place_may_be_tried_again(bot):
    with pytest.raises(Away), client.asking(bot):
        raise error.RetryAfter(5)
    with pytest.raises(RetryAfter), client.calling(bot):
        raise error.RetryAfter(5)


@pytest.mark.parametrize(
    "url", ["", "api.telegram.org", "ftp://a.example", "https://", "https://[x"]
)
def test_an_address_that_is_none_is_one_error(url):
    with pytest.raises(ConfigError, match="TELEGRAM_API_URL is no address"):
        client.made(TOKEN, url)


def test_a_proxy_that_needs_a_package_is_one_error(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    with pytest.raises(ConfigError, match=r"the proxy cannot be used.*\[socks\]"):
        client.made(TOKEN, "https://a.example")


def test_a_token_is_no_empty_word():
    with pytest.raises(ConfigError, match="does not take the token"):
        client.made("", "https://a.example")


@pytest.mark.parametrize("name", ["httpx", "telegram.Bot"])
def test_what_is_logged_has_no_token(bot, caplog, name):
    with caplog.at_level(logging.DEBUG):
        logging.getLogger(name).info("asked %s", bot.base_url)
        logging.getLogger(name).info("asked nobody")

    assert caplog.messages[-2:] == ["asked http://127.0.0.1:1/bot…", "asked nobody"]


def test_an_update_that_cannot_be_read_leaves_the_others():
    body = b'{"ok":true,"result":[{"update_id":1,"message":{}},7,{"update_id":2}]}'

    assert client.Polled.parse_json_payload(body)["result"] == [{"update_id": 1}, {"update_id": 2}]
    assert client.Polled.parse_json_payload(b'{"ok":false}') == {"ok": False}
