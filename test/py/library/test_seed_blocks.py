"""The Python of the page that this library was asked for with, as written but for the package's
name: `test/fixtures/library/readme.md`.
"""

import asyncio
import re
import sys
from pathlib import Path
from types import SimpleNamespace as Object

import pytest

import ai_sessions
import python_blocks

PAGE = Path(__file__).resolve().parents[2] / "fixtures/library/readme.md"
QUESTION, ANSWER = "Explain machine learning", "Machines that learn from examples."


class Completions:
    """`openai.chat.completions`, as far as the page uses it."""

    def __init__(self):
        self.asked = []

    async def create(self, **request):
        self.asked.append(request)
        return Object(choices=[Object(message=Object(role="assistant", content=ANSWER))])


@pytest.fixture(params=["files", "memory"])
def program(request, monkeypatch, tmp_path):
    """What the page's blocks printed, and the names they left."""
    monkeypatch.setenv("SESSION_PROVIDER", request.param)
    monkeypatch.setenv("SESSION_DIR", str(tmp_path / "sessions"))
    monkeypatch.setenv("HOME", str(tmp_path))
    completions = Completions()
    monkeypatch.setitem(sys.modules, "openai", Object(chat=Object(completions=completions)))
    # an endpoint of the reader's program: what it was asked, in a conversation that began before
    earlier = asyncio.run(ai_sessions.track_conversation("Hi", "Hello"))
    names = {
        "request": Object(message="And tomorrow?", session_id=earlier),
        "ai_response": "Rain, I hear.",
    }
    printed = asyncio.run(python_blocks.run(PAGE, names))
    return Object(printed=list(printed.values()), earlier=earlier, asked=completions.asked, **names)


def history(session_id):
    turns = asyncio.run(ai_sessions.get_conversation_history(session_id))
    return [(one["role"], one["content"]) for one in turns]


def test_every_block_runs_in_the_files_and_in_memory(program):
    quick, stats, *_, dashboard, errors = program.printed

    assert re.fullmatch(r"Conversation tracked in session: \S+\n", quick)
    assert re.fullmatch(r"Tokens: [1-9]\d*, Cost: \$0\.\d{4}\n", stats)
    assert "Session Analytics Dashboard" in dashboard
    assert errors == ""


def test_the_dashboard_counts_what_was_said_to_that_manager(program):
    shown = dict(re.findall(r"^([A-Z][\w ]+): (.+)$", program.printed[-2], re.MULTILINE))

    assert shown["Session ID"] == program.sm.session_id
    assert (shown["User Messages"], shown["AI Messages"], shown["Tool Calls"]) == ("1", "1", "1")
    assert float(shown["Total Cost"].removeprefix("$")) > 0


def test_the_endpoint_goes_on_with_the_conversation_that_it_was_given(program):
    assert history(program.earlier) == [
        ("user", "Hi"),
        ("assistant", "Hello"),
        ("user", "And tomorrow?"),
        ("assistant", "Rain, I hear."),
    ]


def test_the_call_of_the_model_was_made_once_and_is_on_record(program):
    assert program.response == ANSWER
    assert [one["messages"][0]["content"] for one in program.asked] == [QUESTION]


def test_the_manager_knows_the_tool_that_was_used(program):
    told = asyncio.run(program.sm.get_messages_for_llm())

    assert any("8" in str(one["content"]) for one in told if one["role"] == "tool")
