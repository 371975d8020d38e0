"""Programs that use the real SDKs, against model servers of our own on a loopback port."""

import asyncio
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ai_sessions
import anthropic_server
import openai_server
import responses_server
from ai_sessions.library import identity, storage
from ai_sessions.library.answers import answer_of
from ai_sessions.records import Cost, Entry, Interaction, Usage
from loopback import Turn

Sdk = Callable[[str], Path]
HI = [{"role": "user", "content": "hi"}]
CHAT = {"model": "gpt-4o", "messages": HI}
MESSAGES = {"model": "claude-sonnet-5", "max_tokens": 100, "messages": HI}
#: What the servers say of each call.
CHAT_USAGE = Usage(3500, 20, 3000, reasoning_tokens=5)
RESPONSES_USAGE = Usage(3100, 20, 3000, reasoning_tokens=5)
MESSAGES_USAGE = Usage(3500, 20, 3000, 400)
TOOL = Turn("Let me see.", tools=[{"name": "add", "input": {"a": 1}}])


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SESSION_DIR", str(tmp_path / "sessions"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def openai(sdk: Sdk) -> Any:
    sdk("openai")
    return importlib.import_module("openai")


@pytest.fixture
def anthropic(sdk: Sdk) -> Any:
    sdk("anthropic")
    return importlib.import_module("anthropic")


def calls(session_id: str = "chat") -> list[Interaction]:
    """What is on record."""
    core = storage.conversations()
    found: list[Entry] = list(core.store.entries(identity.existing(core, session_id).name))
    return [entry for entry in found if isinstance(entry, Interaction)]


def told(call: Interaction) -> tuple[str, str, Usage]:
    return call.status, call.messages[-1].text, call.usage


def wrapped(kind: Any, url: str, **more: Any) -> Any:
    return ai_sessions.wrap(kind(base_url=url, api_key="no-key", max_retries=0), "chat", **more)


def test_openai(openai: Any) -> None:
    turns = [Turn("one"), TOOL, Turn("three"), Turn("four"), Turn("five"), Turn("six")]
    with openai_server.server(turns) as server:
        client = wrapped(openai.OpenAI, f"{server.url}/v1", stream_usage=True)
        assert type(client) is openai.OpenAI

        whole = client.chat.completions.create(**CHAT)
        assert type(whole) is type(client.chat.completions.create(**CHAT))
        stream = client.chat.completions.create(**CHAT, stream=True)
        assert type(stream) is openai.Stream
        assert all(piece.choices for piece in stream)
        with client.chat.completions.stream(**CHAT) as events:
            assert [event.type for event in events][-1] == "content.done"
            assert events.get_final_completion().choices[0].message.content == "four"
        raw = client.chat.completions.with_raw_response.create(**CHAT)
        assert raw.parse().choices[0].message.content == "five"
        client.with_options(timeout=9).beta.chat.completions.parse(**CHAT)

    texts = ["one", "Let me see.", "three", "four", "five", "six"]
    assert [told(call) for call in calls()] == [("ok", text, CHAT_USAGE) for text in texts]
    assert calls()[1].messages[-1].tool_calls[0].arguments == {"a": 1}
    assert all(call.cost.nusd for call in calls())


def test_openai_with_an_event_loop(openai: Any) -> None:
    async def main(url: str) -> None:
        client = wrapped(openai.AsyncOpenAI, url, stream_usage=True)
        await client.chat.completions.create(**CHAT)
        async for piece in await client.chat.completions.create(**CHAT, stream=True):
            assert piece.choices
        async with client.chat.completions.stream(**CHAT) as events:
            await events.until_done()
        raw = await client.chat.completions.with_raw_response.create(**CHAT)
        assert raw.parse().choices[0].message.content == "four"

    with openai_server.server([Turn("one"), Turn("two"), Turn("three"), Turn("four")]) as server:
        asyncio.run(main(f"{server.url}/v1"))

    texts = ["one", "two", "three", "four"]
    assert [told(call) for call in calls()] == [("ok", text, CHAT_USAGE) for text in texts]


def test_responses(openai: Any) -> None:
    async def main(url: str) -> None:
        client = wrapped(openai.AsyncOpenAI, url)
        await client.responses.create(model="gpt-5", input="hi")

    with responses_server.server([Turn("one"), Turn("two"), Turn("three")]) as server:
        client = wrapped(openai.OpenAI, f"{server.url}/v1")
        assert client.responses.create(model="gpt-5", input="hi").output_text == "one"
        list(client.responses.create(model="gpt-5", input="hi", stream=True))
        asyncio.run(main(f"{server.url}/v1"))

    texts = ["one", "two", "three"]
    assert [told(call) for call in calls()] == [("ok", text, RESPONSES_USAGE) for text in texts]


def test_anthropic(anthropic: Any) -> None:
    turns = [Turn("one"), TOOL, Turn("three"), Turn("four"), Turn("five")]
    with anthropic_server.server(turns) as server:
        client = wrapped(anthropic.Anthropic, server.url)
        assert type(client) is anthropic.Anthropic

        client.messages.create(**MESSAGES)
        stream = client.messages.create(**MESSAGES, stream=True)
        assert type(stream) is anthropic.Stream
        assert [event.type for event in stream][-1] == "message_stop"
        with client.messages.stream(**MESSAGES) as events:
            assert "".join(events.text_stream) == "three"
        assert (
            client.messages.with_raw_response.create(**MESSAGES).parse().content[0].text == "four"
        )
        client.beta.messages.create(**MESSAGES)

    texts = ["one", "Let me see.", "three", "four", "five"]
    assert [told(call) for call in calls()] == [("ok", text, MESSAGES_USAGE) for text in texts]
    assert calls()[1].messages[-1].tool_calls[0].arguments == {"a": 1}


def test_anthropic_with_an_event_loop(anthropic: Any) -> None:
    async def main(url: str) -> None:
        client = wrapped(anthropic.AsyncAnthropic, url)
        await client.messages.create(**MESSAGES)
        async for _event in await client.messages.create(**MESSAGES, stream=True):
            pass
        async with client.messages.stream(**MESSAGES) as events:
            assert await events.get_final_text() == "three"
        raw = await client.messages.with_raw_response.create(**MESSAGES)
        body = raw.parse()
        body = await body if hasattr(body, "__await__") else body
        assert body.content[0].text == "four"

    with anthropic_server.server([Turn("one"), Turn("two"), Turn("three"), Turn("four")]) as server:
        asyncio.run(main(server.url))

    texts = ["one", "two", "three", "four"]
    assert [told(call) for call in calls()] == [("ok", text, MESSAGES_USAGE) for text in texts]


def test_errors_of_the_sdks_are_raised_and_on_record(openai: Any, anthropic: Any) -> None:
    with openai_server.server([Turn(status=429, error="Rate limit"), Turn(cut_after=2)]) as server:
        client = wrapped(openai.OpenAI, f"{server.url}/v1")
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(**CHAT)
        with pytest.raises(openai.APIError):
            list(client.chat.completions.create(**CHAT, stream=True))
    with pytest.raises(openai.APIConnectionError):
        client.chat.completions.create(**CHAT)
    with anthropic_server.server([Turn(status=401), Turn(status=529)]) as server:
        client = wrapped(anthropic.Anthropic, server.url)
        with pytest.raises(anthropic.AuthenticationError):
            client.messages.create(**MESSAGES)
        with pytest.raises(anthropic.APIStatusError), client.messages.stream(**MESSAGES):
            pass

    assert [call.status for call in calls()] == [
        *("rate_limit", "network", "network", "auth", "overloaded")
    ]
    assert [call.cost.nusd for call in calls()] == [0, None, None, 0, 0]


def test_a_stream_that_is_left_or_cancelled_was_interrupted(openai: Any, anthropic: Any) -> None:
    async def main(url: str) -> None:
        client = wrapped(anthropic.AsyncAnthropic, url)
        began = asyncio.Event()

        async def read() -> None:
            async with client.messages.stream(**MESSAGES) as events:
                async for _event in events:
                    began.set()

        task = asyncio.create_task(read())
        await began.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with openai_server.server([Turn("one two three")]) as server:
        client = wrapped(openai.OpenAI, f"{server.url}/v1")
        with client.chat.completions.stream(**CHAT) as events:
            next(events)
    with anthropic_server.server([Turn("one two three", hang_after=3)]) as server:
        asyncio.run(main(server.url))

    assert [call.status for call in calls()] == ["interrupted", "interrupted"]


def test_litellm_tells_its_cost(sdk: Sdk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    sdk("litellm")
    litellm = importlib.import_module("litellm")
    response = litellm.completion(model="gpt-4o-mini", messages=HI, mock_response="Hello")
    response.usage = litellm.Usage(
        prompt_tokens=100,
        completion_tokens=5,
        total_tokens=105,
        cache_read_input_tokens=20,
        cache_creation_input_tokens=30,
    )

    answer = answer_of(response)

    assert (answer.text, answer.model, answer.provider) == ("Hello", "gpt-4o-mini", "openai")
    assert answer.usage == Usage(100, 5, 20, 30)
    assert answer.cost == Cost(13_500, "client")


def test_pydantic_ai_has_usage_in_each_run(sdk: Sdk) -> None:
    sdk("pydantic_ai")
    agent = importlib.import_module("pydantic_ai").Agent
    model = importlib.import_module("pydantic_ai.models.test").TestModel(custom_output_text="Hello")

    answer = answer_of(agent(model).run_sync("hi"))

    assert (answer.text, answer.model, answer.provider) == ("Hello", "test", "test")
    assert answer.usage
    assert answer.usage.input_tokens > 0


def test_gemini_counts_thoughts_beside_the_answer(sdk: Sdk) -> None:
    sdk("google")
    types = importlib.import_module("google.genai.types")
    parts = [{"text": "hm", "thought": True}, {"text": "Hello"}]
    counts = {"prompt_token_count": 100, "cached_content_token_count": 60}
    counts |= {"candidates_token_count": 5, "thoughts_token_count": 3}
    response = types.GenerateContentResponse.model_validate(
        {
            "candidates": [{"content": {"role": "model", "parts": parts}, "finish_reason": "STOP"}],
            "model_version": "gemini-3",
            "usage_metadata": counts,
        }
    )

    answer = answer_of(response)

    assert (answer.text, answer.model, answer.provider) == ("Hello", "gemini-3", "gemini")
    assert (answer.finish, answer.usage) == ("STOP", Usage(100, 8, 60, reasoning_tokens=3))
