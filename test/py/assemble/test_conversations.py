"""The verbs of conversations by the user's settings."""

import json
import re
import threading

import pytest

import openai_server
from ai_sessions.assemble.conversations import conversations
from ai_sessions.errors import ConfigError
from ai_sessions.library.sessions import Tracked
from ai_sessions.records import Change, Interaction, Summary
from ai_sessions.store.files import FileStore
from loopback import Turn

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


class Slow:
    """A model that begins to answer when it may."""

    def __init__(self):
        self.asked, self.may_answer = threading.Event(), threading.Event()

    def __call__(self, body):
        self.asked.set()
        self.may_answer.wait()
        (first, *_) = re.findall(r"message (\d+\.\d+), user", body["messages"][-1]["content"])
        item = {"kind": "fact", "text": "Payments go to port 8080", "sources": [first]}
        return Turn(json.dumps({"items": [item]}))


def test_models_summarize_in_the_background_within_the_budget(environment):
    model = Slow()
    with openai_server.server(model) as server:
        more = {"SUMMARY_PROVIDER": "openai", "SUMMARY_MODEL": "m", "BUDGET_DAY": "5"}
        service = conversations({**environment, **more, "OPENAI_BASE_URL": f"{server.url}/v1"})
        names = [
            service.get_or_create_session(
                conversation_id=number, interface_type="api", token_limit=800
            ).name
            for number in (1, 2)
        ]
        for name in names:
            for number in range(40):
                text = f"payment {number} goes by the gateway of the other bank to port 8080"
                service.add_message(name, "assistant" if number % 2 else "user", text)
            assert model.asked.wait(60)
        assert service.find_by_id(names[0]).summary_seq == -1
        model.may_answer.set()
        service.finish()

    for name in names:
        entries = list(service.store.entries(name))
        assert {one.kind for one in entries if isinstance(one, Summary)} == {"model"}
        assert {one.purpose for one in entries if isinstance(one, Interaction)} == {"summary"}
        assert "Payments go to port 8080" in service.build_context(name).messages[0].text


def test_what_goes_wrong_with_a_summary_is_logged(environment, caplog):
    more = {"SUMMARY_PROVIDER": "openai", "SUMMARY_MODEL": "m"}
    service = conversations({**environment, **more, "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})
    session = service.get_or_create_session(**BOT)
    for number in range(12):
        service.add_message(session, "user", f"the port is {8000 + number} by the gateway")
    assert service.summarize_session(session).kind == "extractive"

    (told,) = [one.getMessage() for one in caplog.records if one.name == "ai_sessions"]
    assert told.startswith("no summary by openai m, so rules wrote it: openai: ")


def test_a_segment_of_a_program_ends_with_a_call_for_a_summary(environment):
    model = Slow()
    model.may_answer.set()
    with openai_server.server(model) as server:
        more = {"SUMMARY_PROVIDER": "openai", "SUMMARY_MODEL": "m"}
        service = conversations({**environment, **more, "OPENAI_BASE_URL": f"{server.url}/v1"})
        program = Tracked("one", store=service, infinite_context=True, token_threshold=100)
        for number in range(4):
            program.track(f"payment {number} goes by the gateway to port 8080 " * 9, "Noted.")

    calls = [one for one in service.store.entries("python-one") if isinstance(one, Interaction)]
    asked = [one for one in calls if one.purpose == "summary"]
    assert asked
    assert all(one.usage.total_tokens for one in asked)
    assert program.get_stats().total_messages == 8
    assert "Payments go to port 8080" in program.get_messages_for_llm()[0]["content"]
