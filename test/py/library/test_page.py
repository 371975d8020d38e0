"""docs/library.md: its Python is one program, which runs in the files and in memory."""

import asyncio
import re
import sys
from pathlib import Path
from types import SimpleNamespace as Object

import pytest

import python_blocks

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs/library.md"


class Completions:
    """`OpenAI().chat.completions`, as far as the page uses it."""

    def create(self, model, messages):
        message = Object(role="assistant", content="7", tool_calls=None)
        usage = Object(prompt_tokens=9, completion_tokens=1, total_tokens=10)
        return Object(model=model, choices=[Object(message=message)], usage=usage)


class Client:
    base_url = "https://api.openai.com/v1"

    def __init__(self):
        self.chat = Object(completions=Completions())


class Runner:
    """That of openai-agents, with an agent that always says the same."""

    @staticmethod
    async def run(_agent, text, session):
        await session.get_items()
        answer = {"role": "assistant", "content": "On its way."}
        await session.add_items([{"role": "user", "content": text}, answer])
        return Object(final_output=answer["content"])


class SessionSettings:
    limit = None

    def resolve(self, _override):
        return self


#: The package openai-agents, as far as the page and our session use it.
AGENTS = Object(Agent=Object, Runner=Runner, SessionSettings=SessionSettings)


@pytest.fixture(params=["files", "memory"])
def printed(request, monkeypatch, tmp_path):
    """What each block printed."""
    monkeypatch.setenv("SESSION_PROVIDER", request.param)
    monkeypatch.setenv("SESSION_DIR", str(tmp_path / "sessions"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "openai", Object(OpenAI=Client))
    monkeypatch.setitem(sys.modules, "agents", AGENTS)
    return [*asyncio.run(python_blocks.run(PAGE, {})).values()]


def test_its_program_runs(printed):
    tracked, prompt, stats, again, call, client, tool, long, *rest = printed
    prompts, view, more, agents, sync, errors, place, kept = rest

    assert re.fullmatch(r"Conversation tracked in session: \S+\n", tracked)
    assert prompt.splitlines()[0] == "system You are brief."
    assert [line.split()[0] for line in prompt.splitlines()[1:3]] == ["user", "assistant"]
    assert re.fullmatch(r"Tokens: \d+, Cost: \$0\.\d{4}, unpriced: 0\n", stats)
    assert again == "['What is 5 + 3?', 'Eight.']\n"
    assert call == "Machines that learn from examples.\n"
    assert client == "7\n['Name a prime.', '7']\n"
    assert tool == "8 1\n"
    assert long.endswith("That is a long story. It\n")
    assert [line.split()[0] for line in prompts.splitlines()] == [
        *("minimal", "task", "tool", "conversation", "hierarchical")
    ]
    events, tokens = view.splitlines()
    assert events.count("tool_call") == 2
    assert "'llm'" in events
    assert re.fullmatch(r"\['completed'.*\] \d+", tokens)
    assert more == "930 {'region': 'EMEA'}\n"
    assert agents == "On its way.\n['user', 'assistant']\n"
    assert sync == "1\n"
    assert errors.startswith("Session not found: no session 'nobody-made-this'")
    assert place.splitlines()[0] == "True"
    assert kept == "True True\nTrue None\n"


def test_its_first_block_says_where_sessions_are_kept_by_default():
    first = PAGE.read_text().split("```")[1]

    assert "SESSION_PROVIDER=files      # the default" in first
