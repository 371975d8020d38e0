"""Everything that agents really said, cut off anywhere: each reader ends with a clear failure.

A sample is given to every reader, not only to its own: an `opencode` on PATH may be another thing.
"""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sessions.imports import SOURCES
from ai_sessions.imports import opencode as opencode_log
from ai_sessions.providers import claude, codex, gemini, opencode, process
from ai_sessions.providers.contract import Request
from ai_sessions.records import Resume

FIXTURES = Path(__file__).parents[1] / "fixtures"
SAMPLES = sorted(
    path.name
    for path in FIXTURES.iterdir()
    if path.name.startswith(("claude-", "codex-", "gemini-", "opencode-"))
)
STREAMS = {"claude": claude, "codex": codex, "gemini": gemini, "opencode": opencode}
LOGS = {name: source for name, source in SOURCES.items() if name != "opencode"}


def lines_of(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").splitlines()


def cut(name: str, at: float) -> bytes:
    """The sample without what follows a part of it; on one line where an agent prints it so."""
    data = (FIXTURES / name).read_bytes()
    if name.endswith(".json"):
        data = json.dumps(json.loads(data)).encode()
    return data[: int(len(data) * at)]


def reply_to(agent: str, lines: list[str], code: int = 0):
    seen = []
    stream = STREAMS[agent].Stream(Request("hello", cwd=FIXTURES), seen.append)
    for line in lines:
        stream.take(line)
    return stream.reply(process.Ended(code, ""))


def test_there_is_a_sample_of_every_kind():
    for agent in STREAMS:
        assert sum(name.startswith(agent) for name in SAMPLES) >= 5


@pytest.mark.parametrize("agent", STREAMS)
@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=40, deadline=None)
@given(at=st.floats(0, 0.999), code=st.sampled_from([0, 1, 143]))
def test_a_sample_that_was_cut_off_is_a_clear_failure(name, agent, at, code):
    cut_off = lines_of(cut(name, at))
    reply = reply_to(agent, cut_off, code)

    if reply.failure is None:
        # What followed the answer is missing, which takes nothing from it.
        assert (code, bool(reply.text.strip())) == (0, True)
        assert reply.text == reply_to(agent, lines_of(cut(name, 1))).text
        return
    assert reply.failure.status != "ok"
    assert reply.failure.message.strip()
    assert reply.failure.message.count("\n") == 0
    assert "Traceback" not in reply.failure.message


@pytest.mark.parametrize("agent", LOGS)
@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=20, deadline=None)
@given(at=st.floats(0, 1))
def test_a_sample_as_a_log_that_is_still_written_has_some_of_its_calls(
    name, agent, at, tmp_path_factory
):
    path = tmp_path_factory.mktemp("log") / name
    shutil.copy(FIXTURES / name, path)
    whole = LOGS[agent].read(path, {}).calls
    path.write_bytes(cut(name, at))
    part = LOGS[agent].read(path, {}).calls

    assert {one.id for one in part} <= {one.id for one in whole}


@pytest.mark.parametrize("name", SAMPLES)
@settings(max_examples=20, deadline=None)
@given(at=st.floats(0, 1))
def test_a_sample_in_place_of_an_export_is_read_or_counted_as_unreadable(
    name, at, tmp_path_factory
):
    path = tmp_path_factory.mktemp("export") / "export.json"
    path.write_bytes(cut(name, at))
    found = opencode_log.read(path, {})

    assert bool(found.calls) is (name == "opencode-export.json" and found.bad == 0)


@pytest.mark.parametrize("name", ["claude-result.json", "claude-result-fork.json"])
def test_a_result_that_is_one_object_is_read_as_the_last_line_of_a_stream_is(name):
    whole = json.loads((FIXTURES / name).read_bytes())
    reply = reply_to("claude", lines_of(cut(name, 1)))

    assert (reply.failure, reply.text) == (None, whole["result"])
    assert reply.usage.output_tokens > 0
    assert reply.cost.nusd > 0


#: A sample of a success, and where its lines have the id of the conversation.
SUCCESSES = {
    "claude": ("claude-stream-write.jsonl", "session_id"),
    "codex": ("codex-stream-first.jsonl", "thread_id"),
    "gemini": ("gemini-stream-write.jsonl", "session_id"),
    "opencode": ("opencode-stream-first.jsonl", "sessionID"),
}


@pytest.mark.parametrize("agent", SUCCESSES)
@pytest.mark.parametrize("id_", ["another", "", None, 7, ["x"]], ids=repr)
def test_an_answer_without_the_id_that_was_asked_for_does_not_prove_that_it_went_on(agent, id_):
    name, key = SUCCESSES[agent]
    stream = STREAMS[agent].Stream(
        Request("hello", cwd=FIXTURES, resume=Resume("asked")), lambda _event: None
    )
    for line in lines_of(cut(name, 1)):
        event = json.loads(line)
        if key in event:
            event[key] = id_
        stream.take(json.dumps(event))
    reply = stream.reply(process.Ended(0, ""))

    assert reply.failure is None
    assert reply.resume is None or reply.resume.id == "another"


@pytest.mark.parametrize("agent", STREAMS)
def test_a_call_that_died_at_once_may_go_on_as_asked(agent):
    stream = STREAMS[agent].Stream(
        Request("hello", cwd=FIXTURES, resume=Resume("asked")), lambda _event: None
    )

    assert stream.reply(process.Ended(1, "oops")).resume == Resume("asked")
