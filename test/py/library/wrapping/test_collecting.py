import json

import pytest

from ai_sessions.library.answers import Answer, answer_of
from ai_sessions.library.wrapping.collecting import collector
from ai_sessions.records import ToolCall, Usage

CALL = ToolCall("c1", "add", {"a": 1})


def chat(delta, finish=None, index=0):
    return {"model": "m", "choices": [{"index": index, "delta": delta, "finish_reason": finish}]}


def called(index, id_="", name="", arguments=""):
    function = {"name": name, "arguments": arguments}
    return {"tool_calls": [{"index": index, "id": id_, "function": function}]}


CHAT = [
    chat({"role": "assistant", "content": ""}),
    chat({"content": "Hi"}),
    chat({"content": "the second of two answers"}, index=1),
    chat(called(0, "c1", "add", '{"a"')),
    chat(called(0, arguments=": 1}")),
    chat({}, "tool_calls"),
    {"model": "m", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}},
]
MESSAGES = [
    {
        "type": "message_start",
        "message": {
            "model": "m",
            "usage": {"input_tokens": 1, "cache_read_input_tokens": 2, "output_tokens": 1},
        },
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking"}},
    {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "thinking_delta", "thinking": "hm"},
    },
    {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "H"}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "i"}},
    {
        "type": "content_block_start",
        "index": 2,
        "content_block": {"type": "tool_use", "id": "c1", "name": "add", "input": {}},
    },
    {
        "type": "content_block_delta",
        "index": 2,
        "delta": {"type": "input_json_delta", "partial_json": '{"a": 1}'},
    },
    {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use"},
        "usage": {"output_tokens": 2, "cache_read_input_tokens": 0},
    },
    {"type": "message_stop"},
]
ITEMS = [
    {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]},
    {"type": "function_call", "call_id": "c1", "name": "add", "arguments": '{"a": 1}'},
]
ENDED = {"model": "m", "status": "completed", "usage": {"input_tokens": 3, "output_tokens": 2}}
RESPONSES = [
    {"type": "response.created", "response": {"model": "m"}},
    {"type": "response.output_text.delta", "delta": "Hi"},
    *({"type": "response.output_item.done", "item": item} for item in ITEMS),
    {"type": "response.completed", "response": {**ENDED, "output": ITEMS}},
]
#: As some servers end, which do not say it all again.
SHORT = [*RESPONSES[:-1], {"type": "response.completed", "response": ENDED}]

STREAMS = {
    "chat": ("chat.completions", CHAT, Usage(3, 2), "tool_calls"),
    "messages": ("messages", MESSAGES, Usage(3, 2, 2), "tool_use"),
    "responses": ("responses", RESPONSES, Usage(3, 2), "completed"),
    "responses without a summary": ("responses", SHORT, Usage(3, 2), "completed"),
}


def collected(api, pieces):
    found = collector(api)
    shown = [piece for piece in json.loads(json.dumps(pieces)) if found.add(piece)]
    return found, shown


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_reads_as_the_whole_answer_would(name):
    api, pieces, usage, finish = STREAMS[name]

    found, shown = collected(api, pieces)

    assert answer_of(found.whole()) == Answer("Hi", usage, "m", tool_calls=(CALL,), finish=finish)
    assert found.is_whole
    assert shown == pieces


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_stream_is_not_whole_before_its_end(name, count):
    api, pieces, _usage, _finish = STREAMS[name]

    found, _shown = collected(api, pieces[:count])

    assert not found.is_whole


def test_a_response_that_breaks_off_has_the_text_that_came():
    found, _shown = collected("responses", RESPONSES[:2])

    assert answer_of(found.whole()) == Answer("Hi", model="m")


def test_only_the_piece_with_the_usage_that_we_asked_for_is_hidden():
    found = collector("chat.completions", hides_usage=True)
    filters = {"model": "m", "choices": [], "prompt_filter_results": []}  # Azure's first

    assert [found.add(piece) for piece in (filters, *CHAT)] == [True] * 7 + [False]


@pytest.mark.parametrize("api", ["chat.completions", "responses", "messages"])
def test_pieces_of_no_known_form_are_passed_on(api):
    found = collector(api)

    assert all(found.add(piece) for piece in (None, "text", {}, {"choices": [None]}, {"type": 7}))
    assert answer_of(found.whole()).text == ""
