"""`bot.sh`."""

import pytest

from ai_sessions.bots import adapters


@pytest.mark.parametrize("service", ["telegram", "discord"])
def test_without_a_token_it_is_one_error_with_what_to_do(cli, service):
    done = cli("bot", service, "--check")

    assert done.code == 3
    assert f"{service.upper()}_BOT_TOKEN is not set" in done.err


def test_a_check_sends_nothing(cli, monkeypatch):
    monkeypatch.setattr(adapters, "adapter", lambda _settings, _service: None)

    assert cli("bot", "telegram", "--check").out == "telegram: ready\n"
