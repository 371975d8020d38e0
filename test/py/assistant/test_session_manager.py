"""The assistant for Python programs."""

import asyncio
import io
from pathlib import Path

import pytest

from ai_sessions.assistant.session_manager import SessionManager, described
from ai_sessions.catalog import rotation

LLAMA = "meta-llama/llama-3.2-3b-instruct:free"
NEMOTRON = "nvidia/llama-3.1-nemotron-70b-instruct:free"


@pytest.fixture
def manager(assistant):
    return SessionManager(assistant)


def typed(monkeypatch, text):
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_the_five_models_are_described_as_the_first_program_did():
    assert described(rotation.load())[:2] == [
        {
            "name": "google/gemini-2.0-flash-exp:free",
            "display_name": "Google Gemini 2.0 Flash",
            "context_window": 1_000_000,
            "best_for": "general conversation, fast responses, large context",
        },
        {
            "name": "deepseek/deepseek-r1:free",
            "display_name": "DeepSeek R1",
            "context_window": 131_072,
            "best_for": "reasoning, math, code analysis",
        },
    ]


def test_before_anybody_said_so_there_is_no_session(manager):
    assert not manager.session


def test_a_session_is_created_by_answers_on_stdin(manager, monkeypatch, capsys):
    typed(monkeypatch, "Declan\nBrakel\n1\n")

    manager.create_session_interactive()

    assert manager.session.user_name == "Declan"
    told = capsys.readouterr()
    assert "   2. DeepSeek R1: " in told.err
    assert told.out == (
        "👤 What's your name? 🤖 What would you like to call me? "
        "🎯 Choose your preferred model (1-5): \n✅ Session created!\n"
        "👋 Hello Declan, I'm Brakel—your personal AI assistant!\n"
    )


def test_the_end_of_stdin_creates_nothing(manager, monkeypatch):
    typed(monkeypatch, "Declan\n")

    with pytest.raises(EOFError):
        manager.create_session_interactive()
    assert manager.session is None


def talk(session_mgr):
    """The block by which the first program showed how it is used, over a model that answers."""
    replies = []
    if not session_mgr.session:
        session_mgr.create_session_interactive()
    replies.append(session_mgr.get_greeting())
    model = session_mgr.select_optimal_model()
    session_mgr.record_usage(
        model_id=model,
        tokens_used=1234,
        latency_ms=850,
        success=True,
    )
    should_rotate, suggested, reason = session_mgr.should_rotate_model(model)
    return replies, model, should_rotate, suggested, reason


def test_a_program_talks_as_the_first_one_did(manager, monkeypatch):
    typed(monkeypatch, "Declan\nBrakel\n3\n")

    replies, model, should_rotate, suggested, _reason = talk(manager)

    assert replies == ["Welcome back, Declan! I'm Brakel, powered by Meta Llama 3.2 3B"]
    assert (model, should_rotate, suggested) == (LLAMA, False, None)
    assert "Total Requests: 1\n   Total Tokens: 1,234" in manager.get_statistics()


def test_it_does_so_inside_of_a_running_event_loop(manager, monkeypatch):
    typed(monkeypatch, "Declan\nBrakel\n3\n")

    async def program():
        return talk(manager)

    assert asyncio.run(program())[1] == LLAMA


def test_models_can_be_left_out_and_large_ones_preferred(manager):
    assert manager.select_optimal_model(exclude_models=[LLAMA]) == NEMOTRON
    assert manager.select_optimal_model(exclude_models=LLAMA) == NEMOTRON
    assert manager.select_optimal_model(prefer_large_context=True) == LLAMA


def test_a_program_is_one_conversation_however_much_it_says(manager, monkeypatch):
    typed(monkeypatch, "Declan\nBrakel\n3\n")
    manager.create_session_interactive()

    for _call in range(3):
        manager.record_usage(LLAMA, 10, 500)

    assert manager.session.total_conversations == 1
    assert "100.0%" in manager.get_statistics()


def test_forgetting_the_user_leaves_the_usage_file(manager, monkeypatch, folder):
    typed(monkeypatch, "Declan\nBrakel\n3\n")
    manager.create_session_interactive()
    manager.record_usage(LLAMA, 10, 500)

    assert manager.reset_session()
    assert [one.name for one in sorted(Path(folder.path).glob("*.json"))] == ["model_usage.json"]
