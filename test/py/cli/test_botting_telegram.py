"""`bot.sh telegram`, from the command line to a Bot API on loopback."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ai_sessions.bots.telegram import polling
from telegram_server import TOKEN, Telegram

LAUNCH = Path(__file__).resolve().parents[3] / "pylib/ai_sessions/cli/launch.py"


@pytest.fixture
def server(root, monkeypatch):
    with Telegram() as server:
        monkeypatch.setenv("TELEGRAM_API_URL", server.url)
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
        monkeypatch.setenv("AI_PROVIDER", "echo")
        yield server


def test_a_check_says_who_the_bot_is_and_who_owns_it(cli, server):
    done = cli("bot", "telegram", "--check", "--json")

    assert done.code == 0
    assert json.loads(done.out)["notes"] == [
        "I am @ann_test_bot, number 110201543",
        "groups: it reads commands, mentions of it and replies to it, which is all that it answers "
        "(privacy mode is on)",
        "no owner yet: start it to have a code",
    ]
    assert server.called("sendMessage") == server.called("getUpdates") == []


def test_a_wrong_token_is_one_error_without_the_token(cli, server, monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "110201543:not-this-one")

    for words in (["--check"], []):
        done = cli("bot", "telegram", *words)
        assert (done.code, done.out) == (3, "")
        assert "Telegram does not take the token in TELEGRAM_BOT_TOKEN" in done.err
        assert "not-this-one" not in done.err


def test_a_service_that_cannot_be_reached_is_one_error(cli, server, monkeypatch):
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:1")
    done = cli("bot", "telegram", "--check")

    assert done.code == 9
    assert "telegram cannot be reached" in done.err


def test_another_program_with_the_token_is_one_error(cli, server, monkeypatch):
    monkeypatch.setattr(polling, "_FIRST_S", 0.0)
    for _ in range(3):
        server.fail("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    done = cli("bot", "telegram")

    assert done.code == 8
    assert "another program takes the messages of this Telegram bot" in done.err


@pytest.mark.parametrize(
    ("url", "code", "told"),
    [
        ("http://bot.example", 2, "Telegram does not call http://bot.example"),
        ("https://bot.example", 3, "TELEGRAM_WEBHOOK_SECRET is not set"),
    ],
)
def test_a_webhook_that_cannot_be_is_one_error(cli, server, url, code, told):
    done = cli("bot", "telegram", "--webhook", url)

    assert done.code == code
    assert told in done.err


def test_the_process_claims_answers_and_ends_and_tells_the_token_to_nobody(server):
    command = [sys.executable, "-I", "-S", LAUNCH, "bot", "telegram"]
    with subprocess.Popen(command, stdout=-1, stderr=-1, text=True, env=os.environ) as bot:
        first = bot.stderr.readline()
        server.say(f"/start {re.search(r'/start (.+)', first)[1]}")
        server.until("sendMessage", 1)
        server.say("Hello **you**")
        server.until("sendMessage", 2)
        bot.send_signal(signal.SIGTERM)
        out, err = bot.communicate(timeout=60)

    assert bot.returncode == 0
    assert server.texts()[0].startswith("You are the owner of this bot now")
    assert server.texts()[-1] == "Hello you"
    assert TOKEN not in out + first + err
