"""What all agents have in common: how a call ends when the agent does not, or must not go on."""

from pathlib import Path

import pytest
from stand_in import StandIn

from ai_sessions.providers import agents, process
from ai_sessions.providers.claude import Claude
from ai_sessions.providers.codex import Codex
from ai_sessions.providers.gemini import Gemini
from ai_sessions.providers.opencode import OpenCode
from ai_sessions.stopping import Stop

FIXTURES = Path(__file__).parents[2] / "fixtures"
AGENTS = {
    "claude": (Claude, "claude-stream-write.jsonl"),
    "codex": (Codex, "codex-stream-first.jsonl"),
    "gemini": (Gemini, "gemini-stream-write.jsonl"),
    "opencode": (OpenCode, "opencode-stream-first.jsonl"),
}


@pytest.fixture(params=AGENTS)
def hanging(request, tmp_path, request_of):
    """A call of an agent that says its first lines (all of them, or so many) and does not end."""
    make, fixture = AGENTS[request.param]

    def call(lines=None, **more):
        says = tmp_path / "says"
        said = (FIXTURES / fixture).read_text().splitlines(keepends=True)
        says.write_text("".join(said[:lines]))
        stand_in = StandIn(tmp_path, request.param, says, hangs=True)
        return make(stand_in.environment).run(request_of(**more), lambda _event: None)

    return call


def test_one_that_has_said_its_result_and_hangs_has_answered(hanging, monkeypatch):
    monkeypatch.setattr(process, "FINISHED_S", 0.0)
    reply = hanging()

    assert reply.failure is None
    assert reply.text.strip()
    assert reply.detail == {"hung_after_result": True}


def test_one_that_hangs_before_its_result_has_not(hanging, monkeypatch):
    monkeypatch.setattr(process, "FINISHED_S", 0.0)
    reply = hanging(lines=1, silence_s=0.3)

    assert reply.failure.status == "timeout"


def test_one_that_is_stopped_from_outside_was_interrupted(hanging):
    stop = Stop()
    stop.set()
    reply = hanging(lines=1, stop=stop)

    assert (reply.failure.status, reply.detail["exit_code"]) == ("interrupted", 143)


def test_a_run_that_ended_well_leaves_no_detail():
    assert agents.details(process.Ended(0, ""), 0) == {}


@pytest.mark.parametrize(
    ("told", "limit"),
    [("Prompt is too long (limit 200000)", 200_000), ("unknown model: limit of 5", None)],
)
def test_the_limit_of_a_prompt_that_is_too_long_is_read_and_no_other(told, limit):
    classes = (("context_too_long", "too long", "less"), ("model", "model", "check"))

    assert agents.classified(classes, told).limit_tokens == limit
