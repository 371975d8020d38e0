"""Conversations tracked by one call each, without an event loop."""

import contextlib

import pytest

from ai_sessions.errors import StorageError
from ai_sessions.library import errors, tracking_sync, under_way
from ai_sessions.library.watching import WATCH
from ai_sessions.records import Interaction

#: A response as an SDK of OpenAI has it, in a dictionary.
RESPONSE = {
    "model": "gpt-4o-2024-08-06",
    "choices": [{"message": {"content": "42"}}],
    "usage": {
        "prompt_tokens": 1000,
        "completion_tokens": 50,
        "prompt_tokens_details": {"cached_tokens": 400},
        "completion_tokens_details": {"reasoning_tokens": 30},
    },
}


@pytest.fixture
def calls(core):
    """The calls that are on record in the only session."""

    def found():
        (name,) = core.store.names()
        return [one for one in core.store.entries(name) if isinstance(one, Interaction)]

    return found


def texts(core, id_):
    history = tracking_sync.get_conversation_history(id_, store=core)
    return [(one["role"], one["content"]) for one in history]


def track(core, ask, **named):
    return tracking_sync.track_llm_call("What is it?", ask, store=core, **named)


def test_a_conversation_is_tracked_and_continued_under_the_same_id(core):
    id_ = tracking_sync.track_conversation("Hi", "Hello!", "gpt-4", "openai", store=core)
    again = tracking_sync.track_conversation("Bye", "So long.", session_id=id_, store=core)

    assert again == id_
    assert texts(core, id_) == [
        ("user", "Hi"),
        ("assistant", "Hello!"),
        ("user", "Bye"),
        ("assistant", "So long."),
    ]


def test_a_question_and_its_answer_are_one_entry_so_that_no_other_comes_between(core, calls):
    tracking_sync.track_conversation("Hi", "Hello!", store=core)

    assert [[one.role for one in call.messages] for call in calls()] == [["user", "assistant"]]


def test_an_infinite_conversation_keeps_its_id(core):
    id_ = None
    for number in range(15):
        id_ = tracking_sync.track_infinite_conversation(
            f"Question {number}?", "word " * 40, session_id=id_, token_threshold=200, store=core
        )

    found = tracking_sync.get_session_stats(id_, include_all_segments=True, store=core)
    assert (found.total_messages, found.session_id) == (30, id_)
    assert len(found.session_chain) == found.session_segments > 1
    assert found.infinite_context


def test_statistics_come_with_a_quick_conversation(core):
    found = tracking_sync.quick_conversation("Hi", "Hello!", "no-such-model", store=core)

    assert (found["total_messages"], found.get("unpriced")) == (2, 1)
    assert f"{found.estimated_cost:.4f}" == "0.0000"


def test_a_tool_is_tracked_with_its_result(core):
    id_ = tracking_sync.track_tool_use("add", {"a": 5}, {"sum": 8}, store=core)

    assert tracking_sync.get_session_stats(id_, store=core).tool_calls == 1


def test_a_failed_tool_is_tracked_with_its_error(core):
    id_ = tracking_sync.track_tool_use("add", {}, None, error="no network", store=core)

    (name,) = core.store.names()
    assert core.store.read(name).totals.tool_errors == 1
    assert tracking_sync.get_session_stats(id_, store=core).tool_calls == 1


@pytest.mark.parametrize("read", ["get_session_stats", "get_conversation_history"])
def test_an_unknown_id_is_told_and_makes_no_ghost(core, read):
    with pytest.raises(errors.SessionNotFound, match="'gone'"):
        getattr(tracking_sync, read)("gone", store=core)

    assert core.store.names() == []


def test_what_cannot_be_called_is_refused_before_anything_is_kept(core):
    with pytest.raises(errors.InvalidSessionOperation, match="llm_function is a function, not 7"):
        track(core, 7)

    assert core.store.names() == []


@pytest.mark.parametrize(
    "response", ["42", {"choices": [{"message": {"content": "42"}}]}, {"content": "42"}]
)
def test_a_call_returns_the_text_of_whatever_the_function_returned(core, response):
    asked = []

    text, id_ = track(core, lambda text: asked.append(text) or response)

    assert (text, asked) == ("42", ["What is it?"])
    assert texts(core, id_) == [("user", "What is it?"), ("assistant", "42")]


def test_the_usage_that_a_response_reports_is_recorded_cached_and_reasoning_tokens_apart(
    core, calls
):
    track(core, lambda _text: RESPONSE, model="gpt-4o")

    (call,) = calls()
    used = call.usage
    assert (used.input_tokens, used.output_tokens, used.estimated) == (1000, 50, False)
    assert (used.cache_read_tokens, used.reasoning_tokens) == (400, 30)
    assert call.model == "gpt-4o-2024-08-06"


def test_the_price_is_that_of_the_dated_model_with_its_cached_tokens(core, calls):
    track(core, lambda _text: RESPONSE)

    # 600 at $2.50, 400 at $1.25 and 50 at $10 for a million
    assert calls()[0].cost.nusd == 600 * 2500 + 400 * 1250 + 50 * 10_000


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("gpt-4o-2024-08-06", 12.50),
        ("claude-3-5-sonnet-20241022", 18.00),
        ("openai/gpt-4o-mini", 0.75),
    ],
)
def test_a_million_tokens_in_and_out_cost_what_the_provider_charges(core, model, dollars):
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 1_000_000}

    found = tracking_sync.quick_conversation("Hi", "Yo", model, usage=usage, store=core)

    assert (found.estimated_cost, found.unpriced) == (dollars, 0)


def test_a_question_is_priced_as_the_model_that_was_asked(core, calls):
    tracking_sync.track_conversation("word " * 5000, "Yo", "gpt-4", store=core)

    (call,) = calls()
    used = call.usage
    assert call.cost.nusd == used.input_tokens * 30_000 + used.output_tokens * 60_000
    assert used.input_tokens >= 5000


def test_tiny_costs_add_up(core):
    usage = {"prompt_tokens": 3, "completion_tokens": 0}
    for _ in range(20):
        tracking_sync.track_conversation(
            "Hi", "Yo", "gpt-4o-mini", session_id="chat", usage=usage, store=core
        )

    assert tracking_sync.get_session_stats("chat", store=core).estimated_cost == 0.000009


@pytest.mark.parametrize("result", [object(), b"\xff", "\ud800", {"a": {1, 2}}, float("nan")])
def test_a_result_that_is_no_json_spoils_no_session(core, result):
    with contextlib.suppress(errors.InvalidSessionOperation):
        tracking_sync.track_tool_use("odd", {}, result, "chat", store=core)

    tracking_sync.track_tool_use("add", {}, 8, "chat", store=core)
    assert tracking_sync.get_session_stats("chat", store=core).tool_calls >= 1


def test_the_tools_that_an_answer_asks_for_are_noted_beside_it(core, calls):
    function = {"name": "add", "arguments": '{"a": 5}'}
    message = {"content": None, "tool_calls": [{"id": "t1", "function": function}]}

    text, _id = track(core, lambda _text: {"choices": [{"message": message}]})

    noted = {"id": "t1", "name": "add", "arguments": {"a": 5}}
    assert text == ""
    assert calls()[0].messages[-1].metadata == {"tool_calls": [noted]}


def test_a_stream_is_tracked_when_its_end_was_reached(core, calls):
    chunks = [
        {"choices": [{"delta": {"content": "4"}}]},
        {"choices": [{"delta": {"content": "2"}}]},
        {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}},
        {"choices": []},
    ]

    text, _id = track(core, lambda _text: iter(chunks))

    assert text == "42"
    assert calls()[0].usage.input_tokens == 7


@pytest.mark.parametrize(
    ("error", "status"),
    [(TimeoutError("too slow"), "timeout"), (KeyboardInterrupt(), "interrupted")],
)
def test_a_failed_call_is_on_record_and_its_error_is_raised_again(core, calls, error, status):
    def fail(_text):
        raise error

    with pytest.raises(type(error)) as caught:
        track(core, fail)

    (call,) = calls()
    assert caught.value is error
    assert call.status == status
    assert call.messages[0].text == "What is it?"


def test_what_came_of_a_stream_before_it_broke_is_on_record(core, calls):
    def broken():
        yield "The answer"
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        track(core, lambda _text: broken())

    (call,) = calls()
    assert (call.status, call.messages[-1].text) == ("network", "The answer")


def test_an_answer_that_cannot_be_kept_is_in_the_error(core, monkeypatch):
    def full(*_args, **_named):
        raise StorageError("the disk is full")

    monkeypatch.setattr(core.store, "append", full)

    with pytest.raises(errors.StorageError) as caught:
        track(core, lambda _text: RESPONSE)

    assert caught.value.response is RESPONSE


def test_a_store_that_fails_hides_no_error_of_the_function(core, monkeypatch, caplog):
    def full(*_args, **_named):
        raise StorageError("the disk is full")

    def fail(_text):
        raise ZeroDivisionError

    monkeypatch.setattr(core.store, "append", full)

    with pytest.raises(ZeroDivisionError):
        track(core, fail)

    assert "the disk is full" in caplog.text


def test_a_call_can_go_on_in_a_managers_session(tracked, core):
    manager = tracked("chat")

    _text, id_ = tracking_sync.track_llm_call("Hi", lambda _text: "Yo", session_manager=manager)

    assert id_ == "chat"
    assert texts(core, "chat")[-1] == ("assistant", "Yo")


@pytest.mark.parametrize(
    "asked",
    [
        "Why?",
        [{"role": "user", "content": "Why?"}],
        [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because"}],
        [{"role": "user", "content": [{"type": "text", "text": "Why?"}]}],
        [{"role": "assistant", "content": "Why?"}],
        {"content": "Why?"},
    ],
)
def test_what_was_asked_is_a_text_or_the_newest_question_of_messages(asked):
    assert tracking_sync.question_of(asked) == "Why?"


def killed_in(core, before, session_id=None):
    """What is on record when this process is killed in the midst of a call."""

    def ask(_asked):
        before()
        under_way._noted.begin()
        under_way.settle(core)
        raise RuntimeError("it does not come to that")

    with contextlib.suppress(RuntimeError):
        track(core, ask, session_id=session_id, model="gpt-4o", provider="openai")


def lasting():
    (call,) = WATCH._under_way
    call.lasts()


@pytest.mark.usefixtures("files_alone")
def test_the_question_of_a_call_that_lasts_outlives_its_process(core, calls):
    killed_in(core, lasting)

    first = calls()[0]
    assert [one.text for one in first.messages] == ["What is it?"]
    assert (first.status, first.model, first.provider) == ("interrupted", "gpt-4o", "openai")


def test_a_call_that_did_not_last_leaves_nothing(core, calls):
    killed_in(core, lambda: None)

    assert [one.status for one in calls()] == ["other"]


@pytest.mark.usefixtures("files_alone")
def test_a_call_that_lasted_is_there_once(core, calls):
    track(core, lambda _asked: lasting() or RESPONSE)
    under_way._noted.begin()
    under_way.settle(core)

    assert [one.status for one in calls()] == ["ok"]
    assert not WATCH._under_way


def test_a_call_that_is_under_way_when_the_program_ends_was_interrupted(core, calls):
    track(core, lambda _asked: WATCH.close() or RESPONSE)

    assert [one.status for one in calls()] == ["interrupted"]
