"""Answers that a program wants as they came."""

import asyncio
from types import SimpleNamespace

from ai_sessions.library.wrapping.clients import wrap

ANSWER = {"choices": [{"message": {"content": "Hello"}}], "usage": {"prompt_tokens": 1}}


def asked(kind):
    return {"messages": [], "extra_headers": {"X-Stainless-Raw-Response": kind}}


def test_a_raw_response_is_read_and_given_as_it_is(client, core, calls):
    raw = SimpleNamespace(parse=lambda: ANSWER)

    wrapped = wrap(client(raw), "chat", store=core)

    assert wrapped.chat.completions.create(**asked("true")) is raw
    assert calls("chat")[0].messages[-1].text == "Hello"


def test_a_raw_response_that_is_read_by_waiting_for_it(async_client, core, calls):
    async def parse():
        return ANSWER

    raw = SimpleNamespace(parse=parse)

    async def main():
        wrapped = wrap(async_client(raw), "chat", store=core)
        return await wrapped.chat.completions.create(**asked("raw"))

    assert asyncio.run(main()) is raw
    assert calls("chat")[0].messages[-1].text == "Hello"


def test_a_response_that_the_program_reads_itself_is_left_alone(client, core, calls):
    raw = SimpleNamespace(parse=None)

    assert wrap(client(raw), "chat", store=core).chat.completions.create(**asked("stream")) is raw
    assert calls("chat")[0].status == "ok"


def test_a_raw_response_that_cannot_be_read_is_given_as_it_is(client, core):
    raw = SimpleNamespace()

    assert wrap(client(raw), "chat", store=core).chat.completions.create(**asked("true")) is raw
