"""An answer: a plain text that knows what it cost."""

import copy
import json
import pickle

import pytest

from ai_sessions.jobs import Result
from ai_sessions.library.completion import Completion
from ai_sessions.records import About, Cost, Interaction, Session, ToolCall, Usage

CALL = Interaction(
    *("c-1", "2026-11-29T00:00:00.000Z", "anthropic", "claude-haiku-4-5", ()),
    usage=Usage(3, 2),
    cost=Cost(1_500_000_000, "client"),
    duration_ms=12,
    detail={"finish": "length"},
)


@pytest.fixture
def of():
    """The completion of a call."""

    def made(call=CALL, text="4"):
        session = Session("python-chat", "u", About(), "", "")
        return Completion.of(Result(text, call, session, "new", ("careful",)), "chat")

    return made


def test_it_is_the_text_with_what_is_known_of_the_call(of):
    found = of()

    assert (found, found.model, found.provider) == ("4", "claude-haiku-4-5", "anthropic")
    assert (found.usage, found.cost, found.finish) == (Usage(3, 2), 1.5, "length")
    assert (found.session_id, found.call_id, found.status) == ("chat", "c-1", "ok")
    assert (found.duration_ms, found.warnings) == (12, ("careful",))


def test_a_cost_that_nobody_knows_is_none(of):
    bare = Interaction("c", "", "p", "m", ())

    assert of(bare).cost is None


def test_it_can_be_used_as_any_text(of):
    assert json.dumps({"text": of()}) == '{"text": "4"}'
    assert of() + "2" == "42"


@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))],  # noqa: S301 (ours)
)
def test_a_copy_knows_the_same(of, again):
    assert again(of()).model_dump() == of().model_dump()


def test_all_of_it_is_a_dict(of):
    assert of().model_dump()["content"] == "4"
    assert of().model_dump()["model"] == "claude-haiku-4-5"


def test_its_message_is_one_of_the_next_question(of):
    plain = of()
    calling = of(text="")
    calling.tool_calls = (ToolCall("c1", "add", {"a": 1}),)

    assert plain.message == {"role": "assistant", "content": "4"}
    assert calling.message["content"] is None
    assert calling.message["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"a": 1}'}
