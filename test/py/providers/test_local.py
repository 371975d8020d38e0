"""A model in this process: what is asked of the engine, what is made of its pieces.

The engine here is a script; test/real has the real one with a real model.
"""

import shlex
import sys
from pathlib import Path

import pytest

from ai_sessions.errors import ConfigError
from ai_sessions.providers import local
from ai_sessions.providers.contract import HasWindow, Offer, Tool
from ai_sessions.providers.local import Local
from ai_sessions.records import Cost, Message, ToolCall, Usage
from ai_sessions.stopping import Stop

USAGE = {
    "prompt_tokens": 40,
    "completion_tokens": 2,
    "prompt_tokens_details": {"cached_tokens": 24},
}


def piece(**delta):
    return {"choices": [{"index": 0, "finish_reason": None, "delta": delta}], "model": "/a/b.gguf"}


def end(reason="stop"):
    return {"choices": [{"index": 0, "finish_reason": reason, "delta": {}}]}


ANSWER = (
    {**piece(role="assistant", content=None), "prompt_progress": {"total": 40, "processed": 40}},
    piece(content="Par"),
    piece(content="is"),
    end(),
    {"choices": [], "usage": USAGE},
)


class Engine:
    """Says `pieces`; an exception among them is raised. Notes what it was asked."""

    def __init__(self, *pieces):
        self.pieces = pieces
        self.asked = []
        self.was_stopped = False

    def handle_chat_completions(self, body, hear):
        self.asked.append(dict(body))
        for one in self.pieces:
            if isinstance(one, Exception):
                raise one
            if hear(one):
                self.was_stopped = True
                return


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "models" / "tiny.Q4.gguf"
    path.parent.mkdir()
    path.write_bytes(b"GGUF and so on")
    return path


@pytest.fixture
def ask(file, request_of):
    """Make a call to an engine that says these pieces: `reply, engine = ask(*ANSWER)`."""

    def call(*pieces, watch=lambda _event: None, clock=lambda: 0.0, **more):
        engine = Engine(*pieces)
        provider = Local(str(file), file.parent, 2048, lambda _path, _context: engine, clock)
        return provider.run(request_of(**more), watch), engine

    return call


def test_an_answer_arrives_with_its_tokens_and_costs_nothing(ask):
    reply, _engine = ask(*ANSWER)

    assert (reply.text, reply.model, reply.failure) == ("Paris", "tiny.Q4", None)
    assert reply.usage == Usage(40, 2, cache_read_tokens=24)
    assert (reply.cost, reply.resume) == (Cost(0, "local"), None)


def test_earlier_messages_and_a_schema_go_along(ask):
    history = (Message("user", "one"), Message("assistant", "two"))
    _reply, engine = ask(*ANSWER, history=history, prompt="three", schema={"type": "object"})

    (body,) = engine.asked
    assert [said["content"] for said in body["messages"]] == ["one", "two", "three"]
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}


def test_a_schema_that_the_engine_has_no_grammar_for_is_left_out(ask):
    reply, engine = ask(ValueError("JSON schema error"), schema={"type": "odd"})

    assert ["response_format" in body for body in engine.asked] == [True, False]
    assert (reply.failure.status, reply.failure.message) == ("other", "JSON schema error")


def test_an_engine_that_breaks_is_a_failure(ask):
    reply, _engine = ask(piece(content="Pa"), RuntimeError("out of memory"))

    assert (reply.failure.status, reply.failure.message) == ("other", "out of memory")


def test_a_conversation_too_long_is_told_with_what_to_raise(ask):
    message = "request (4031 tokens) exceeds the available context size (2048 tokens)"
    error = {"code": 400, "message": message, "type": "exceed_context_size_error"}
    reply, _engine = ask({"error": error})

    assert reply.failure.status == "context_too_long"
    assert "LOCAL_CONTEXT" in reply.failure.hint
    assert (reply.failure.limit_tokens, reply.failure.sent_tokens) == (2048, 4031)
    assert reply.usage == Usage()


def test_its_window_is_what_the_engine_is_loaded_with(file):
    provider = Local(str(file), file.parent, 2048)

    assert isinstance(provider, HasWindow)
    assert provider.window("any") == 2048


def test_an_answer_that_fills_the_context_is_no_answer(ask):
    assert ask(piece(content="and so on"), end("length"))[0].failure.status == "limit"


def test_an_answer_that_was_stopped_in_the_middle_is_no_answer(ask):
    reply, _engine = ask(piece(content="Pa"))

    assert reply.failure.status == "interrupted"
    assert reply.usage.estimated


def test_the_wall_clock_stops_the_engine(ask):
    moments = iter([0.0, 1.0, 99.0])
    reply, engine = ask(*ANSWER, clock=lambda: next(moments), timeout_s=60.0)

    assert reply.failure.status == "timeout"
    assert engine.was_stopped


def test_a_stop_ends_the_engine_with_what_was_said_by_then(ask):
    stop = Stop()

    def watch(event):
        if event.kind == "text":
            stop.set()

    reply, engine = ask(*ANSWER, stop=stop, watch=watch)

    assert (reply.text, reply.failure.status) == ("Par", "interrupted")
    assert engine.was_stopped


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_an_interruption_stops_the_engine_and_goes_on_its_way(file, request_of, error):
    def interrupted(event):
        if event.kind == "text":
            raise error

    engine = Engine(*ANSWER)
    provider = Local(str(file), file.parent, 2048, lambda _path, _context: engine)
    with pytest.raises(error):
        provider.run(request_of(), interrupted)

    assert engine.was_stopped


def test_the_engine_is_kept_from_call_to_call_and_changed_with_the_model(file, request_of):
    other = file.with_name("other.gguf")
    other.write_bytes(b"GGUF")
    made = []

    def load(path, _context):
        made.append(path.stem)
        return Engine(*ANSWER)

    provider = Local(str(file), file.parent, 2048, load)
    for model in ("", "tiny.Q4", "other"):
        provider.run(request_of(model=model), lambda _event: None)

    assert made == ["tiny.Q4", "other"]


def test_the_raw_answer_is_kept_in_a_private_file(ask, tmp_path):
    ask(*ANSWER, log_dir=tmp_path / "logs")

    (kept,) = (tmp_path / "logs").iterdir()
    assert len(kept.read_text().splitlines()) == len(ANSWER)
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("model", "named"),
    [("", "LOCAL_MODEL_PATH"), ("nope", "no model file 'nope'"), ("pyproject", "not a GGUF file")],
)
def test_a_wrong_model_is_named_before_anything_is_loaded(tmp_path, request_of, model, named):
    (tmp_path / "pyproject.gguf").write_text("[project]")
    provider = Local("", tmp_path, 2048, lambda _path, _context: pytest.fail("loaded"))
    with pytest.raises(ConfigError, match=named):
        provider.run(request_of(model=model), lambda _event: None)


def test_without_the_extra_the_error_says_how_to_install_it(file, monkeypatch):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ConfigError, match="extra `local`") as caught:
        local.loaded(file, 2048)

    assert caught.value.hint.startswith("install it: python3 -I ")
    assert Path(shlex.split(caught.value.hint)[-2]).is_file()


@pytest.mark.parametrize(("engine", "names"), [(None, []), (object(), ["tiny"])])
def test_models_are_here_when_the_engine_is(tmp_path, monkeypatch, engine, names):
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: engine)

    assert Local("", tmp_path, 2048).models() == names


def test_options_of_the_request_go_before_our_own(ask):
    _reply, engine = ask(*ANSWER, options={"temperature": 0.7})

    (body,) = engine.asked
    assert (body["temperature"], body["repeat_penalty"]) == (0.7, 1.1)


@pytest.mark.parametrize(("is_exact", "tries"), [(False, 2), (True, 1)])
def test_a_form_that_has_to_be_kept_is_not_left_out(ask, is_exact, tries):
    refusal = ValueError("failed to parse grammar")
    reply, engine = ask(refusal, schema={"type": "object"}, is_exact=is_exact)

    assert reply.failure
    assert len(engine.asked) == tries


def test_a_tool_that_is_asked_for_is_told(ask):
    function = {"name": "add", "arguments": "{}"}
    calls = piece(tool_calls=[{"index": 0, "id": "c1", "function": function}])
    reply, engine = ask(calls, end("tool_calls"), tools=Offer((Tool("add"),)))

    assert engine.asked[0]["tools"] == [{"type": "function", "function": {"name": "add"}}]
    assert (reply.failure, reply.tool_calls) == (None, (ToolCall("c1", "add", {}),))
