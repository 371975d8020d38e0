"""Who answers in a session."""

import pytest

from ai_sessions.assemble import chats
from ai_sessions.assemble.chats import Asked
from ai_sessions.assemble.parts import Parts
from ai_sessions.errors import ConfigError, UsageError
from ai_sessions.sessions import latest
from ai_sessions.stopping import Stop


@pytest.fixture
def parts(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    return Parts({"SESSION_DIR": str(tmp_path / "sessions"), "HOME": str(tmp_path)})


@pytest.fixture
def session(parts):
    return parts.core.get_or_create_session(conversation_id="1", interface_type="api")


def prepared(parts, session, **asked):
    return chats.prepared(parts, session, Asked("Hi", may_read_files=True, **asked))


def test_who_is_named_answers(parts, session):
    assert prepared(parts, session, provider="echo").chat.provider.name == "echo"


def test_nobody_answers_where_nobody_is_named_or_found(parts, session):
    parts.environment["PATH"] = ""

    with pytest.raises(ConfigError, match="no coding agent found"):
        prepared(parts, session)


def test_settings_are_those_of_the_moment(parts, session):
    parts.environment["AI_PROVIDER"] = "demo"
    before = prepared(parts, session).chat.provider.name
    parts.environment["AI_PROVIDER"] = "echo"

    assert (before, prepared(parts, session).chat.provider.name) == ("demo", "echo")


def test_a_session_that_is_over_is_followed_by_a_new_one(parts, session):
    parts.core.deactivate(session)

    found = prepared(parts, parts.store.read("api-1"), provider="echo")

    assert found.chat.session == "api-1"
    assert parts.store.read("api-1").uid != session.uid


def test_the_answer_goes_on_with_who_answered_last(parts, session):
    parts.environment["PATH"] = ""
    prepared(parts, session, provider="echo").ask(lambda _event: None, Stop())

    found = prepared(parts, parts.store.read("api-1"))

    assert found.chat.provider.name == "echo"


def test_a_call_has_the_id_that_it_was_given(parts, session):
    turn = chats.prepared(parts, session, Asked("Hi", "echo"), "the-call")
    turn.ask(lambda _event: None, Stop())

    assert latest.answer(latest.call(parts.store, "api-1", "the-call")) == "Hi"


def test_a_provider_that_is_not_there_is_told_with_those_that_are(parts, session):
    with pytest.raises(UsageError, match="no provider") as refused:
        prepared(parts, session, provider="http://10.0.0.1")

    assert "echo" in refused.value.hint


def test_an_agent_answers_only_who_may_read_files(parts, session):
    with pytest.raises(chats.ReadsFiles, match="claude is an agent"):
        chats.prepared(parts, session, Asked("Hi", "claude"))


IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


@pytest.mark.parametrize(("provider", "shown"), [("echo", ()), ("ollama", (IMAGE,))])
def test_a_model_is_shown_what_it_can_see(parts, session, provider, shown):
    asked = Asked("Hi", provider, "m", parts=(IMAGE,))

    assert chats.prepared(parts, session, asked).chat.parts == shown
