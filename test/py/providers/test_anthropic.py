"""The Messages API: streamed, counted with its cache, and every way a server can let us down."""

import json
import socket
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import anthropic_server
from ai_sessions import tokens
from ai_sessions.errors import ConfigError, UsageError
from ai_sessions.providers import anthropic, http
from ai_sessions.providers.anthropic import Anthropic
from ai_sessions.providers.contract import Offer, Request, Tool
from ai_sessions.records import Message, ToolCall, Usage
from loopback import Turn

KEY = "sk-ant-not-a-key"
OBJECT = {"type": "object", "properties": {"n": {"type": "integer"}}}


@pytest.fixture
def ask(request_of):
    """Make a call against a server that plays these turns; returns the reply and what it saw."""

    def call(*turns, watch=lambda _event: None, **more):
        more.setdefault("model", "claude-test")
        with anthropic_server.server(turns) as server:
            reply = Anthropic(server.url, KEY).run(request_of(**more), watch)
        return reply, server.seen

    return call


def said(seen):
    """(role, text) of what was sent."""
    return [(one["role"], one["content"][0]["text"]) for one in seen.body["messages"]]


def test_an_answer_arrives_whole_with_its_tokens(ask):
    reply, seen = ask(Turn("The answer is 42."))

    assert (reply.text, reply.model, reply.failure) == ("The answer is 42.", "claude-test", None)
    assert reply.usage == Usage(3500, 20, cache_read_tokens=3000, cache_write_tokens=400)
    assert (reply.resume, reply.cost) == (None, None)
    assert seen[0].headers["x-api-key"] == KEY
    assert seen[0].headers["anthropic-version"] == "2023-06-01"


def test_what_was_cached_for_an_hour_is_told_apart(ask):
    usage = {
        **anthropic_server.USAGE,
        "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 100},
    }
    reply, _seen = ask(Turn("x", usage=usage))

    assert reply.usage == Usage(3500, 20, 3000, 400, 100)


def test_earlier_messages_go_along_in_order(ask):
    history = (
        Message("system", "be brief"),
        Message("user", "one"),
        Message("assistant", "two"),
        Message("tool", "three", name="grep"),
        Message("assistant", "  "),
    )
    _reply, seen = ask(history=history, prompt="four")

    assert said(seen[0]) == [
        ("user", "one"),
        ("assistant", "two"),
        ("user", "[output of grep]\nthree"),
        ("user", "four"),
    ]
    assert seen[0].body["system"] == "be brief"


def test_a_conversation_that_begins_with_an_answer_is_sent_as_the_api_wants_it(ask):
    _reply, seen = ask(history=(Message("assistant", "one"),), prompt="two")

    assert said(seen[0]) == [("user", "[earlier answer]\none"), ("user", "two")]


def test_the_server_is_asked_to_keep_what_will_be_sent_again(ask):
    history = (Message("user", "one"), Message("assistant", "two"))
    _reply, seen = ask(history=history)

    marks = ["cache_control" in one["content"][0] for one in seen[0].body["messages"]]
    assert marks == [False, True, False]


def test_an_answer_of_a_schema_is_its_json_text(ask):
    reply, seen = ask(Turn("", tools=[{"name": "answer", "input": {"n": 7}}]), schema=OBJECT)

    assert json.loads(reply.text) == {"n": 7}
    assert reply.failure is None
    assert seen[0].body["tools"][0]["input_schema"] == OBJECT
    assert seen[0].body["tool_choice"] == {"type": "tool", "name": "answer"}


def test_a_schema_that_no_tool_can_have_is_left_to_the_prompt(ask):
    _reply, seen = ask(schema={"type": "array"})

    assert "tools" not in seen[0].body


@pytest.mark.parametrize(
    ("complaint", "is_left_out"),
    [
        ("tools: this model does not support tools", lambda body: "tools" not in body),
        ("max_tokens: 32000 > 4096, which is the maximum", lambda body: body["max_tokens"] == 4096),
        (
            "input length and `max_tokens` exceed context limit: 195000 + 32000 > 200000",
            lambda body: body["max_tokens"] == 5000,
        ),
        (
            "messages.0.content.0.cache_control: unknown field",
            lambda body: "cache_control" not in json.dumps(body),
        ),
    ],
)
def test_what_the_server_refuses_is_left_out(ask, complaint, is_left_out):
    refusal = Turn(status=400, error=complaint)
    history = (Message("user", "one"), Message("assistant", "two"))
    reply, seen = ask(refusal, Turn("fine"), schema=OBJECT, history=history)

    assert (reply.text, reply.failure) == ("fine", None)
    assert [is_left_out(one.body) for one in seen] == [False, True]


@pytest.mark.parametrize(
    "complaint",
    ["cache_control is wrong", "tools are wrong", "max_tokens: 32000 > 64000 is odd"],
)
def test_a_complaint_about_what_was_not_sent_ends_the_call(ask, complaint):
    reply, seen = ask(Turn(status=400, error=complaint))

    assert (reply.failure.status, len(seen)) == ("other", 1)


def test_a_short_name_is_sent_in_full(ask):
    _reply, seen = ask(model="sonnet")

    assert seen[0].body["model"].startswith("claude-sonnet-")


REFUSALS = [
    (Turn(status=401, error="invalid x-api-key"), "auth"),
    (Turn(status=403, error="not allowed"), "auth"),
    (Turn(status=400, error="Your credit balance is too low"), "billing"),
    (Turn(status=402, error="pay", kind="billing_error"), "billing"),
    (Turn(status=429, error="slow down"), "rate_limit"),
    (Turn(status=404, error="model: claude-nope"), "model"),
    (Turn(status=400, error="prompt is too long: 250000 tokens"), "context_too_long"),
    (Turn(status=413, error="Request exceeds the maximum size"), "context_too_long"),
    (Turn(status=400, error="exceed context limit: 199000 + 32000 > 200000"), "context_too_long"),
    (Turn(status=400, error="bad"), "other"),
    (Turn(status=500, error="oops"), "server"),
    (Turn(status=504, error="late", kind="timeout_error"), "server"),
    (Turn(status=529, error="Overloaded"), "overloaded"),
    (Turn(status=400, error="You have reached your specified API usage limits."), "rate_limit"),
]


@pytest.mark.parametrize(("turn", "status"), REFUSALS, ids=lambda value: str(value)[:60])
def test_every_refusal_is_told_from_the_others(ask, turn, status):
    reply, seen = ask(turn)

    assert reply.failure.status == status
    assert reply.failure.hint
    assert (reply.usage, len(seen)) == (Usage(), 1)


def test_a_prompt_that_is_too_long_is_told_with_the_limit_and_its_size(ask):
    told = "prompt is too long: 210000 tokens > 200000 maximum"
    reply, _seen = ask(Turn(status=400, error=told))

    assert (reply.failure.limit_tokens, reply.failure.sent_tokens) == (200_000, 210_000)


def test_the_end_of_a_spending_limit_stands_in_its_words(ask):
    told = "You have reached your specified API usage limits. You will regain access on "
    now = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
    turn = Turn(status=400, error=f"{told}2026-12-01 at 00:00 UTC.")

    assert ask(turn, now=lambda: now)[0].failure.until == datetime(2026, 12, 1, tzinfo=UTC)


def test_what_an_answer_says_of_limits_goes_along_with_it(ask):
    name = "anthropic-ratelimit-requests"
    reply, _seen = ask(Turn("OK", headers={f"{name}-limit": "50", f"{name}-remaining": "49"}))

    assert reply.failure is None
    assert [(one.unit, one.limit, one.used) for one in reply.told] == [("requests", 50, 1)]


def test_the_end_of_the_limits_that_are_used_up_stands_in_headers(ask):
    now = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
    name = "anthropic-ratelimit"
    headers = {f"{name}-tokens-remaining": "0", f"{name}-tokens-reset": "2026-11-28T12:51:00Z"}
    headers |= {f"{name}-requests-remaining": "9", f"{name}-requests-reset": "2026-11-28T13:00:00Z"}
    reply, _seen = ask(Turn(status=429, headers=headers), now=lambda: now)

    assert reply.failure.until == datetime(2026, 11, 28, 12, 51, tzinfo=UTC)


def test_a_wrong_key_names_its_setting(ask):
    assert "ANTHROPIC_API_KEY" in ask(Turn(status=401))[0].failure.hint


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("overloaded_error", "overloaded"),
        ("api_error", "server"),
        ("authentication_error", "auth"),
        ("not_found_error", "model"),
    ],
)
def test_an_error_in_the_stream_is_a_failure(ask, kind, status):
    body = {"type": "error", "error": {"type": kind, "message": "no"}}
    reply, _seen = ask(Turn(raw=f"event: error\ndata: {json.dumps(body)}\n\n"))

    assert (reply.failure.status, reply.usage) == (status, Usage())


def test_a_key_in_a_complaint_is_repeated_nowhere(ask, tmp_path):
    reply, _seen = ask(Turn(status=401, error=f"bad key {KEY}"), log_dir=tmp_path / "logs")

    (kept,) = (tmp_path / "logs").iterdir()
    assert "bad key ***" in reply.failure.message
    assert KEY not in kept.read_text()


def test_a_stream_that_is_cut_costs_what_went_in_and_what_came(ask):
    reply, _seen = ask(Turn("a long enough answer", cut_after=4))

    assert reply.failure.status == "network"
    assert reply.usage.input_tokens == 3500
    assert reply.usage.output_tokens == tokens.estimate(reply.text) > 1
    assert reply.usage.estimated


def test_a_server_that_does_not_stream_is_understood(ask):
    body = {
        "type": "message",
        "model": "other",
        "content": [{"type": "text", "text": "whole"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 7, "output_tokens": 2},
    }
    turn = Turn(raw=json.dumps(body), headers={"content-type": "application/json"})
    reply, _seen = ask(turn)

    assert (reply.text, reply.model, reply.failure) == ("whole", "other", None)
    assert reply.usage == Usage(7, 2)


@pytest.mark.parametrize(
    ("stop", "status"),
    [
        ("max_tokens", "limit"),
        ("refusal", "denied"),
        ("model_context_window_exceeded", "context_too_long"),
    ],
)
def test_an_answer_that_was_stopped_is_no_answer(ask, stop, status):
    assert ask(Turn("half of it", stop=stop))[0].failure.status == status


def test_an_empty_answer_is_no_answer(ask):
    assert ask(Turn(""))[0].failure.status == "empty"


@pytest.mark.parametrize("raw", ["", "hello", "data: {broken\n\n", "data: 7\n\n", "data: {}\n\n"])
def test_what_is_no_message_is_unreadable(ask, raw):
    assert ask(Turn(raw=raw))[0].failure.status == "unreadable"


@pytest.mark.parametrize(
    ("clock", "told"), [("silence_s", "said nothing"), ("timeout_s", "longer than")]
)
def test_each_clock_ends_a_call_that_hangs(ask, clock, told):
    reply, _seen = ask(Turn("a long answer", hang_after=3), **{clock: 0.2})

    assert reply.failure.status == "timeout"
    assert told in reply.failure.message


def test_a_dead_server_is_a_clear_line(request_of):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        reply = Anthropic(url).run(request_of(model="m"), lambda _event: None)

    assert reply.failure.status == "network"
    assert url in reply.failure.message
    assert "ANTHROPIC_BASE_URL" in reply.failure.hint


@pytest.mark.parametrize(
    ("url", "key", "model", "named"),
    [
        (anthropic.PUBLIC_URL, "", "m", "ANTHROPIC_API_KEY"),
        ("http://127.0.0.1:1", "", "", "AI_MODEL"),
        ("ftp://example.com", "", "m", "ANTHROPIC_BASE_URL"),
        ("http://127.0.0.1:1", "sk-\n1", "m", "ANTHROPIC_API_KEY"),
    ],
)
def test_a_wrong_setting_is_named_before_anything_is_called(request_of, url, key, model, named):
    with pytest.raises(ConfigError, match=named):
        Anthropic(url, key).run(request_of(model=model), lambda _event: None)


def test_an_address_with_its_version_is_the_same_address(request_of):
    with anthropic_server.server([Turn("here")]) as server:
        reply = Anthropic(f"{server.url}/v1/").run(request_of(model="m"), lambda _event: None)

    assert reply.text == "here"


STREAM = b"".join(
    anthropic_server.Messages().pieces(
        Turn("héllo wörld"), anthropic_server.Seen("POST", "/", {}, {"stream": True})
    )[1]
)


def answer_of(folder, data):
    """What is made of these bytes."""
    endpoint = http.Endpoint("anthropic", "http://127.0.0.1:1", "BASE", "KEY")
    answer = anthropic.Answer(endpoint, Request("x", cwd=folder), lambda _event: None)
    lines = http.Lines()
    lines.add(data)
    answer.ended(lines)
    return answer.reply()


@settings(max_examples=200, deadline=None)
@given(
    cut=st.integers(0, len(STREAM)), at=st.integers(0, len(STREAM) - 1), byte=st.integers(0, 255)
)
def test_no_bytes_make_it_fall_over(cut, at, byte, tmp_path_factory):
    damaged = (STREAM[:at] + bytes([byte]) + STREAM[at + 1 :])[:cut]
    reply = answer_of(tmp_path_factory.getbasetemp(), damaged)

    assert bool(reply.text.strip()) or reply.failure


@pytest.mark.parametrize("cut", range(0, len(STREAM), 11))
def test_a_stream_cut_before_its_end_is_never_a_success(cut, tmp_path):
    finished = b'"stop_reason": "end_turn"' in STREAM[:cut].partition(b"message_delta")[2]

    assert finished or answer_of(tmp_path, STREAM[:cut]).failure


def events(request_of, *bodies):
    endpoint = http.Endpoint("anthropic", "http://127.0.0.1:9", "ANTHROPIC_BASE_URL", "KEY")
    answer = anthropic.Answer(endpoint, request_of(model="m"), lambda _event: None)
    for body in bodies:
        answer.hear(body)
    return answer.reply()


@pytest.mark.parametrize(("stop", "status"), [("end_turn", None), ("pause_turn", "interrupted")])
def test_a_later_count_of_zero_takes_nothing_away_and_a_pause_is_no_end(request_of, stop, status):
    begun = {"input_tokens": 1000, "cache_read_input_tokens": 300, "output_tokens": 1}
    ended = {"input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 200}
    reply = events(
        request_of,
        {"type": "message_start", "message": {"model": "m", "usage": begun}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "hi"}},
        {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": ended},
        {"type": "message_stop"},
    )

    assert reply.usage == Usage(1300, 200, 300)
    assert (reply.failure.status if reply.failure else None) == status


def test_a_history_without_a_prompt_ends_with_the_question_images_and_all(ask):
    image = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    asked = Message("user", "What is this?", parts=(image,))
    _reply, seen = ask(
        history=(Message("user", "Hi"), Message("assistant", "Hi"), asked), prompt=""
    )

    messages = seen[0].body["messages"]
    assert messages[-1]["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image", "source": {"type": "url", "url": "https://example.org/cat.png"}},
    ]
    assert "cache_control" in messages[1]["content"][-1]


def test_a_prompt_goes_with_its_images(ask):
    image = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    _reply, seen = ask(prompt="What is this?", parts=(image,))

    assert seen[0].body["messages"][-1]["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image", "source": {"type": "url", "url": "https://example.org/cat.png"}},
    ]


def test_a_picture_of_an_earlier_answer_is_no_reason_to_fail(ask):
    image = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    _reply, seen = ask(history=(Message("assistant", "", parts=(image,)),), prompt="And?")

    roles = [one["role"] for one in seen[0].body["messages"]]
    assert roles == ["user", "user"]
    assert seen[0].body["messages"][0]["content"][0]["type"] == "image"


def test_an_answer_that_is_cut_where_the_caller_wanted_is_an_answer(ask):
    reply, seen = ask(
        Turn("One two", stop="max_tokens"), options={"max_tokens": 2, "stop": ["END"]}
    )

    assert (reply.text, reply.failure, reply.detail["finish"]) == ("One two", None, "length")
    assert (seen[0].body["max_tokens"], seen[0].body["stop_sequences"]) == (2, ["END"])


def test_it_says_which_models_there_are():
    with anthropic_server.server() as server:
        assert Anthropic(server.url, KEY).models() == ["claude-opus-4-5", "claude-haiku-4-5"]


@pytest.mark.parametrize(
    ("url", "told"),
    [(anthropic.PUBLIC_URL, "KEY is not set"), ("http://127.0.0.1:9", "lists no models")],
)
def test_one_that_cannot_be_asked_for_its_models_says_why(url, told):
    with pytest.raises(ConfigError, match=told):
        Anthropic(url).models(0.5)


ADD = Tool("add", "Adds", {"type": "object"})
WANTED = ({"name": "add", "input": {"a": 1}}, {"name": "now", "input": {}})
CALLED = Message(
    *("assistant", "Let me see."),
    tool_calls=(ToolCall("call.1", "add", {"a": 1}), ToolCall("c2", "now", None)),
)
RESULTS = (
    Message("tool", "3", tool_call_id="call.1"),
    Message("tool", "no clock", tool_call_id="c2", is_error=True),
)


def test_tools_are_offered_and_what_is_asked_for_is_heard_as_it_comes(ask):
    heard = []
    reply, seen = ask(Turn("Let me see.", tools=WANTED), tools=Offer((ADD,)), watch=heard.append)

    assert seen[0].body["tools"] == [
        {"name": "add", "description": "Adds", "input_schema": {"type": "object"}}
    ]
    assert (reply.text, reply.failure) == ("Let me see.", None)
    assert [(one.name, one.arguments) for one in reply.tool_calls] == [
        ("add", {"a": 1}),
        ("now", {}),
    ]
    pieces = [one.call for one in heard if one.kind == "call"]
    assert (pieces[0].name, pieces[0].id) == ("add", "toolu_1")
    assert "".join(one.arguments for one in pieces if one.index == 0) == '{"a": 1}'


def test_a_whole_answer_has_its_calls_too(ask):
    block = {"type": "tool_use", "id": "t1", "name": "add", "input": {"a": 1}}
    whole = {"type": "message", "content": [block], "stop_reason": "tool_use"}
    headers = {"content-type": "application/json"}
    reply, _seen = ask(Turn(raw=json.dumps(whole), headers=headers), tools=Offer((ADD,)))

    assert (reply.failure, reply.tool_calls) == (None, (ToolCall("t1", "add", {"a": 1}),))


def test_the_results_of_a_turn_are_told_in_one_message_right_after_its_calls(ask):
    history = (Message("user", "Hi"), CALLED, *RESULTS)
    _reply, seen = ask(history=history, prompt="", tools=Offer((ADD,)))

    _hi, called, results = seen[0].body["messages"]
    assert called["content"][1:] == [
        {"type": "tool_use", "id": "call_1", "name": "add", "input": {"a": 1}},
        {
            **{"type": "tool_use", "id": "c2", "name": "now", "input": {}},
            "cache_control": {"type": "ephemeral"},
        },
    ]
    assert results["role"] == "user"
    assert [
        (one["type"], one["tool_use_id"], one.get("is_error")) for one in results["content"]
    ] == [
        ("tool_result", "call_1", None),
        ("tool_result", "c2", True),
    ]


def test_a_conversation_that_begins_with_calls_is_sent_as_the_api_wants_it(ask):
    _reply, seen = ask(history=(CALLED, *RESULTS), prompt="And?", tools=Offer((ADD,)))

    assert [one["role"] for one in seen[0].body["messages"]] == [
        *("user", "assistant", "user", "user")
    ]


@pytest.mark.parametrize(
    ("choice", "names", "told"),
    [
        ("auto", ["answer", "answer_"], {"type": "any"}),
        ("none", ["answer", "answer_"], {"type": "tool", "name": "answer_"}),
        ("required", ["answer"], {"type": "any"}),
    ],
)
def test_an_answer_of_a_form_stands_beside_tools(ask, choice, names, told):
    offer = Offer((Tool("answer"),), choice)
    _reply, seen = ask(
        Turn("", tools=[{"name": names[-1], "input": {}}]), schema=OBJECT, tools=offer
    )

    assert [one["name"] for one in seen[0].body["tools"]] == names
    assert seen[0].body["tool_choice"] == told


def test_the_tool_of_the_answer_is_told_from_those_of_the_client(ask):
    wanted = ({"name": "answer", "input": {"n": 1}}, {"name": "answer_", "input": {"n": 2}})
    reply, _seen = ask(Turn("", tools=wanted), schema=OBJECT, tools=Offer((Tool("answer"),)))

    assert (reply.text, reply.tool_calls) == (
        '{"n": 2}',
        (ToolCall("toolu_1", "answer", {"n": 1}),),
    )


@pytest.mark.parametrize("more", [{"tools": Offer((ADD,))}, {"schema": OBJECT, "is_exact": True}])
def test_what_changes_the_answer_is_never_left_out(ask, more):
    reply, seen = ask(Turn(status=400, error="tools are not supported"), **more)

    assert (len(seen), reply.failure.http) == (1, 400)


def test_a_form_that_no_tool_has_is_refused_where_it_has_to_be_kept(ask):
    with pytest.raises(UsageError, match="not that of an object"):
        ask(schema={"type": "array"}, is_exact=True)
