"""Tools that a model asks for are called and tried again, and each attempt is on record."""

import asyncio
import json
from types import SimpleNamespace

import pytest

from ai_sessions.conversations import checks
from ai_sessions.library import errors, prompts_sync
from ai_sessions.library import tools as processors
from ai_sessions.library.sessions import Tracked
from ai_sessions.library.tools import SessionAwareToolProcessor
from ai_sessions.library.views.events import ATTEMPT
from ai_sessions.records import Note, Said
from ai_sessions.store.files import FileStore


def asked(*calls):
    """A message of a model that asks for tools, each `(id, name, arguments)`."""
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": id_,
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(arguments)},
            }
            for id_, name, arguments in calls
        ],
    }


ADD = asked(("t1", "add", {"a": 5, "b": 3}))


class Failing:
    """A tool that fails so often before it works."""

    def __init__(self, times):
        self.times, self.calls = times, 0

    async def __call__(self, **arguments):
        self.calls += 1
        if self.calls <= self.times:
            raise ConnectionError("no network")
        return {"sum": sum(arguments.values())}


@pytest.fixture
def process(core, tracked):
    """Processes messages in a session with one question; returns the results."""
    tracked("chat").user_says("What is 5 + 3?")

    def run(*messages, tools, **named):
        async def work():
            processor = await SessionAwareToolProcessor.create(
                "chat", tools=tools, store=core, **{"retry_delay": 0, **named}
            )
            return [one for each in messages for one in await processor.process_llm_message(each)]

        return asyncio.run(work())

    return run


@pytest.fixture
def log(core):
    """What is on record: attempts that were followed by another, and messages of tools."""

    def found():
        entries = list(core.store.entries(core.store.names()[0]))
        notes = [one.body for one in entries if isinstance(one, Note) and one.topic == ATTEMPT]
        said = [one.message for one in entries if isinstance(one, Said)]
        return notes, [one for one in said if one.role == "tool"]

    return found


def plain_add(a, b):
    return {"sum": a + b}


async def async_add(a, b):
    return {"sum": a + b}


def later_add(a, b):
    return async_add(a, b)


@pytest.mark.parametrize("add", [plain_add, async_add, later_add])
def test_a_tool_may_be_any_function_and_its_result_reaches_the_next_prompt(process, core, add):
    (found,) = process(ADD, tools={"add": add})

    assert (found.success, found.value(), found.attempts) == (True, {"sum": 8}, 1)
    call, result = prompts_sync.build_prompt_from_session("chat", store=core)[-2:]
    assert call["tool_calls"][0]["id"] == result["tool_call_id"] == "t1"
    assert json.loads(result["content"]) == {"sum": 8}


def test_an_attempt_has_no_words_where_none_are_kept(tmp_path):
    store = FileStore(tmp_path / "none", content="none", fsync="none")
    Tracked("chat", store=store).user_says("What is 5 + 3?")

    async def work():
        tools = {"add": Failing(1)}
        named = {"tools": tools, "store": store, "retry_delay": 0}
        processor = await SessionAwareToolProcessor.create("chat", **named)
        return await processor.process_llm_message(ADD)

    assert asyncio.run(work())[0].attempts == 2
    (noted,) = (one for one in store.entries("python-chat") if isinstance(one, Note))
    assert noted.topic == ATTEMPT
    assert not {"arguments", "error"} & set(noted.body)


def test_a_tool_that_fails_is_tried_again_and_each_attempt_is_on_record(process, log):
    (found,) = process(ADD, tools={"add": Failing(2)})

    notes, said = log()
    assert (found.attempts, found.result) == (3, {"sum": 8})
    told = {"tool": "add", "call_id": "t1", "arguments": {"a": 5, "b": 3}, "error": "no network"}
    assert [{**one, "duration_ms": 0} for one in notes] == [
        {**told, "attempt": 1, "duration_ms": 0},
        {**told, "attempt": 2, "duration_ms": 0},
    ]
    assert [(one.is_error, one.metadata["attempt"]) for one in said] == [(False, 3)]


def test_the_last_failure_is_the_result(process, log):
    tool = Failing(9)

    (found,) = process(ADD, tools={"add": tool}, max_retries=1)

    notes, said = log()
    assert (found.success, found.error, tool.calls) == (False, "no network", 2)
    assert len(notes) == 1
    assert [(one.is_error, one.text) for one in said] == [(True, "no network")]
    with pytest.raises(errors.ToolProcessingError, match="Tool 'add' failed: no network"):
        found.value()


def test_a_call_that_was_made_before_is_answered_from_memory_and_on_record(process, log):
    tool = Failing(0)
    again = asked(("t2", "add", {"b": 3, "a": 5}))

    first, second = process(ADD, again, tools={"add": tool})

    assert (tool.calls, first.cached, second.cached) == (1, False, True)
    assert second.result == first.result
    assert (second.attempts, second.duration_ms, second.id) == (0, 0, "t2")
    assert [one.metadata["cached"] for one in log()[1]] == [False, True]


def test_no_failure_is_answered_from_memory(process):
    tool = Failing(1)

    first, second = process(
        ADD, asked(("t2", "add", {"a": 5, "b": 3})), tools={"add": tool}, max_retries=0
    )

    assert (first.success, second.success) == (False, True)


def test_nothing_is_answered_from_memory_when_that_is_off(process):
    tool = Failing(0)

    process(ADD, asked(("t2", "add", {"a": 5, "b": 3})), tools={"add": tool}, enable_caching=False)

    assert tool.calls == 2


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (("t1", "sub", {}), "no tool 'sub'; there are: add"),
        (("t1", "add", {"a": 5}), "the arguments do not fit add: missing a required argument: 'b'"),
        (("t1", "add", [5]), r"the arguments of add are no JSON object: \[5\]"),
    ],
)
def test_a_call_that_cannot_be_made_is_told_to_the_model_at_once(process, log, call, error):
    (found,) = process(asked(call), tools={"add": plain_add})

    assert found.attempts == 0
    with pytest.raises(errors.ToolProcessingError, match=error):
        found.value()
    assert log()[0] == []
    assert log()[1][0].is_error


def test_a_result_that_cannot_be_kept_is_an_error_and_spoils_nothing(process, log):
    tools = {"odd": lambda: "x" * (checks.LARGEST + 1), "add": plain_add}

    odd, added = process(asked(("t0", "odd", {})), ADD, tools=tools)

    assert "cannot be kept" in odd.error
    assert added.success
    assert [one.is_error for one in log()[1]] == [True, False]


def test_calls_without_ids_get_their_own(process):
    message = asked(("", "add", {"a": 1, "b": 1}), ("", "add", {"a": 2, "b": 2}))

    found = process(message, tools={"add": plain_add})

    assert [one.result["sum"] for one in found] == [2, 4]
    assert len({one.id for one in found}) == 2


def test_calls_with_the_same_id_get_their_own(process, log):
    message = asked(("t1", "add", {"a": 1, "b": 1}), ("t1", "add", {"a": 2, "b": 2}))

    first, second = process(message, tools={"add": plain_add})

    assert first.id == "t1" != second.id
    assert [one.tool_call_id for one in log()[1]] == [first.id, second.id]


@pytest.mark.parametrize(("result", "text"), [("done", "done"), (None, ""), ([1], "[1]")])
def test_a_text_is_told_as_it_is_and_another_result_as_json(process, log, result, text):
    process(asked(("t1", "say", {})), tools={"say": lambda: result})

    assert [one.text for one in log()[1]] == [text]


def test_a_call_says_how_long_it_took(process, monkeypatch):
    times = iter([100.0, 100.25])
    monkeypatch.setattr(processors, "time", SimpleNamespace(monotonic=lambda: next(times)))

    assert process(ADD, tools={"add": Failing(0)})[0].duration_ms == 250


def test_a_message_without_calls_is_recorded(process, core):
    assert process({"role": "assistant", "content": "Eight."}, tools={}) == []

    prompt = prompts_sync.build_prompt_from_session("chat", store=core)
    assert prompt[-1] == {"role": "assistant", "content": "Eight."}


def test_a_cancelled_call_has_a_result(core, tracked, log):
    tracked("chat").user_says("Hi")

    async def work():
        has_begun = asyncio.Event()

        async def add(**_arguments):
            has_begun.set()
            await asyncio.Event().wait()

        processor = SessionAwareToolProcessor("chat", tools={"add": add}, store=core)
        task = asyncio.create_task(processor.process_llm_message(ADD))
        await has_begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())

    assert [(one.is_error, one.tool_call_id) for one in log()[1]] == [(True, "t1")]


def test_a_function_is_offered_under_its_own_name(core, tracked):
    tracked("chat").user_says("Hi")

    async def work():
        processor = await SessionAwareToolProcessor.create("chat", store=core)

        @processor.tool
        def add(a, b):
            return a + b

        assert add(1, 1) == 2
        return await processor.process_llm_message(ADD, None)

    assert asyncio.run(work())[0].result == 8


def test_the_oldest_of_many_results_is_forgotten_first(process, monkeypatch):
    monkeypatch.setattr(processors, "_CACHED", 1)
    tool = Failing(0)
    calls = [asked((f"t{n}", "add", {"a": a})) for n, a in enumerate([1, 2, 2, 1])]

    found = process(*calls, tools={"add": tool})

    assert [one.cached for one in found] == [False, False, True, False]


def test_a_message_may_be_an_object_of_an_sdk(process):
    message = SimpleNamespace(tool_calls=ADD["tool_calls"])

    assert process(message, tools={"add": plain_add})[0].result == {"sum": 8}


def test_a_message_may_be_an_object_with_words_alone(process, core):
    assert process(SimpleNamespace(content="Eight."), tools={}) == []

    prompt = prompts_sync.build_prompt_from_session("chat", store=core)
    assert prompt[-1]["content"] == "Eight."


def test_a_session_that_is_not_there_is_told_and_not_made(core):
    with pytest.raises(errors.SessionNotFound, match="'gone'"):
        asyncio.run(SessionAwareToolProcessor.create("gone", store=core))

    assert core.store.names() == []


@pytest.mark.parametrize("wrong", [{"max_retries": -1}, {"retry_delay": -1}, {"max_retries": 1.5}])
def test_a_wrong_argument_is_refused(core, wrong):
    with pytest.raises(errors.InvalidSessionOperation, match="from 0 up"):
        SessionAwareToolProcessor("chat", store=core, **wrong)


def test_what_is_no_message_is_refused(process):
    with pytest.raises(errors.InvalidSessionOperation, match="not a message of a model"):
        process("Eight.", tools={})


def number(each):
    return asked((f"n{each}", "add", {"a": each, "b": 0}))


def test_a_tool_is_not_called_beyond_its_limit_and_the_model_is_told(process, log):
    add = Failing(0)

    found = process(*map(number, range(4)), tools={"add": add}, max_calls={"add": 2})

    assert (add.calls, [one.success for one in found]) == (2, [True, True, False, False])
    assert found[2].error == "add was not called: this session has had its 2 calls of add"
    assert found[2].attempts == 0
    assert log()[1][2].is_error


def test_a_limit_counts_what_was_called_before_by_whomever(process, tracked):
    tracked("chat").tool_used("add", {}, 8)
    process(number(1), tools={"add": plain_add})

    found = process(number(2), number(3), tools={"add": plain_add}, max_calls=3)

    assert [one.success for one in found] == [True, False]


def test_what_is_answered_from_memory_or_cannot_be_called_counts_for_no_limit(process):
    calls = [number(1), number(1), asked(("x1", "gone", {})), number(2)]

    found = process(*calls, tools={"add": plain_add}, max_calls=2)

    assert [one.success for one in found] == [True, True, False, True]


def test_a_tool_without_a_limit_of_its_own_is_called(process):
    found = process(number(1), tools={"add": plain_add}, max_calls={"other": 0})

    assert found[0].success


def test_two_calls_in_one_message_count_both(process):
    both = asked(("t1", "add", {"a": 1, "b": 1}), ("t2", "add", {"a": 2, "b": 2}))

    found = process(both, tools={"add": plain_add}, max_calls=1)

    assert [one.success for one in found] == [True, False]


@pytest.mark.parametrize("wrong", [-1, True, "3", {"add": None}, {"add": 1.5}])
def test_a_limit_that_is_no_number_is_refused(core, wrong):
    with pytest.raises(errors.InvalidSessionOperation, match="max_calls"):
        SessionAwareToolProcessor("chat", max_calls=wrong, store=core)
