"""Updates that Telegram sends to us."""

import asyncio
import contextlib
import json
import sys

import pytest

from ai_sessions import config
from ai_sessions.bots.adapter import Hook
from ai_sessions.bots.inbox import Inbox
from ai_sessions.bots.telegram import adapter as telegram
from ai_sessions.errors import ConfigError, StorageError
from telegram_server import ANN, DM, post

HOOK = Hook("https://bot.example/telegram", 0)
SECRET = "a-secret-for-the-webhook"


@pytest.fixture
def served(talking):
    """Runs `work` in a thread while the bot listens, with the address; what `work` returns.
    `ends`: the bot comes to its end by itself.
    """

    def run(work, *, ends=False):
        return asyncio.run(_served(talking, work, ends))

    return run


async def _served(talking, work, ends):
    talking.restart(HOOK)
    await talking.adapter.begin()
    task = asyncio.create_task(talking.bot.run())
    while not talking.adapter.webhook.address and not task.done():
        await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(None, work, talking.adapter.webhook.address)
    finally:
        if not ends:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def test_what_telegram_sends_is_stored_answered_and_done(talking, server, served):
    server.say("Hello")
    server.say("Again")

    assert served(server.deliver) == [200, 200]
    assert server.texts() == ["Hello", "Again"]
    assert talking.desk.inbox.left() == []


def test_telegram_is_told_where_and_with_which_secret(server, served):
    served(lambda _address: None)

    assert server.webhook == {
        "url": HOOK.url,
        "secret_token": SECRET,
        "allowed_updates": ["message", "callback_query"],
    }


def test_what_is_sent_twice_is_answered_once(server, served):
    server.say("Hello")

    def twice(address):
        (update,) = server._updates
        return [post(address, json.dumps(update).encode(), SECRET) for _ in range(2)]

    assert served(twice) == [200, 200]
    assert server.texts() == ["Hello"]


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + "x", "sécret"])
def test_without_the_secret_nothing_is_taken(talking, server, served, caplog, secret):
    server.say("Hello")
    statuses = served(
        lambda address: [*server.deliver(address, secret), *server.deliver(address, secret)]
    )

    assert statuses == [403, 403]
    assert server.texts() == []
    assert talking.desk.inbox.latest() == []
    assert [one for one in caplog.messages if "secret was refused" in one] == [
        "webhook: a request without the right secret was refused"
    ]


def sent(body, path=""):
    return lambda address: post(address + path, body, SECRET)


@pytest.mark.parametrize(
    ("body", "path", "status"),
    [
        (b"{}", "/other", 404),
        (b"not json", "", 400),
        (b"\xff\xfe", "", 400),
        (b"[]", "", 400),
        (b"{}", "", 400),
        (b'{"update_id": 1, "message": {"chat": 7}}', "", 200),
        (b'{"update_id": 2, "some_kind_of_next_year": {}}', "", 200),
        (b'{"update_id": 3, "x": "' + b"y" * (1 << 20) + b'"}', "", 413),
    ],
)
def test_what_is_no_update_is_answered_by_what_it_is(server, served, body, path, status):
    assert served(sent(body, path)) == status
    assert server.texts() == []


def test_what_cannot_be_stored_is_confirmed_when_it_is(talking, server, served, monkeypatch):
    order, take = [], Inbox.take

    def full(inbox, event):
        order.append("full" if not order else "stored")
        if order == ["full"]:
            raise StorageError("no space left")
        return take(inbox, event)

    monkeypatch.setattr(Inbox, "take", full)
    server.say("Hello")
    order_at_answer = served(lambda address: [*server.deliver(address), *order])

    assert order_at_answer == [200, "full", "stored"]
    assert server.texts() == ["Hello"]


def test_what_waits_at_the_end_is_not_confirmed(talking, server, served, monkeypatch):
    def full(_inbox, _event):
        raise RuntimeError("the bot ends by this")

    monkeypatch.setattr(Inbox, "take", full)
    server.say("Hello")
    statuses = []
    with pytest.raises(RuntimeError):
        served(lambda address: statuses.extend(server.deliver(address)), ends=True)

    assert statuses == [503]
    assert server.waiting == [1001]


@pytest.mark.parametrize("port", [443, 80, 88, 8443])
def test_the_ports_that_telegram_calls_are_taken(environment, port):
    made = telegram.adapter(config.load(environment), Hook(f"https://bot.example:{port}/t", 0))

    assert made.webhook.url == f"https://bot.example:{port}/t"


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        ("", "is not set"),
        ("short", "has to be"),
        ("with a space in it", "has to be"),
        ("x" * 257, "has to be"),
        ("ü" * 20, "has to be"),
    ],
)
def test_a_secret_that_is_none_is_refused(environment, secret, told):
    settings = config.load({**environment, "TELEGRAM_WEBHOOK_SECRET": secret})
    with pytest.raises(ConfigError, match=f"TELEGRAM_WEBHOOK_SECRET {told}") as refused:
        telegram.adapter(settings, HOOK)

    assert "openssl rand" in refused.value.hint


def test_an_address_that_telegram_refuses_is_one_error(environment, server):
    server.fail("setWebhook", 400, "Bad Request: bad webhook: Failed to resolve host")
    made = telegram.adapter(config.load(environment), HOOK)

    async def begin():
        try:
            await made.begin()
        finally:
            await made.close()

    with pytest.raises(ConfigError, match=r"does not take https://bot\.example.*resolve host"):
        asyncio.run(begin())


def test_a_port_that_is_taken_is_one_error(server, talking, served):
    taken = int(server.url.rpartition(":")[2])
    talking.environment["TELEGRAM_API_URL"] = server.url

    async def listen():
        talking.restart(Hook(HOOK.url, taken))
        await talking.adapter.begin()
        await talking.bot.run()

    with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{taken}"):
        asyncio.run(listen())


def test_without_the_servers_package_the_extra_is_named(environment, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "ai_sessions.bots.telegram.webhook", raising=False)
    with pytest.raises(ConfigError, match="extra `api`"):
        telegram.adapter(config.load(environment), HOOK)


def test_a_message_of_somebody_else_is_none_of_ours(server, served):
    person = {**ANN, "id": 99}
    server.chats[99] = {**DM, "id": 99}
    server.say("Hello", server.chats[99], person)

    assert served(server.deliver) == [200]
    assert server.texts()[0].startswith("This bot is private")
