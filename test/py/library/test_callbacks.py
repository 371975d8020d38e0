"""A program's own function is asked for a summary, and may fail."""

import asyncio

import pytest

from ai_sessions.library import callbacks

TOLD = [{"role": "user", "content": "hi"}]


async def _coroutine(messages):
    await asyncio.sleep(0)
    return f"{len(messages)} message"


async def _broken(_messages):
    raise ValueError("no")


def test_nobody_is_asked_where_there_is_none():
    assert callbacks.asked(None, TOLD) == ""


@pytest.mark.parametrize("callback", [_coroutine, lambda messages: f"{len(messages)} message"])
def test_a_function_and_a_coroutine_function_are_asked_alike(callback):
    assert callbacks.asked(callback, TOLD) == "1 message"


def test_a_coroutine_is_waited_for_inside_a_loop_too():
    async def whole():
        return callbacks.asked(_coroutine, TOLD)

    assert asyncio.run(whole()) == "1 message"


@pytest.mark.parametrize("callback", [_broken, lambda _messages: 7, lambda: "no argument"])
def test_one_that_fails_is_a_warning_and_no_summary(callback, caplog):
    assert callbacks.asked(callback, TOLD) == ""
    assert "the summary callback failed" in caplog.text
