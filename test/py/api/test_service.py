"""The parts of a server."""

import pytest

from ai_sessions.api.service import Service
from ai_sessions.errors import ConfigError


def test_a_wrong_setting_is_told_before_anything_is_served(environment):
    with pytest.raises(ConfigError, match="CACHE_MAX_SIZE"):
        Service({**environment, "CACHE_MAX_SIZE": "many"})


def test_tokens_lie_beside_the_sessions(service, tmp_path):
    service.access.token()

    assert (tmp_path / "sessions" / ".api" / "token").is_file()


def test_sessions_and_the_index_are_those_of_the_folder(service):
    service.core.get_or_create_session(conversation_id="1", interface_type="api")

    assert service.store.names() == ["api-1"]
    assert service.index.source.names() == ["api-1"]
