"""Chat completions over HTTP: streamed, counted, and every way a server can let us down."""

import itertools
import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import anthropic_server
import openai_server
from ai_sessions import tokens
from ai_sessions.errors import ConfigError
from ai_sessions.providers import http, openai
from ai_sessions.providers.contract import Offer, Request, Tool
from ai_sessions.providers.openai import OpenAI
from ai_sessions.records import Cost, Message, Told, ToolCall, Usage
from ai_sessions.stopping import Stop
from loopback import Server, Turn

KEY = "sk-test-not-a-key"
FIXTURES = Path(__file__).parents[2] / "fixtures"
TEXTS = json.loads((FIXTURES / "limit-texts.json").read_text(encoding="utf-8"))


@pytest.fixture
def ask(request_of):
    """Make calls against a server that plays these turns; returns the replies and the server."""

    def call(*turns, calls=1, watch=lambda _event: None, **more):
        more.setdefault("model", "test-model")
        with openai_server.server(turns) as server:
            provider = OpenAI(f"{server.url}/v1", KEY)
            replies = [provider.run(request_of(**more), watch) for _call in range(calls)]
        return replies[0] if calls == 1 else replies, server.seen

    return call


def test_an_answer_arrives_whole_with_its_tokens(ask):
    reply, seen = ask(Turn("The answer is 42."))

    assert (reply.text, reply.model, reply.failure) == ("The answer is 42.", "test-model", None)
    assert reply.usage == Usage(3500, 20, cache_read_tokens=3000, reasoning_tokens=5)
    assert reply.resume is None
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"


def test_earlier_messages_go_along_in_order(ask):
    history = (
        Message("user", "one"),
        Message("assistant", "two"),
        Message("tool", "three", name="grep"),
    )
    _reply, seen = ask(history=history, prompt="four")

    assert [(said["role"], said["content"]) for said in seen[0].body["messages"]] == [
        ("user", "one"),
        ("assistant", "two"),
        ("user", "[output of grep]\nthree"),
        ("user", "four"),
    ]


def test_a_schema_is_asked_for(ask):
    schema = {"type": "object"}
    _reply, seen = ask(schema=schema)

    assert seen[0].body["response_format"]["json_schema"]["schema"] == schema


def heard(request_of, *bodies):
    """What an answer of these objects adds up to."""
    endpoint = http.Endpoint("openai", "http://127.0.0.1:9/v1", "OPENAI_BASE_URL", "OPENAI_API_KEY")
    answer = openai.Answer(endpoint, request_of(model="m"), lambda _event: None)
    for body in bodies:
        answer.hear(body)
    return answer.reply()


def delta(finish=None, **said):
    return {"choices": [{"index": 0, "delta": said, "finish_reason": finish}]}


def used(given=1000, answered=200, thoughts=0, total=None, **more):
    counts = {"prompt_tokens": given, "completion_tokens": answered}
    counts["total_tokens"] = total or given + answered
    details = {"completion_tokens_details": {"reasoning_tokens": thoughts}}
    return {"choices": [], "usage": {**counts, **details, **more}}


@pytest.mark.parametrize(
    ("told", "nusd"),
    [
        ({"cost": 0.0006}, 600_000),
        ({"cost": 0.0006, "is_byok": True}, None),
        (
            {
                "cost": 0.0006,
                "is_byok": True,
                "cost_details": {"upstream_inference_cost": 0.012},
            },
            12_600_000,
        ),
        ({"cost": 0.01, "cost_details": {"upstream_inference_cost": None}}, 10_000_000),
    ],
)
def test_with_a_key_of_ones_own_both_parts_are_paid(request_of, told, nusd):
    cost = heard(request_of, delta("stop", content="hi"), used(**told)).cost

    assert (cost.nusd if cost else None) == nusd


@pytest.mark.parametrize(
    ("thoughts", "total", "answered"), [(5000, 6200, 5200), (150, 1200, 200), (0, 1200, 200)]
)
def test_reasoning_that_is_counted_beside_the_output_is_output(
    request_of, thoughts, total, answered
):
    told = used(thoughts=thoughts, total=total)
    reply = heard(request_of, delta("stop", content="hi"), told)

    assert reply.usage == Usage(1000, answered, reasoning_tokens=thoughts)


def test_a_later_usage_of_zeros_takes_nothing_away(request_of):
    reply = heard(request_of, delta("stop", content="hi"), used(), used(0, 0))

    assert reply.usage == Usage(1000, 200)


def test_content_in_parts_is_the_text_among_them(request_of):
    thoughts = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    pieces = [delta(content=[thoughts]), delta("stop", content=[{"type": "text", "text": "hi"}])]
    reply = heard(request_of, *pieces, used())

    assert (reply.text, reply.failure, reply.usage) == ("hi", None, Usage(1000, 200))


@pytest.mark.parametrize(
    ("bodies", "status", "words"),
    [
        ([delta(content="half"), delta("error", content="")], "server", "stopped with an error"),
        ([delta(refusal="I can't "), delta("stop", refusal="help")], "denied", "I can't help"),
        (
            [delta(content="half"), {"error": {"message": "slow down", "code": "429"}}],
            "rate_limit",
            "slow down",
        ),
        (
            [{"error": {"message": "Your chosen model requires moderation", "code": 403}}],
            "denied",
            "requires moderation",
        ),
    ],
)
def test_an_end_that_is_no_answer_is_told_by_its_kind(request_of, bodies, status, words):
    reply = heard(request_of, *bodies, used())

    assert (reply.failure.status, words in reply.failure.message) == (status, True)
    assert reply.usage.total_tokens == 1200, "and is paid"


def test_what_is_refused_or_never_connected_cost_nothing_what_broke_may_have(ask, request_of):
    refused, _seen = ask(Turn(status=500, error="oops"))
    unreachable = OpenAI("http://127.0.0.1:9/v1", KEY).run(request_of(model="m"), lambda _e: None)
    broken = heard(request_of, {"error": {"message": "oops", "code": 502}})

    assert [one.failure.refused for one in (refused, unreachable, broken)] == [True, True, False]


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("stream_options", "Unknown parameter: stream_options"),
        ("response_format", "Unknown parameter: response_format"),
        ("response_format", "This model does not support structured outputs"),
        ("response_format", "Invalid value: 'json_schema'"),
        ("response_format", "failed to parse grammar"),
    ],
)
def test_an_option_the_server_does_not_know_is_left_out(ask, option, complaint):
    refusal = Turn(status=400, error=complaint)
    reply, seen = ask(refusal, Turn("fine"), schema={"type": "object"})

    assert (reply.text, reply.failure) == ("fine", None)
    assert [option in one.body for one in seen] == [True, False]


def test_an_option_that_was_not_sent_is_not_left_out_for_ever(ask):
    reply, seen = ask(Turn(status=400, error="response_format is wrong"))

    assert reply.failure.status == "other"
    assert len(seen) == 1


def test_tokens_are_estimated_and_said_to_be_when_the_server_counts_none(ask):
    reply, _seen = ask(Turn("short answer", usage={}), prompt="a question")

    assert reply.usage == tokens.usage("a question", "short answer")
    assert reply.usage.estimated


def test_a_server_that_does_not_stream_is_understood(ask):
    body = {
        "model": "other",
        "choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 2},
    }
    turn = Turn(raw=json.dumps(body), headers={"content-type": "application/json"})
    reply, _seen = ask(turn)

    assert (reply.text, reply.model, reply.failure) == ("whole", "other", None)
    assert reply.usage == Usage(7, 2)


def test_what_the_server_says_it_charged_is_the_cost(ask):
    reply, _seen = ask(Turn(usage={"prompt_tokens": 1, "completion_tokens": 1, "cost": 0.0015}))

    assert reply.cost == Cost(1_500_000, "client")


def test_a_stop_ends_the_answer_with_what_was_said_by_then(ask):
    stop, said = Stop(), []

    def watch(event):
        if event.kind == "text":
            said.append((event.text, event.begins))
            stop.set()

    reply, _seen = ask(Turn("one two three", hang_after=2), stop=stop, watch=watch, prompt="count")

    assert said == [("one ", True)]
    assert (reply.text, reply.failure.status) == ("one ", "interrupted")
    assert reply.usage == tokens.usage("count", "one ")


def test_a_stop_that_came_before_the_call_lets_nobody_answer(ask):
    stop = Stop()
    stop.set()
    reply, _seen = ask(Turn("one", hang_after=0), stop=stop)

    assert (reply.text, reply.failure.status, reply.usage) == ("", "interrupted", Usage())


def test_only_the_first_piece_begins_a_message(ask):
    said = []
    ask(Turn("one two three"), watch=said.append)

    texts = [(one.text, one.begins) for one in said if one.kind == "text"]
    assert texts == [("one ", True), ("two ", False), ("thre", False), ("e", False)]


REFUSALS = [
    (Turn(status=401, error="Incorrect API key"), "auth"),
    (Turn(status=403, error="no access"), "auth"),
    (Turn(status=402, error="Insufficient credits"), "billing"),
    (Turn(status=429, error="quota", kind="insufficient_quota"), "billing"),
    (Turn(status=429, error="slow down"), "rate_limit"),
    (Turn(status=404, error="no such model"), "model"),
    (Turn(status=400, error="x", kind="context_length_exceeded"), "context_too_long"),
    (Turn(status=400, error="This model's maximum context length is 8192"), "context_too_long"),
    (Turn(status=413, raw="<html><h1>Too Large</h1></html>"), "context_too_long"),
    (Turn(status=400, error="bad"), "other"),
    (Turn(status=500, error="oops"), "server"),
    (Turn(status=502, raw="<html><title>Bad Gateway</title></html>"), "server"),
    (Turn(status=503, error="busy"), "overloaded"),
    (Turn(status=404, raw='{"error":"model \\"x\\" not found, try pulling it first"}'), "model"),
    (Turn(status=500, raw=""), "server"),
]


@pytest.mark.parametrize(("turn", "status"), REFUSALS, ids=lambda value: str(value)[:60])
def test_every_refusal_is_told_from_the_others(ask, turn, status):
    reply, seen = ask(turn)

    assert reply.failure.status == status
    assert reply.failure.hint
    assert "<" not in reply.failure.message
    assert (reply.usage, len(seen)) == (Usage(), 1)


NOW = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
GOOGLES = {
    "error": {
        "code": 429,
        "message": "You exceeded your current quota, please check your plan and billing details.",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"retryDelay": "35s"}],
    }
}


@pytest.mark.parametrize(
    ("turn", "wait_s"),
    [
        (Turn(status=429, headers={"retry-after": "17"}), 17),
        (Turn(status=429, headers={"Retry-After": "Sat, 28 Nov 2026 12:53:00 GMT"}), 180),
        (Turn(status=503, headers={"retry-after": "5"}), 5),
        (
            Turn(
                status=429,
                headers={"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m"},
            ),
            360,
        ),
        (Turn(status=429, error="Rate limit reached. Please try again in 7m12s."), 432),
        (Turn(status=429, raw=json.dumps(GOOGLES)), 35),
        (Turn(status=429, error="slow down"), None),
        (Turn(status=401, headers={"retry-after": "17"}), None),
    ],
    ids=lambda value: str(value)[:60],
)
def test_how_long_to_wait_is_passed_on(ask, turn, wait_s):
    reply, _seen = ask(turn, now=lambda: NOW)

    until = reply.failure.until
    assert (until and (until - NOW).total_seconds()) == wait_s


GROQ = {
    "x-ratelimit-limit-requests-day": "14400",
    "x-ratelimit-remaining-requests-day": "14370",
}


def test_what_an_answer_says_of_limits_goes_along_with_it(ask):
    reply, _seen = ask(Turn("OK", headers=GROQ), model="m")

    assert reply.failure is None
    assert reply.told == (Told("requests", "day", 14400, 30, model="m"),)


def test_what_a_refusal_says_of_limits_goes_along_in_headers_and_body(ask):
    words = "Rate limit reached on tokens per day (TPD): Limit 100000, Used 97050, Requested 3619."
    reply, _seen = ask(Turn(status=429, headers=GROQ, error=words), model="m")

    assert [(one.unit, one.origin) for one in reply.told] == [
        ("requests", "header"),
        ("tokens", "body"),
    ]


def test_the_headers_of_the_last_try_count(ask):
    first = Turn(status=400, error="unknown field stream_options", headers=GROQ)
    left = {**GROQ, "x-ratelimit-remaining-requests-day": "14369"}
    reply, _seen = ask(first, Turn("OK", headers=left), model="m")

    assert [one.used for one in reply.told] == [31]


@pytest.mark.parametrize("status", [400, 401, 402, 404, 429, 503])
def test_the_status_of_a_refusal_is_told(ask, status):
    reply, _seen = ask(Turn(status=status))

    assert reply.failure.http == status


@pytest.mark.parametrize(("code", "status"), [(429, 429), ("503", 503), ("late", 0), (None, 0)])
def test_the_status_that_an_error_in_the_middle_names_is_told(request_of, code, status):
    reply = heard(request_of, delta(content="a"), {"error": {"message": "no", "code": code}})

    assert reply.failure.http == status


def test_a_day_that_google_says_is_used_up_ends_at_midnight_there(ask):
    quota = {"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "quotaValue": "20"}
    details = [{"violations": [quota]}, {"retryDelay": "35s"}]
    raw = json.dumps([{"error": {**GOOGLES["error"], "details": details}}])
    failure = ask(Turn(status=429, raw=raw), now=lambda: NOW)[0].failure

    assert failure.until == datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
    assert failure.message.startswith("You exceeded your current quota")


@pytest.mark.parametrize("text", [text for text, _until in TEXTS["servers"]])
def test_every_wording_of_a_limit_is_one(ask, text):
    turn = Turn(status=429, raw=text) if text.startswith("{") else Turn(status=429, error=text)

    assert ask(turn)[0].failure.status == "rate_limit"


@pytest.mark.parametrize(
    "text",
    [
        "You have reached your specified API usage limits. You will regain access on 2026-12-03.",
        "Your weekly quota is exhausted; it will reset at 2026-12-03.",
    ],
)
def test_a_limit_that_is_told_as_a_bad_request_is_one_until_its_date(ask, text):
    failure = ask(Turn(status=400, error=text), now=lambda: NOW)[0].failure

    assert (failure.status, failure.http) == ("rate_limit", 400)
    assert failure.until == datetime(2026, 12, 3, tzinfo=UTC)


def test_googles_words_for_a_limit_are_no_bill(ask):
    assert ask(Turn(status=429, raw=json.dumps(GOOGLES)))[0].failure.status == "rate_limit"


@pytest.mark.parametrize("status", [401, 402])
def test_a_status_that_says_all_counts_before_the_words(ask, status):
    told = ask(Turn(status=status, error="rate limit of an unpaid key"))[0].failure.status

    assert told == {401: "auth", 402: "billing"}[status]


def test_a_server_and_its_key_make_an_account_and_tell_nothing_of_it():
    one, other = OpenAI("http://a/v1", KEY), OpenAI("http://a/v1", f"{KEY}2")

    assert one.account == OpenAI("http://a/v1/", KEY).account
    assert len({one.account, other.account, OpenAI("http://b/v1", KEY).account}) == 3
    assert KEY not in one.account


@pytest.mark.parametrize(
    "turn",
    [
        Turn(status=401, error=f"Incorrect API key provided: {KEY}"),
        Turn(raw=f'data: {{"error":{{"message":"Incorrect API key provided: {KEY}"}}}}\n\n'),
    ],
    ids=["refused", "in the stream"],
)
def test_a_key_in_a_complaint_is_not_repeated(ask, turn):
    reply, _seen = ask(turn)

    assert reply.failure.message.startswith("Incorrect API key provided: ***")
    assert KEY not in reply.failure.message


def test_a_key_in_a_complaint_is_not_kept_in_the_logs(ask, tmp_path):
    ask(Turn(status=401, error=f"Incorrect API key provided: {KEY}"), log_dir=tmp_path / "logs")

    (kept,) = (tmp_path / "logs").iterdir()
    assert "Incorrect API key provided: ***" in kept.read_text()


def test_an_error_in_the_stream_is_a_failure(ask):
    said = 'data: {"choices":[{"delta":{"content":"par"}}]}\n\n'
    said += 'data: {"error":{"message":"Provider overloaded","code":503}}\n\n'
    reply, _seen = ask(Turn(raw=said))

    assert (reply.failure.status, reply.failure.message) == ("overloaded", "Provider overloaded")
    assert reply.usage.estimated


def test_a_stream_that_is_cut_is_a_failure_but_what_came_is_counted(ask):
    reply, _seen = ask(Turn("a long enough answer", cut_after=3))

    assert reply.failure.status == "network"
    assert reply.text
    assert reply.usage.estimated
    assert reply.usage.output_tokens > 0


def test_a_stream_that_ends_early_but_politely_is_a_failure_too(ask):
    reply, _seen = ask(Turn(raw='data: {"choices":[{"delta":{"content":"par"}}]}\n\n'))

    assert reply.failure.status == "network"


def test_an_answer_cut_at_the_output_limit_is_no_answer(ask):
    assert ask(Turn("half of it", stop="length"))[0].failure.status == "limit"


def test_a_filtered_answer_is_no_answer(ask):
    assert ask(Turn("half of it", stop="content_filter"))[0].failure.status == "denied"


def test_an_empty_answer_is_no_answer(ask):
    assert ask(Turn(""))[0].failure.status == "empty"


@pytest.mark.parametrize("raw", ["", "hello", "data: {broken\n\n", "<html></html>", "data: 7\n\n"])
def test_what_is_no_chat_completion_is_unreadable(ask, raw):
    reply, _seen = ask(Turn(raw=raw))

    assert reply.failure.status in ("unreadable", "empty")


@pytest.mark.parametrize("pieces", [0, 2])
def test_silence_ends_the_call(ask, pieces):
    reply, _seen = ask(Turn("a long answer", hang_after=pieces), silence_s=0.2)

    assert reply.failure.status == "timeout"
    assert "said nothing for 0.2 s" in reply.failure.message


def test_the_wall_clock_ends_the_call_although_the_server_says_nothing(ask):
    reply, _seen = ask(Turn("a long answer", hang_after=2), timeout_s=0.2345, silence_s=60.0)

    assert reply.failure.status == "timeout"
    assert "longer than 0.2 s" in reply.failure.message


class Pings(openai_server.ChatCompletions):
    """Says that it is alive, and never anything else."""

    def pieces(self, turn, seen):
        return "text/event-stream", itertools.repeat(b": still here\n\n")


def test_the_wall_clock_ends_the_call_although_the_server_talks(request_of):
    with Server(Pings()) as server:
        request = request_of(model="m", timeout_s=0.2)
        reply = OpenAI(f"{server.url}/v1").run(request, lambda _event: None)

    assert reply.failure.status == "timeout"
    assert "longer than 0.2 s" in reply.failure.message


def test_a_dead_server_is_a_clear_line(request_of):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        reply = OpenAI(url).run(request_of(model="m"), lambda _event: None)

    assert reply.failure.status == "network"
    assert url in reply.failure.message
    assert "OPENAI_BASE_URL" in reply.failure.hint


@pytest.mark.parametrize(
    ("url", "key", "model", "named"),
    [
        ("http://127.0.0.1:1/v1", "", "", "AI_MODEL"),
        ("", "", "m", "OPENAI_BASE_URL"),
        ("ftp://example.com", "", "m", "OPENAI_BASE_URL"),
        ("127.0.0.1:11434", "", "m", "OPENAI_BASE_URL"),
        ("http://127.0.0.1:1/v1", "sk-\n1", "m", "OPENAI_API_KEY"),
        ("http://127.0.0.1:1/v1", "ключ", "m", "OPENAI_API_KEY"),
    ],
)
def test_a_wrong_setting_is_named_before_anything_is_called(request_of, url, key, model, named):
    with pytest.raises(ConfigError, match=named):
        OpenAI(url, key).run(request_of(model=model), lambda _event: None)


@pytest.mark.parametrize(
    "models", [("qwen",), ("nomic-embed-text", "qwen"), ("qwen", "bge-m3", "whisper-1")]
)
def test_the_only_model_that_a_server_serves_is_its_default(models):
    with openai_server.server(models=models) as server:
        assert OpenAI(f"{server.url}/v1", KEY).default_model() == "qwen"

    assert server.seen == []  # nothing was asked of it


@pytest.mark.parametrize(
    ("models", "told", "hint"),
    [
        (("a", "b", "c", "d"), "serves 4 models: AI_MODEL is not set", "a, b, c, …"),
        (("a", "b"), "serves 2 models", "give --model: a, b"),
        ((), "serves 0 models: AI_MODEL is not set", "set AI_MODEL"),
    ],
)
def test_where_several_are_served_one_has_to_be_named(models, told, hint):
    with openai_server.server(models=models) as server, pytest.raises(ConfigError) as caught:
        OpenAI(f"{server.url}/v1").default_model()

    assert told in caught.value.message
    assert caught.value.hint.endswith(hint)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1:1/v1", "lists no models"),
        ("http://127.0.0.1:port/v1", "OPENAI_BASE_URL"),
        ("127.0.0.1:11434", "lists no models"),
    ],
)
def test_a_server_that_lists_no_models_is_a_clear_line(url, told):
    with pytest.raises(ConfigError) as caught:
        OpenAI(url, KEY).default_model()

    assert told in caught.value.message
    assert url in caught.value.message
    assert KEY not in caught.value.message


def test_a_server_without_such_a_list_is_a_clear_line():
    with anthropic_server.server() as server, pytest.raises(ConfigError, match="404"):
        OpenAI(server.url, KEY).default_model()


def test_a_key_that_is_none_is_named_before_a_list_is_asked_for():
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        OpenAI("http://127.0.0.1:1/v1", "ключ").default_model()


def test_openais_own_server_is_not_asked_for_a_list():
    assert OpenAI("", KEY).default_model() == openai.DEFAULT_MODEL
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL"):
        OpenAI().default_model()


def test_the_raw_answer_is_kept_in_a_private_file(ask, tmp_path):
    ask(Turn("kept"), log_dir=tmp_path / "logs")

    (kept,) = (tmp_path / "logs").iterdir()
    assert "[DONE]" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_text_is_shown_as_it_comes(ask):
    seen = []
    ask(Turn("one two three"), watch=seen.append)

    assert "".join(event.text for event in seen if event.kind == "text") == "one two three"
    assert [event.kind for event in seen][-1] == "usage"


STREAM = b"".join(
    openai_server.ChatCompletions().pieces(
        Turn("héllo wörld"),
        openai_server.Seen("POST", "/", {}, {"stream": True, "stream_options": {}}),
    )[1]
)


def answer_in(folder):
    """An answer that nothing has come in for yet."""
    endpoint = http.Endpoint("openai", "http://127.0.0.1:1", "OPENAI_BASE_URL", "OPENAI_API_KEY")
    return openai.Answer(endpoint, Request("x", cwd=folder), lambda _event: None)


@settings(max_examples=200, deadline=None)
@given(
    cut=st.integers(0, len(STREAM)), at=st.integers(0, len(STREAM) - 1), byte=st.integers(0, 255)
)
def test_no_bytes_make_it_fall_over(cut, at, byte, tmp_path_factory):
    answer = answer_in(tmp_path_factory.getbasetemp())
    lines = http.Lines()
    lines.add((STREAM[:at] + bytes([byte]) + STREAM[at + 1 :])[:cut])
    answer.ended(lines)

    reply = answer.reply()
    assert bool(reply.text.strip()) or reply.failure


@pytest.mark.parametrize("cut", range(0, len(STREAM) - 60, 7))
def test_a_stream_cut_before_its_end_is_never_a_success(cut, tmp_path):
    answer = answer_in(tmp_path)
    lines = http.Lines()
    lines.add(STREAM[:cut])
    answer.ended(lines)

    finished = b'"finish_reason": "stop"' in STREAM[:cut]
    assert finished or answer.reply().failure


def test_a_history_without_a_prompt_ends_with_the_question_images_and_all(ask):
    image = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    history = (Message("system", "Be brief."), Message("user", "What is this?", parts=(image,)))
    _reply, seen = ask(history=history, prompt="")

    assert seen[0].body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What is this?"}, image]},
    ]


def test_a_prompt_goes_with_its_images(ask):
    image = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    _reply, seen = ask(prompt="What is this?", parts=(image,))

    assert seen[0].body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "What is this?"}, image]}
    ]


def test_an_image_alone_is_sent_without_an_empty_text(ask):
    image = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    _reply, seen = ask(history=(Message("user", "", parts=(image,)),), prompt="")

    assert seen[0].body["messages"] == [{"role": "user", "content": [image]}]


def test_an_answer_that_is_cut_where_the_caller_wanted_is_an_answer(ask):
    reply, seen = ask(Turn("One two", stop="length"), options={"max_tokens": 2, "stop": ["END"]})

    assert (reply.text, reply.failure, reply.detail["finish"]) == ("One two", None, "length")
    assert (seen[0].body["max_tokens"], seen[0].body["stop"]) == (2, ["END"])


def test_a_model_that_has_another_name_for_the_limit_is_asked_by_that(ask):
    told = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    reply, seen = ask(Turn(status=400, error=told), Turn("4"), options={"max_tokens": 50})

    assert (reply.text, seen[1].body["max_completion_tokens"]) == ("4", 50)
    assert "max_tokens" not in seen[1].body


def test_it_says_which_of_its_models_chat():
    names = ("gpt-5.4", "models/gemini-3", "text-embedding-3-small")
    with openai_server.server(models=names) as server:
        assert OpenAI(f"{server.url}/v1", KEY).models() == ["gpt-5.4", "gemini-3"]


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        (OpenAI(), "neither OPENAI_API_KEY nor OPENAI_BASE_URL is set"),
        (OpenAI("http://127.0.0.1:9/v1", name="groq", secret="GROQ_API_KEY"), "groq needs a key"),
        (OpenAI("http://127.0.0.1:9/v1", "k\n"), "no key has"),
        (OpenAI("http://127.0.0.1:9/v1"), "lists no models"),
    ],
)
def test_one_that_cannot_be_asked_for_its_models_says_why(provider, told):
    with pytest.raises(ConfigError, match=told):
        provider.models(0.5)


ADD = Tool("add", "Adds", {"type": "object"})
CALLED = Message("assistant", "", tool_calls=(ToolCall("call_1", "add", {"a": 1}),))
RESULT = Message("tool", "3", tool_call_id="call_1")
WANTED = ({"name": "add", "input": {"a": 1}}, {"name": "add", "input": {"a": 2}})


def test_tools_are_offered_and_what_is_asked_for_is_heard_as_it_comes(ask):
    heard = []
    reply, seen = ask(Turn("Let me see.", tools=WANTED), tools=Offer((ADD,)), watch=heard.append)

    assert seen[0].body["tools"][0]["function"]["name"] == "add"
    assert (reply.text, reply.failure) == ("Let me see.", None)
    assert [(one.id, one.arguments) for one in reply.tool_calls] == [
        ("call_1", {"a": 1}),
        ("call_2", {"a": 2}),
    ]
    assert [one.call.index for one in heard if one.kind == "call"] == [0, 1]


def test_an_answer_of_calls_alone_is_no_empty_one(ask):
    reply, _seen = ask(Turn("", tools=WANTED, usage={}), tools=Offer((ADD,)))

    assert (reply.failure, len(reply.tool_calls)) == (None, 2)
    assert reply.usage.estimated
    assert reply.usage.output_tokens > 5


def test_a_call_that_broke_off_has_begun(ask):
    reply, _seen = ask(Turn("", tools=WANTED, cut_after=2), tools=Offer((ADD,)))

    assert (reply.failure.status, len(reply.tool_calls)) == ("network", 2)


def test_calls_and_results_are_told_as_such_where_tools_are_offered(ask):
    history = (Message("user", "1 + 2?"), CALLED, RESULT)
    _reply, seen = ask(history=history, prompt="", tools=Offer((ADD,)))

    function = {"name": "add", "arguments": '{"a": 1}'}
    assert seen[0].body["messages"][1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        },
        {"role": "tool", "content": "3", "tool_call_id": "call_1"},
    ]


@pytest.mark.parametrize(
    ("complaint", "more", "before", "after"),
    [
        (
            "Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.",
            {"history": (CALLED, RESULT)},
            lambda body: body["messages"][0]["tool_calls"][0]["id"] == "call_1",
            lambda body: (
                body["messages"][0]["tool_calls"][0]["id"]
                == body["messages"][1]["tool_call_id"]
                == "74196fe72"
            ),
        ),
        (
            "Function call is missing a thought_signature in functionCall parts.",
            {"history": (CALLED, RESULT)},
            lambda body: "extra_content" not in body["messages"][0]["tool_calls"][0],
            lambda body: "google" in body["messages"][0]["tool_calls"][0]["extra_content"],
        ),
        (
            "parallel_tool_calls is not supported",
            {"tools": Offer((ADD,), is_parallel=True)},
            lambda body: body["parallel_tool_calls"],
            lambda body: "parallel_tool_calls" not in body,
        ),
        (
            "This model does not support json_schema",
            {"schema": {"type": "object"}, "is_exact": True},
            lambda body: body["response_format"]["type"] == "json_schema",
            lambda body: body["response_format"] == {"type": "json_object"},
        ),
    ],
)
def test_what_some_servers_want_otherwise_is_told_otherwise(ask, complaint, more, before, after):
    given = {"tools": Offer((ADD,)), **more}
    reply, seen = ask(Turn(status=400, error=complaint), Turn("fine"), **given)

    assert (reply.text, len(seen)) == ("fine", 2)
    assert before(seen[0].body)
    assert after(seen[1].body)


@pytest.mark.parametrize(
    ("complaint", "more"),
    [
        ("parallel_tool_calls is not supported", {"tools": Offer((ADD,), is_parallel=False)}),
        ("no json_schema here", {"schema": {"type": "object", "required": ["a"]}}),
        ("this model does not support tools", {"tools": Offer((ADD,))}),
    ],
)
def test_what_changes_the_answer_is_never_left_out(ask, complaint, more):
    reply, seen = ask(Turn(status=400, error=complaint), is_exact=True, **more)

    assert (len(seen), reply.failure.refused, reply.failure.http) == (1, True, 400)


@pytest.mark.parametrize("complaint", ["tool call id: a length of 9", "no thought_signature"])
def test_a_server_that_goes_on_complaining_is_not_asked_for_ever(ask, complaint):
    refusals = [Turn(status=400, error=complaint)] * 9
    reply, seen = ask(*refusals, history=(CALLED, RESULT), tools=Offer((ADD,)))

    assert (reply.failure.http, len(seen)) == (400, 2)


SIGNATURE = {"extra_content": {"google": {"thought_signature": "abc"}}}


@pytest.mark.parametrize(("name", "expected"), [("google", [SIGNATURE, {}]), ("openai", [{}, {}])])
def test_what_gemini_wants_to_see_again_is_told_to_it_alone(request_of, name, expected):
    calls = (ToolCall("c1", "add", {}, "abc"), ToolCall("c2", "add", {}))
    history = (Message("assistant", "", tool_calls=calls), RESULT)
    asked = request_of(history=history, tools=Offer((ADD,)), model="m")
    with openai_server.server([Turn("fine")]) as server:
        OpenAI(f"{server.url}/v1", KEY, name=name).run(asked, lambda _event: None)

    told = server.seen[0].body["messages"][0]["tool_calls"]
    assert [{k: v for k, v in one.items() if k == "extra_content"} for one in told] == expected


def test_a_signature_comes_with_its_call(ask):
    function = {"name": "add", "arguments": "{}"}
    call = {"index": 0, "id": "c1", "function": function, **SIGNATURE}
    said = {"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": "stop"}]}
    reply, _seen = ask(Turn(raw=f"data: {json.dumps(said)}\n\n"), tools=Offer((ADD,)))

    assert [one.signature for one in reply.tool_calls] == ["abc"]


def test_a_server_that_wants_signatures_gets_them_and_one_for_any_where_there_is_none(ask):
    calls = (ToolCall("c1", "add", {}, "abc"), ToolCall("c2", "add", {}))
    history = (Message("assistant", "", tool_calls=calls), RESULT)
    refusal = Turn(status=400, error="missing a thought_signature")
    _reply, seen = ask(refusal, Turn("fine"), history=history, tools=Offer((ADD,)))

    told = seen[1].body["messages"][0]["tool_calls"]
    assert [one["extra_content"]["google"]["thought_signature"] for one in told] == [
        *("abc", "skip_thought_signature_validator")
    ]
