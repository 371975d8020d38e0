"""Claude Code from prompt to reply, with a stand-in for its command (test/bin/agents/claude)."""

import json
import os
import sys
from pathlib import Path

import pytest
from running import is_running

from ai_sessions.providers import process
from ai_sessions.providers.claude import Claude
from ai_sessions.records import Cost, Resume, Usage

BIN = Path(__file__).parents[2] / "bin" / "agents"
ID = "0f4b8b52-6a5e-4a3e-9d59-0a6f1c6f7a10"
ONE_CALL = Usage(3500, 20, 3000, 400)


@pytest.fixture
def run(tmp_path, request_of):
    """Make a call; `calls()` of it tells what the stand-in was given."""
    log = tmp_path / "calls.jsonl"

    def call(behaviour="honest", prompt="hello", **more):
        environment = {
            "PATH": f"{BIN}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
            "HOME": str(tmp_path),
            "FAKE_CLAUDE": behaviour,
            "FAKE_CLAUDE_LOG": str(log),
        }
        return Claude(environment).run(request_of(prompt, **more), lambda _event: None)

    call.calls = lambda: [json.loads(line) for line in log.read_text().splitlines()]
    return call


def test_a_conversation_goes_on_under_its_id_and_each_call_costs_its_own(run):
    first = run(new_id=ID)
    second = run(prompt="go on", resume=first.resume)

    assert (first.resume.id, second.resume.id) == (ID, ID)
    assert (first.usage, second.usage) == (ONE_CALL, ONE_CALL)
    assert second.cost == Cost(1_700_000, "client")
    assert [call["stdin"] for call in run.calls()] == ["hello", "go on"]


def test_an_edit_is_done_where_it_was_asked_for(run, tmp_path):
    run(prompt="Task T1.1 of the feature `payment-gateway`: x", access="edit", new_id=ID)

    assert "unittest" in (tmp_path / "tests" / "test_gateway.py").read_text()


def test_a_reader_is_denied_its_edits_and_that_is_told(run, tmp_path):
    reply = run(prompt="Task T1.1 of the feature `payment-gateway`: x", new_id=ID)

    assert reply.denied == ("Write",)
    assert not (tmp_path / "tests").exists()


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        ("garbled", "unreadable"),
        ("cut", "interrupted"),
        ("killed", "interrupted"),
        ("crash", "other"),
        ("no-login", "auth"),
        ("rate-limit", "rate_limit"),
        ("limit", "rate_limit"),
        ("overloaded", "overloaded"),
        ("budget", "budget"),
    ],
)
def test_every_way_to_fail_has_its_class(run, behaviour, status):
    failure = run(behaviour, new_id=ID).failure

    assert failure.status == status
    assert failure.message
    assert failure.hint


def test_an_unknown_conversation_is_gone(run):
    assert run(resume=Resume(ID)).failure.status == "session_gone"


def test_an_id_that_is_taken_is_busy(run):
    run(new_id=ID)

    assert run(new_id=ID).failure.status == "busy"


def test_another_id_that_comes_back_is_not_hidden(run):
    first = run(new_id=ID)
    second = run("forgetful", resume=first.resume)

    assert second.failure is None
    assert second.resume.id == f"other-{ID}"


@pytest.mark.parametrize("behaviour", ["huge", "noisy"])
def test_odd_output_does_not_hide_the_answer(run, behaviour):
    reply = run(behaviour, new_id=ID)

    assert reply.failure is None
    assert reply.text


@pytest.mark.parametrize("behaviour", ["slow", "deaf"])
def test_one_that_hangs_is_stopped_and_what_it_spent_is_counted(run, behaviour, monkeypatch):
    monkeypatch.setattr(process, "GRACE_S", 0.2)
    reply = run(behaviour, new_id=ID, silence_s=0.7)

    assert reply.failure.status == "timeout"
    assert reply.usage.estimated
    assert reply.resume.id == ID
    assert not is_running(run.calls()[0]["pid"])
