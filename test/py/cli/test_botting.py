"""`bot.sh`."""

import pytest

from ai_sessions.bots import running
from ai_sessions.bots.adapter import Hook


@pytest.mark.parametrize("service", ["telegram", "discord"])
def test_without_a_token_it_is_one_error_with_what_to_do(cli, service):
    done = cli("bot", service, "--check")

    assert done.code == 3
    assert f"{service.upper()}_BOT_TOKEN is not set" in done.err


def test_a_check_says_what_the_service_told(cli, monkeypatch):
    monkeypatch.setattr(running, "check", lambda _settings, _service: ["I am @ann_bot"])

    assert cli("bot", "telegram", "--check").out == "telegram: ready\nI am @ann_bot\n"


def test_a_webhook_is_handed_on_with_its_port(cli, monkeypatch):
    given = []
    monkeypatch.setattr(running, "run", lambda *words: given.append(words[-1]))
    cli("bot", "telegram", "--webhook", "https://bot.example/t", "--port", "8080")
    cli("bot", "telegram")

    assert given == [Hook("https://bot.example/t", 8080), None]
