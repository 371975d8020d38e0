"""What an entry point works with that lives long."""

from dataclasses import replace
from unittest.mock import Mock

import pytest

from ai_sessions.assemble.parts import Parts
from ai_sessions.errors import ConfigError


@pytest.fixture
def environment(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    return {"SESSION_DIR": str(tmp_path / "sessions"), "HOME": str(tmp_path)}


def test_a_wrong_setting_is_told_before_anything_is_done(environment):
    with pytest.raises(ConfigError, match="CACHE_MAX_SIZE"):
        Parts({**environment, "CACHE_MAX_SIZE": "many"})


def test_sessions_and_the_index_are_those_of_the_folder(environment):
    parts = Parts(environment)
    parts.core.get_or_create_session(conversation_id="1", interface_type="api")

    assert parts.store.names() == ["api-1"]
    assert parts.index.source.names() == ["api-1"]


def test_the_vocabulary_is_loaded_before_somebody_waits_for_it(environment, monkeypatch):
    parts, counted = Parts(environment), []
    rules = replace(parts.core.memory.rules, count=lambda text: counted.append(text) or 1)
    monkeypatch.setattr(parts.core, "_memory", Mock(rules=rules))
    parts.warm()

    assert counted
