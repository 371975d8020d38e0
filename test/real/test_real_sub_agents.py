"""What real agents do in the background and through sub-agents is counted whole, and once."""

import json
import re
import uuid
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

import anthropic_server
import gemini_server
import responses_server
from ai_sessions.providers import meters
from ai_sessions.providers.claude import Claude
from ai_sessions.providers.codex import Codex
from ai_sessions.providers.gemini import Gemini
from ai_sessions.providers.opencode import OpenCode
from ai_sessions.records import Usage
from loopback import Turn

CLAUDE_CALL = Usage(3500, 20, 3000, 400)
CODEX_CALL = Usage(3100, 20, 3000, 0, 0, 5)
GEMINI_CALL = Usage(3100, 25, 3000, 0, 0, 5)
CODEX_CONFIG = """
model_provider = "loopback"
[features]
multi_agent = true
[model_providers.loopback]
name = "loopback"
base_url = "{url}/v1"
env_key = "LOOPBACK_KEY"
wire_api = "responses"
"""
GEMINI_SETTINGS = {"security": {"auth": {"selectedType": "gemini-api-key"}}}


@pytest.fixture
def stack():
    with ExitStack() as opened:
        yield opened


def once(first, of_sub_agent="sub result"):
    """The first request gets `first`, that of a sub-agent an answer, all others `done`."""
    asked = []

    def turn(body):
        asked.append(body)
        if len(asked) == 1:
            return first
        return Turn(of_sub_agent if "SUBAGENT" in json.dumps(body)[-4000:] else "done")

    return turn, asked


def total(call, number):
    return sum([call] * number, Usage())


def agree(place, name, reply, began):
    """Its own log has what we say, to the nano-dollar where both know the price."""
    calls = meters.of(name, place.environment, began).calls(reply.resume.id)
    logged = meters.used(calls)
    assert logged.usage == reply.usage
    assert None in (logged.cost.nusd, reply.cost) or logged.cost.nusd == reply.cost.nusd


@pytest.mark.parametrize(
    "tool",
    [
        {"name": "Agent", "input": {"subagent_type": "general-purpose", "description": "sub"}},
        {
            "name": "Agent",
            "input": {
                "subagent_type": "general-purpose",
                "description": "sub",
                "run_in_background": False,
                "model": "haiku",
            },
        },
        {"name": "Bash", "input": {"command": "echo hi", "run_in_background": True}},
    ],
    ids=["background agent", "foreground agent", "background shell"],
)
def test_claude(bench, stack, tool):
    if tool["name"] == "Agent":
        tool = {**tool, "input": {**tool["input"], "prompt": "SUBAGENT look"}}
    turn, asked = once(Turn("delegating", tools=[tool]))
    server = stack.enter_context(anthropic_server.server(turn, agents_only=True))
    place = bench(
        "claude",
        ANTHROPIC_BASE_URL=server.url,
        ANTHROPIC_API_KEY="sk-ant-not-a-key",
    )
    began = datetime.now(UTC)
    reply = place.ask(
        Claude(place.environment), "go", model="sonnet", new_id=str(uuid.uuid4()), access="edit"
    )

    assert reply.failure is None
    assert len(asked) >= 2
    assert reply.usage == total(CLAUDE_CALL, len(asked))
    assert sum(reply.cost_by_model.values()) == reply.cost.nusd
    agree(place, "claude", reply, began)


def test_claude_is_stopped_while_a_sub_agent_works(bench, stack):
    tool = {"name": "Agent", "input": {"subagent_type": "general-purpose", "description": "sub"}}
    tool["input"] |= {"prompt": "SUBAGENT look", "run_in_background": False}
    asked = []

    def turn(body):
        asked.append(body)
        return Turn("delegating", tools=[tool]) if len(asked) == 1 else Turn("x", hang_after=0)

    server = stack.enter_context(anthropic_server.server(turn, agents_only=True))
    place = bench(
        "claude",
        ANTHROPIC_BASE_URL=server.url,
        ANTHROPIC_API_KEY="sk-ant-not-a-key",
    )
    began = datetime.now(UTC)
    reply = place.ask(
        Claude(place.environment), "go", model="sonnet", new_id=str(uuid.uuid4()), timeout_s=8.0
    )

    assert reply.failure.status == "timeout"
    assert reply.usage == CLAUDE_CALL
    agree(place, "claude", reply, began)


def test_opencode(bench, stack):
    given = {"description": "sub", "prompt": "SUBAGENT look", "subagent_type": "general"}
    turn, asked = once(Turn("delegating", tools=[{"name": "task", "input": given}]))
    server = stack.enter_context(anthropic_server.server(turn, agents_only=True))
    options = {"baseURL": f"{server.url}/v1", "apiKey": "sk-ant-not-a-key"}
    config = {"provider": {"anthropic": {"options": options}}}
    place = bench("opencode", OPENCODE_CONFIG_CONTENT=json.dumps(config))
    model = "anthropic/claude-sonnet-4-5"
    began = datetime.now(UTC)
    reply = place.ask(OpenCode(place.environment), "go", model=model, title="chat-x", access="edit")

    assert reply.failure is None
    assert len(asked) == 3
    assert reply.usage == total(CLAUDE_CALL, 3)
    assert reply.cost.nusd == 9_000_000
    agree(place, "opencode", reply, began)


def test_codex(bench, stack):
    spawn = {"name": "spawn_agent", "input": {"message": "SUBAGENT look"}}
    spawn["namespace"] = "multi_agent_v1"
    asked = []

    def turn(body):
        """The sub-agent is waited for, as it would be ended with the run."""
        asked.append(body)
        said = json.dumps(body["input"])
        if len(asked) == 1:
            return Turn("delegating", tools=[spawn])
        spawned = re.search(r"agent_id\W+([0-9a-f-]{36})", said)
        if spawned and "wait_agent" not in said:
            wait = {"name": "wait_agent", "namespace": "multi_agent_v1"}
            return Turn("", tools=[{**wait, "input": {"targets": [spawned[1]]}}])
        return Turn("done")

    server = stack.enter_context(responses_server.server(turn))
    place = bench("codex", LOOPBACK_KEY="sk-not-a-key")
    (place.home / ".codex").mkdir()
    (place.home / ".codex" / "config.toml").write_text(CODEX_CONFIG.format(url=server.url))
    began = datetime.now(UTC)
    reply = place.ask(Codex(place.environment), "go", model="gpt-5.2")

    assert reply.failure is None
    assert len(list(place.home.rglob("rollout-*.jsonl"))) == 2
    agree(place, "codex", reply, began)
    assert reply.usage == total(CODEX_CALL, len(asked))


def test_gemini(bench, stack):
    delegate = {"name": "invoke_agent", "input": {"agent_name": "generalist"}}
    delegate["input"] |= {"prompt": "SUBAGENT look"}
    turn, asked = once(Turn("delegating", tools=[delegate]))
    server = stack.enter_context(gemini_server.server(turn))
    place = bench("gemini", GOOGLE_GEMINI_BASE_URL=server.url, GEMINI_API_KEY="not-a-key")
    (place.home / ".gemini").mkdir()
    (place.home / ".gemini" / "settings.json").write_text(json.dumps(GEMINI_SETTINGS))
    began = datetime.now(UTC)
    reply = place.ask(
        Gemini(place.environment), "go", model="gemini-2.5-flash", new_id=str(uuid.uuid4())
    )

    assert reply.failure is None
    agree(place, "gemini", reply, began)
    assert reply.usage == total(GEMINI_CALL, len(asked))


@pytest.mark.parametrize("name", ["claude", "codex"])
def test_a_conversation_that_nobody_continues_leaves_nothing(bench, stack, name):
    if name == "claude":
        server = stack.enter_context(anthropic_server.server((), agents_only=True))
        place = bench(name, ANTHROPIC_BASE_URL=server.url, ANTHROPIC_API_KEY="sk-ant-not-a-key")
        provider, more = Claude(place.environment), {"new_id": str(uuid.uuid4())}
    else:
        server = stack.enter_context(responses_server.server(()))
        place = bench(name, LOOPBACK_KEY="sk-not-a-key")
        (place.home / ".codex").mkdir()
        (place.home / ".codex" / "config.toml").write_text(CODEX_CONFIG.format(url=server.url))
        provider, more = Codex(place.environment), {}
    reply = place.ask(provider, "judge", model="sonnet", ephemeral=True, **more)

    assert (reply.failure, reply.text) == (None, "OK")
    assert [path for path in place.home.rglob("*.jsonl") if "history" not in path.name] == []
    assert list(place.home.glob(".claude/projects/*")) == []


def test_gemini_leaves_nothing_of_a_conversation_that_nobody_continues(bench, stack):
    server = stack.enter_context(gemini_server.server(()))
    place = bench("gemini", GOOGLE_GEMINI_BASE_URL=server.url, GEMINI_API_KEY="not-a-key")
    (place.home / ".gemini").mkdir()
    (place.home / ".gemini" / "settings.json").write_text(json.dumps(GEMINI_SETTINGS))
    provider, id_ = Gemini(place.environment), str(uuid.uuid4())
    reply = place.ask(provider, "judge", model="gemini-2.5-flash", ephemeral=True, new_id=id_)

    assert (reply.failure, reply.text) == (None, "OK")
    assert [path.name for path in (place.home / ".gemini").iterdir()] == ["settings.json"]


def test_opencode_leaves_nothing_of_a_conversation_that_nobody_continues(bench, stack):
    server = stack.enter_context(anthropic_server.server((), agents_only=True))
    options = {"baseURL": f"{server.url}/v1", "apiKey": "sk-ant-not-a-key"}
    config = {"provider": {"anthropic": {"options": options}}}
    place = bench("opencode", OPENCODE_CONFIG_CONTENT=json.dumps(config))
    model = "anthropic/claude-sonnet-4-5"
    reply = place.ask(OpenCode(place.environment), "judge", model=model, ephemeral=True)

    assert (reply.failure, reply.text) == (None, "OK")
    assert list(place.home.rglob("*.db")) == []
