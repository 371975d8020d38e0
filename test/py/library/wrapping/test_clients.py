"""A wrapped client, as a program sees it and as it is on record."""

import asyncio
import gc
import json

import pytest

from ai_sessions import InvalidSessionOperation
from ai_sessions.library.session_manager import SessionManager
from ai_sessions.library.watching import WATCH
from ai_sessions.library.wrapping.clients import wrap
from ai_sessions.records import Cost, ToolCall, Usage

HI = [{"role": "user", "content": "hi"}]


def answer(text="Hello", **more):
    message = {"role": "assistant", "content": text, **more}
    return {
        "model": "gpt-4o",
        "choices": [{"message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20},
    }


def chunk(text=None, finish=None, usage=None):
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    return {"model": "gpt-4o", "choices": [] if usage else [choice], "usage": usage}


WHOLE = [chunk("Hel"), chunk("lo"), chunk(finish="stop")]
COUNTED = chunk(usage={"prompt_tokens": 100, "completion_tokens": 20})


def test_the_answer_is_the_sdks_own_and_the_call_on_record(client, core, calls):
    given = answer()

    wrapped = wrap(client(given), "chat", store=core)

    assert wrapped.chat.completions.create(model="gpt-4o", messages=HI) is given
    (call,) = calls("chat")
    assert [(one.role, one.text) for one in call.messages] == [
        ("user", "hi"),
        ("assistant", "Hello"),
    ]
    assert (call.status, call.provider, call.model) == ("ok", "openai", "gpt-4o")
    assert call.usage == Usage(100, 20)
    assert call.cost.nusd == 450_000
    assert call.detail == {"api": "chat.completions", "finish": "stop"}


def test_the_client_that_was_given_stays_as_it_was(client, core):
    plain = client(answer(), answer())
    wrapped = wrap(plain, "chat", store=core)
    plain.chat.completions.create(model="gpt-4o", messages=HI)

    assert type(wrapped) is type(plain)
    assert core.store.names() == []


def test_an_error_is_raised_and_on_record(client, core, calls):
    error = RuntimeError("Rate limit reached")
    error.status_code = 429

    with pytest.raises(RuntimeError) as raised:
        wrap(client(error), "chat", store=core).responses.create(model="gpt-5", input="hi")

    assert raised.value is error
    (call,) = calls("chat")
    assert (call.status, call.cost) == ("rate_limit", Cost(0, "refused"))
    assert call.detail["error"] == "Rate limit reached"
    assert [one.text for one in call.messages] == ["hi"]


def test_what_was_said_before_is_on_record_once(client, core, calls):
    used = {"id": "c1", "function": {"name": "add", "arguments": '{"a": 1}'}}
    first = answer("", tool_calls=[used])
    wrapped = wrap(client(first, answer("2")), "chat", store=core)
    talk = [{"role": "system", "content": "Be kind."}, *HI]
    wrapped.chat.completions.create(model="gpt-4o", messages=talk)
    talk += [first["choices"][0]["message"], {"role": "tool", "tool_call_id": "c1", "content": "2"}]
    wrapped.chat.completions.create(model="gpt-4o", messages=talk)

    one, two = calls("chat")
    assert [said.role for said in one.messages] == ["system", "user", "assistant"]
    assert one.messages[-1].tool_calls == (ToolCall("c1", "add", {"a": 1}),)
    assert [(said.role, said.text) for said in two.messages] == [("tool", "2"), ("assistant", "2")]
    assert (one.continuity, two.continuity) == ("new", "resumed")


def test_a_stream_is_the_sdks_own_and_on_record_when_it_is_read(client, core, calls):
    wrapped = wrap(client([*WHOLE, COUNTED]), "chat", store=core)

    stream = wrapped.chat.completions.create(model="gpt-4o", messages=HI, stream=True)

    assert type(stream) is client.stream
    assert list(stream) == WHOLE
    (call,) = calls("chat")
    assert (call.status, call.messages[-1].text, call.usage) == ("ok", "Hello", Usage(100, 20))


@pytest.mark.parametrize("options", [{"include_usage": True}, {"include_usage": False}])
def test_usage_that_a_program_decides_about_is_not_hidden(client, core, options):
    plain = client([*WHOLE, COUNTED])

    stream = wrap(plain, "chat", store=core).chat.completions.create(
        model="gpt-4o", messages=HI, stream=True, stream_options=options
    )

    assert list(stream)[-1] == COUNTED
    assert plain.given[0]["stream_options"] == options


def test_a_server_that_nobody_knows_is_not_asked_for_usage(client, core, calls):
    plain = client(WHOLE, base_url="http://localhost:8000/v1")

    list(wrap(plain, "c", store=core).chat.completions.create(messages=HI, stream=True))

    assert "stream_options" not in plain.given[0]
    (call,) = calls("c")
    assert call.usage.estimated
    assert call.usage.input_tokens > 0
    assert call.usage.output_tokens > 0


def test_a_stream_that_breaks_off_is_on_record_with_what_came(client, core, calls):
    broken = [chunk("Hel"), ConnectionResetError("gone")]
    stream = wrap(client(broken), "chat", store=core).chat.completions.create(
        model="gpt-4o", messages=HI, stream=True
    )

    with pytest.raises(ConnectionResetError):
        list(stream)

    (call,) = calls("chat")
    assert (call.status, call.messages[-1].text, call.cost) == ("network", "Hel", Cost())


def test_a_stream_that_is_closed_before_its_end_was_interrupted(client, core, calls):
    stream = wrap(client(WHOLE), "chat", store=core).chat.completions.create(
        model="gpt-4o", messages=HI, stream=True
    )
    next(stream)
    stream.close()

    assert stream.is_closed
    (call,) = calls("chat")
    assert (call.status, call.messages[-1].text) == ("interrupted", "Hel")


@pytest.mark.parametrize("pieces", [0, 1])
def test_a_stream_that_nobody_finishes_was_interrupted(client, core, calls, pieces):
    wrapped = wrap(client(WHOLE), "chat", store=core)
    stream = wrapped.chat.completions.create(model="gpt-4o", messages=HI, stream=True)
    for _ in range(pieces):
        next(stream)
    del stream
    gc.collect()

    WATCH.settle()

    (call,) = calls("chat")
    assert call.status == "interrupted"


def test_a_stream_left_after_its_last_words_is_no_interruption(client, core, calls):
    wrapped = wrap(client([*WHOLE, COUNTED]), "chat", store=core)
    with_end = wrapped.chat.completions.create(model="gpt-4o", messages=HI, stream=True)
    for _ in range(3):
        next(with_end)
    with_end.close()

    (call,) = calls("chat")
    assert (call.status, call.messages[-1].text) == ("ok", "Hello")


def test_a_copy_with_other_options_is_recorded_too(client, core, calls):
    plain = client(answer())

    other = wrap(plain, "chat", store=core).with_options(timeout=5)
    other.chat.completions.create(model="gpt-4o", messages=HI)

    assert other.timeout == 5
    assert len(calls("chat")) == 1


def test_a_session_that_a_program_tracks_takes_the_calls(client, core, calls):
    manager = SessionManager("chat", store=core)

    wrapped = wrap(client(answer()), manager)
    wrapped.chat.completions.create(model="gpt-4o", messages=HI)

    assert wrapped.session_id == "chat"
    assert len(calls("chat")) == 1


def test_without_an_id_the_session_is_new(client, core):
    assert wrap(client(), store=core).session_id != wrap(client(), store=core).session_id


@pytest.mark.parametrize(("given", "name"), [({}, "dict"), (json, "module")])
def test_what_has_no_calls_is_refused(given, name):
    with pytest.raises(InvalidSessionOperation, match=f"nothing to record in a {name}"):
        wrap(given)


def test_an_answer_reaches_the_program_when_the_store_fails(client, core, monkeypatch, caplog):
    def full(*_args, **_named):
        raise OSError("disk full")

    given = answer()
    wrapped = wrap(client(given), "chat", store=core)
    monkeypatch.setattr(core.store, "append", full)

    assert wrapped.chat.completions.create(model="gpt-4o", messages=HI) is given
    assert "a call is not on record: disk full" in caplog.text


def test_a_client_with_an_event_loop_is_recorded_alike(async_client, core, calls):
    async def main():
        given = answer()
        wrapped = wrap(async_client(given, [*WHOLE, COUNTED]), "chat", store=core)
        asked = {"model": "gpt-4o", "messages": HI}
        assert await wrapped.chat.completions.create(**asked) is given
        stream = await wrapped.chat.completions.create(**asked, stream=True)
        assert [piece async for piece in stream] == WHOLE

    asyncio.run(main())
    assert [(call.status, call.usage) for call in calls("chat")] == [("ok", Usage(100, 20))] * 2


def test_a_cancelled_task_leaves_an_interrupted_call(async_client, core, calls):
    async def main():
        error = asyncio.CancelledError()
        wrapped = wrap(async_client(error, [chunk("Hel"), error]), "chat", store=core)
        with pytest.raises(asyncio.CancelledError):
            await wrapped.chat.completions.create(model="m", messages=HI)
        stream = await wrapped.chat.completions.create(model="m", messages=HI, stream=True)
        with pytest.raises(asyncio.CancelledError):
            [piece async for piece in stream]

    asyncio.run(main())
    assert [call.status for call in calls("chat")] == ["interrupted", "interrupted"]


def test_an_asynchronous_stream_that_is_closed_was_interrupted(async_client, core, calls):
    async def main():
        wrapped = wrap(async_client(WHOLE), "chat", store=core)
        stream = await wrapped.chat.completions.create(model="m", messages=HI, stream=True)
        await anext(stream)
        await stream.close()
        assert stream.is_closed

    asyncio.run(main())
    assert [call.status for call in calls("chat")] == ["interrupted"]
