"""`context` and `summarize` as they are typed."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

import openai_server
from ai_sessions.conversations import messages, state
from ai_sessions.records import About, Interaction, Message, Resume
from loopback import Turn

AGENTS = Path(__file__).parents[2] / "bin" / "agents"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
NAME = "support"
WORDS = "the retries of card payments are counted by the gateway of the other bank"


@pytest.fixture
def talk(store):
    store.ensure(NAME, About(kind="chat", token_limit=1000))
    messages.add_message(store, NOW, NAME, Message("system", "be brief"))
    state.remember(store, NOW, NAME, "Never promise a date.", key="dates")
    for number in range(20):
        role = "assistant" if number % 2 else "user"
        messages.add_message(store, NOW, NAME, Message(role, f"number {number}: {WORDS}"))


def test_each_part_is_told_with_its_tokens(cli, talk):
    answer = cli("context", NAME)

    rows = [line.split() for line in answer.out.splitlines()]
    assert [row[0] for row in rows] == ["part", "system", "pins", "tail"]
    told = json.loads(cli("context", NAME, "--json").out)
    assert [part["tokens"] for part in told["parts"]] == [int(row[2]) for row in rows[1:]]
    assert sum(part["tokens"] for part in told["parts"]) == told["tokens"] <= told["limit"] == 1000
    assert f"{told['tokens']:,} of 1,000 tokens" in answer.err


def test_every_word_is_told_on_demand(cli, talk):
    lines = cli("context", NAME, "--text").out.splitlines()

    assert lines[0].startswith("--- system: 1 message, ")
    assert lines[1] == "system: be brief"
    assert "- Never promise a date." in lines
    assert lines[-1] == f"assistant: number 19: {WORDS}"


def test_a_limit_and_a_number_of_messages_bound_it(cli, talk):
    few = json.loads(cli("context", NAME, "--messages", "2", "--json").out)
    small = json.loads(cli("context", NAME, "--limit", "200", "--json").out)

    assert len(few["parts"][-1]["messages"]) == 2
    assert small["limit"] == 200


@pytest.mark.parametrize(
    ("given", "limit"),
    [
        ({}, 32_000 - 4096),
        ({"AI_WINDOW": "8192"}, 8192 - 2048),
        ({"AI_PROVIDER": "claude"}, 200_000 - 4096),
        ({"AI_PROVIDER": "openai", "AI_MODEL": "gpt-4o"}, 128_000 - 4096),
        ({"AI_PROVIDER": "local", "LOCAL_CONTEXT": "4096"}, 3072),
    ],
)
def test_without_a_limit_of_its_own_the_model_sets_it(cli, store, monkeypatch, given, limit):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    store.ensure("free", About(kind="chat"))
    messages.add_message(store, NOW, "free", Message("user", "hello"))

    assert json.loads(cli("context", "free", "--json").out)["limit"] == limit


def test_the_session_of_a_command_has_the_limit_of_who_answers_that_command(
    cli, store, monkeypatch
):
    monkeypatch.setenv("AI_PROVIDER_CHAT", "claude")
    monkeypatch.setenv("AI_PROVIDER_IMPLEMENT", "local")
    monkeypatch.setenv("LOCAL_CONTEXT", "4096")
    store.ensure("implement-pay", About("implement", "pay"))

    assert json.loads(cli("context", "implement-pay", "--json").out)["limit"] == 3072


def test_a_summary_takes_the_place_of_older_messages(cli, store, talk):
    answer = cli("summarize", NAME)

    assert answer.out.strip()
    assert "(extractive)" in answer.err
    assert store.read(NAME).summary_seq >= 0
    parts = [part["part"] for part in json.loads(cli("context", NAME, "--json").out)["parts"]]
    assert "summary" in parts
    assert store.read(NAME).totals.messages == 21


def test_a_person_may_write_it(cli, store, talk):
    answer = json.loads(cli("summarize", NAME, "--text", "They counted.", "--json").out)

    summary = answer["summary"]
    assert (summary["kind"], summary["text"]) == ("given", "They counted.")
    assert summary["covers_to"] == store.read(NAME).last_seq - 1


def test_nothing_to_summarize_is_no_failure(cli, store):
    store.ensure("short", About(kind="chat"))
    messages.add_message(store, NOW, "short", Message("user", "hello"))
    answer = cli("summarize", "short")

    assert (answer.code, answer.out) == (0, "")
    assert "nothing to summarize" in answer.err
    assert json.loads(cli("summarize", "short", "--json").out)["summary"] is None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("context", "nobody"), 4),
        (("context",), 2),
        (("context", NAME, "--limit", "0"), 2),
        (("context", NAME, " "), 2),
        (("summarize", "nobody"), 4),
        (("summarize", NAME, "--text", ""), 2),
    ],
)
def test_what_is_wrong_is_one_line(cli, talk, words, code):
    answer = cli(*words)

    assert (answer.code, answer.out) == (code, "")
    assert answer.err.count("error: ") == 1


def test_without_sessions_nothing_is_summarized(cli, store, talk, monkeypatch):
    monkeypatch.setenv("USE_SESSIONS", "false")

    assert cli("summarize", NAME).code == 2
    assert store.read(NAME).summary_seq == -1


TELLS = '{"items": [{"kind": "fact", "text": "card payments have retries", "sources": ["3.0"]}]}'


@pytest.fixture
def model(monkeypatch):
    """A server that answers as it is told, which writes the summaries."""
    turns = []
    with openai_server.server(lambda _body: turns.pop(0)) as server:
        monkeypatch.setenv("SUMMARY_PROVIDER", "openai")
        monkeypatch.setenv("SUMMARY_MODEL", "gpt-5.4-mini")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        yield turns


def test_a_summary_by_a_model_is_a_call_that_counts(cli, talk, model):
    model.append(Turn(TELLS))
    answer = cli("summarize", NAME)

    assert "card payments have retries" in answer.out
    assert "(model)" in answer.err
    shown = json.loads(cli("show", NAME, "--messages", "30", "--json").out)
    assert [one["purpose"] for one in shown["interactions"]] == ["summary"]
    assert len(shown["messages"]) == 21
    by_model = json.loads(cli("stats", "--by", "model", "--json").out)
    assert "gpt-5.4-mini" in json.dumps(by_model)


def test_a_model_that_fails_is_told_and_rules_write_the_summary(cli, talk, model):
    model.append(Turn(status=500, error="out of order"))
    answer = cli("summarize", NAME)

    assert answer.code == 0
    assert answer.out
    assert "no summary by openai gpt-5.4-mini, so rules wrote it" in answer.err
    assert "out of order" in answer.err


def test_a_summary_provider_that_nobody_knows_stops_every_command(cli, talk, monkeypatch):
    monkeypatch.setenv("SUMMARY_PROVIDER", "opnai")

    assert cli("summarize", NAME).code == 3


@pytest.fixture
def claude(monkeypatch, tmp_path):
    """An agent that says what a test tells it to; its calls, with arguments and folder."""
    lines = [
        {"type": "system", "subtype": "init", "session_id": "s-1", "model": "m"},
        {"type": "result", "session_id": "s-1", "is_error": False, "result": TELLS},
    ]
    script = tmp_path / "lines.jsonl"
    script.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    monkeypatch.setenv("PATH", f"{AGENTS}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_CLAUDE", str(script))
    monkeypatch.setenv("FAKE_CLAUDE_LOG", str(tmp_path / "calls"))
    monkeypatch.setenv("SUMMARY_PROVIDER", "claude")
    return tmp_path / "calls"


def test_an_agent_writes_a_summary_in_a_conversation_that_it_forgets(cli, talk, store, claude):
    store.append(NAME, [Interaction("i", "", "claude", "m", (), resume=Resume("its-own"))])
    assert "card payments have retries" in cli("summarize", NAME).out

    (call,) = map(json.loads, claude.read_text().splitlines())
    assert "--no-session-persistence" in call["argv"]
    assert "--resume" not in call["argv"]
    assert "ai-sessions-summary-" in call["cwd"]
    session = store.read(NAME)
    assert session.resume["claude"].id == "its-own"
    assert session.totals.interactions == 2


def test_a_budget_that_is_used_up_leaves_the_summary_to_rules(cli, talk, model, monkeypatch):
    monkeypatch.setenv("BUDGET_SESSION", "0.000000001")
    answer = cli("summarize", NAME)

    assert answer.code == 0
    assert "(extractive)" in answer.err
    assert "budget" in answer.err
