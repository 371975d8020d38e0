"""How conversations are kept, as the settings say."""

from datetime import UTC, datetime

import pytest

import openai_server
from ai_sessions import config
from ai_sessions.assemble import stores
from ai_sessions.assemble.kit import kit
from ai_sessions.assemble.memory import memory, recall
from ai_sessions.conversations import messages
from ai_sessions.errors import ConfigError
from ai_sessions.records import About, Message
from loopback import Turn

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def test_the_settings_decide_how_it_is_summarized():
    given = {
        "SUMMARIZE_THRESHOLD": "0.5",
        "SUMMARY_MAX_TOKENS": "200",
        "MIN_MESSAGES_TO_SUMMARIZE": "4",
        "ANSWER_TOKENS": "1000",
    }
    made = memory(config.load(given))

    rules = made.rules
    assert (rules.trigger, rules.most_tokens, rules.fewest) == (0.5, 200, 4)
    assert made.answer_tokens == 1000
    assert rules.summarizer.name == "extractive"


@pytest.mark.parametrize(("name", "source"), [("auto", "tokenizer"), ("estimate", "estimate")])
def test_the_settings_decide_who_counts(name, source):
    assert memory(config.load({"TOKENIZER": name})).rules.count.source == source


def test_a_wrong_setting_is_told_before_anything_is_called():
    with pytest.raises(ConfigError, match="ANSWER_TOKENS='none'"):
        memory(config.load({"ANSWER_TOKENS": "none"}))


def a_kit(settings):
    return kit(settings, stores.store(settings, True), lambda _event: None)


def test_without_a_provider_rules_write_summaries(settings):
    assert a_kit(settings).memory.rules.summarizer.name == "extractive"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"SUMMARY_PROVIDER": "opnai"}, "SUMMARY_PROVIDER='opnai' .*: no such provider"),
        (
            {"SUMMARY_PROVIDER": "groq", "SUMMARY_MODEL": "auto"},
            "SUMMARY_MODEL='auto': summaries are written by one model",
        ),
        ({"SUMMARY_MODEL": "haiku"}, "SUMMARY_MODEL='haiku', but SUMMARY_PROVIDER is not set"),
    ],
)
def test_who_cannot_write_summaries_is_told_before_anything_is_called(tmp_path, given, told):
    with pytest.raises(ConfigError, match=told):
        a_kit(config.load({"SESSION_DIR": str(tmp_path), **given}))


def say(store, count):
    store.ensure("chat", About(kind="chat"))
    for number in range(count):
        role = "assistant" if number % 2 else "user"
        text = f"payment number {number} goes by the gateway of the other bank to port 8080"
        messages.add_message(store, NOW, "chat", Message(role, text))


TELLS = '{"items": [{"kind": "fact", "text": "Payments go to port 8080", "sources": ["1.0"]}]}'


def test_the_model_of_the_settings_writes_them(tmp_path):
    with openai_server.server([Turn(TELLS)]) as server:
        given = {
            "SESSION_DIR": str(tmp_path),
            "SUMMARY_PROVIDER": "openai",
            "SUMMARY_MODEL": "cheap",
            "OPENAI_BASE_URL": f"{server.url}/v1",
        }
        made = a_kit(config.load(given))
        say(made.store, 12)
        summary = made.memory.fold(made.store, NOW, "chat")

    assert made.memory.rules.summarizer.needs_model
    assert (summary.kind, summary.model) == ("model", "cheap")
    assert [seen.body["model"] for seen in server.seen] == ["cheap"]
    assert "response_format" in server.seen[0].body


def test_a_model_that_cannot_be_had_is_no_reason_to_stop(tmp_path):
    given = {"SESSION_DIR": str(tmp_path), "SUMMARY_PROVIDER": "local"}
    made = a_kit(config.load(given))
    say(made.store, 12)

    summary = made.memory.fold(made.store, NOW, "chat")
    assert summary.kind == "extractive"
    assert "LOCAL_MODEL" in summary.detail["failed"]


@pytest.mark.parametrize(("given", "is_found"), [("true", True), ("false", False)])
def test_older_messages_are_looked_through_unless_a_setting_says_no(tmp_path, given, is_found):
    settings = config.load({"SESSION_DIR": str(tmp_path), "RECALL": given})
    made = a_kit(settings)
    made.store.ensure("chat", About(kind="chat"))
    messages.add_message(made.store, NOW, "chat", Message("user", "The port is 8080."))
    found = made.memory.recall(made.store.read("chat"), "Which port?", 9, 400)

    assert bool(found) == is_found


def test_without_sessions_the_conversation_at_hand_is_looked_through(settings):
    store = stores.store(settings, False)
    store.ensure("chat", About(kind="chat"))
    messages.add_message(store, NOW, "chat", Message("user", "The port is 8080."))
    found = recall(settings, store, print)(store.read("chat"), "Which port?", 9, 400)

    assert len(found) == 1
