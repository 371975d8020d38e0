"""Who answers in a session."""

import pytest

from ai_sessions.api import answering
from ai_sessions.api.problems import Refused
from ai_sessions.api.scopes import Token
from ai_sessions.errors import ConfigError

ADMIN = Token("owner", "admin")


@pytest.fixture
def session(service):
    return service.core.get_or_create_session(conversation_id="1", interface_type="api")


def prepared(service, session, **body):
    return answering.prepared(service, ADMIN, session, {"text": "Hi", **body})


def test_who_is_named_answers(service, session):
    assert prepared(service, session, provider="echo").chat.provider.name == "echo"


def test_nobody_answers_where_nobody_is_named_or_found(service, session):
    service.environment["PATH"] = ""

    with pytest.raises(ConfigError, match="no coding agent found"):
        prepared(service, session)


def test_settings_are_those_of_the_moment(service, session):
    service.environment["AI_PROVIDER"] = "demo"
    before = prepared(service, session).chat.provider.name
    service.environment["AI_PROVIDER"] = "echo"

    assert (before, prepared(service, session).chat.provider.name) == ("demo", "echo")


def test_a_session_that_is_over_is_followed_by_a_new_one(service, session):
    service.core.deactivate(session)

    found = prepared(service, service.store.read("api-1"), provider="echo")

    assert found.chat.session == "api-1"
    assert service.store.read("api-1").uid != session.uid


def test_the_answer_goes_on_with_who_answered_last(service, session):
    service.environment["PATH"] = ""
    first = prepared(service, session, provider="echo")
    turn = type("T", (), {"watch": lambda *_: None, "stop": None})()
    first.work(turn)

    found = prepared(service, service.store.read("api-1"))

    assert found.chat.provider.name == "echo"


def test_a_provider_that_is_not_there_is_told_with_those_that_are(service, session):
    with pytest.raises(Refused, match="no provider") as refused:
        prepared(service, session, provider="http://10.0.0.1")

    assert refused.value.status == 400
    assert "echo" in refused.value.hint
