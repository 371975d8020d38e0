"""What a request wants of a turn."""

import pytest

from ai_sessions.api import answering
from ai_sessions.api.problems import Refused
from ai_sessions.api.scopes import Token


@pytest.fixture
def session(service):
    return service.core.get_or_create_session(conversation_id="1", interface_type="api")


def prepared(service, session, scope="admin", **body):
    return answering.prepared(service, Token("owner", scope), session, {"text": "Hi", **body})


def test_a_turn_is_as_the_body_has_it(service, session):
    found = prepared(service, session, provider="echo", timeout_s=3, require_resume=True)

    assert (found.text, found.chat.timeout_s, found.chat.require_resume) == ("Hi", 3.0, True)
    assert found.chat.provider.name == "echo"


def test_no_turn_waits_for_another_one(service, session):
    assert prepared(service, session, provider="echo").chat.lock_wait_s == 0


def test_an_agent_needs_the_scope_admin(service, session):
    with pytest.raises(Refused, match="claude is an agent") as refused:
        prepared(service, session, "write", provider="claude")

    assert refused.value.status == 403
    assert prepared(service, session, provider="claude").chat.provider.name == "claude"
