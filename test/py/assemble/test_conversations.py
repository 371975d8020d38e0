"""The verbs of conversations by the user's settings."""

import pytest

from ai_sessions.assemble.conversations import conversations
from ai_sessions.errors import ConfigError
from ai_sessions.records import Change
from ai_sessions.store.files import FileStore

BOT = {"conversation_id": 1, "interface_type": "api"}


@pytest.fixture
def environment(tmp_path):
    return {"SESSION_DIR": str(tmp_path / "sessions"), "HOME": str(tmp_path)}


def test_a_wrong_setting_is_refused(environment):
    with pytest.raises(ConfigError, match="SUMMARIZE_THRESHOLD='2'"):
        conversations({**environment, "SUMMARIZE_THRESHOLD": "2"})


def test_the_settings_of_the_user_count(environment):
    changed = {"DEFAULT_TOKEN_LIMIT": "7000", "SESSION_EXPIRY_MS": "5"}
    about = conversations({**environment, **changed}).get_or_create_session(**BOT).about

    assert (about.token_limit, about.expires_in_ms) == (7000, 5)


def test_a_call_that_was_cut_off_is_settled_before_its_session_goes(environment):
    service = conversations(environment)
    session = service.get_or_create_session(**BOT)
    calling = {"id": "i-1", "provider": "echo", "at": session.created_at}
    service.store.append(session.name, [Change("calling", calling)])
    service.deactivate(session)

    assert service.cleanup_inactive().gone == ("api-1",)
    store = FileStore(environment["SESSION_DIR"])
    assert store.restore("api-1").calling == {}
