"""Which adapter a service has."""

import sys

import pytest

from ai_sessions import config
from ai_sessions.bots import adapters
from ai_sessions.errors import ConfigError


@pytest.mark.parametrize("service", adapters.SERVICES)
def test_without_a_token_it_says_where_to_get_one(service):
    with pytest.raises(ConfigError, match="_BOT_TOKEN is not set") as refused:
        adapters.adapter(config.load({}), service)

    assert service in ("telegram", "discord")
    assert "into .env" in refused.value.hint


def test_a_package_that_is_missing_is_told_with_its_extra(monkeypatch):
    monkeypatch.setitem(adapters.SERVICES, "telegram", "no_such_library_at_all")
    monkeypatch.delitem(sys.modules, "no_such_library_at_all", raising=False)

    with pytest.raises(ConfigError, match="needs the extra `telegram`"):
        adapters.adapter(config.load({"TELEGRAM_BOT_TOKEN": "1:x"}), "telegram")
