"""The Python of the page that this library was asked for with, and of its own, with the real SDK of
OpenAI and the real openai-agents against a server on loopback.
"""

import asyncio
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace as Object
from typing import Any

import pytest

import ai_sessions
import openai_server
import python_blocks
from ai_sessions.library import storage
from ai_sessions.records import Interaction
from loopback import Server, Turn

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "test/fixtures/library/readme.md"
ANSWER = "Machines that learn from examples."


@pytest.fixture(params=["files", "memory"], autouse=True)
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SESSION_PROVIDER", request.param)
    monkeypatch.setenv("SESSION_DIR", str(tmp_path / "sessions"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with openai_server.server(lambda _body: Turn(ANSWER)) as made:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{made.url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "no-key")
        yield made


@pytest.fixture
def openai(sdk: Callable[[str], Path], server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module, whose own client goes to the server."""
    sdk("openai")
    module = importlib.import_module("openai")
    monkeypatch.setattr(module, "base_url", f"{server.url}/v1/")
    return module


async def run(names: dict[str, Any]) -> None:
    """Every block, as an endpoint of a reader's program has what they name."""
    earlier = await ai_sessions.track_conversation("Hi", "Hello")
    names |= {"request": Object(message="And?", session_id=earlier), "ai_response": "Nothing."}
    await python_blocks.run(PAGE, names)


def test_every_block_runs(openai: Any, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, Any] = {}

    async def main() -> None:
        # the page awaits a call of the module, which is synchronous: this makes it one to wait for
        monkeypatch.setattr(openai, "chat", openai.AsyncOpenAI().chat)
        await run(names)

    asyncio.run(main())

    assert names["response"] == ANSWER
    (seen,) = [one for one in server.seen if one.path.endswith("/chat/completions")]
    assert seen.body["messages"] == [{"role": "user", "content": "Explain machine learning"}]


def test_a_call_that_is_awaited_without_that_fails_as_it_does_alone_and_is_on_record(
    openai: Any, server: Server
) -> None:
    with pytest.raises(TypeError, match="await"):
        asyncio.run(run({}))

    store = storage.conversations().store
    failed = [
        entry.model
        for session in store.sessions()
        for entry in store.entries(session.name)
        if isinstance(entry, Interaction) and entry.status != "ok"
    ]
    assert failed == ["gpt-3.5-turbo"]
    assert server.seen


def test_the_page_about_the_library_runs_too(
    sdk: Callable[[str], Path], openai: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_AGENTS_DISABLE_TRACING", "1")
    sdk("agents")
    importlib.import_module("agents").set_default_openai_api("chat_completions")

    page = ROOT / "docs/library.md"
    printed = "".join(asyncio.run(python_blocks.run(page, {})).values())

    assert f"{ANSWER}\n['Name a prime.', '{ANSWER}']\n" in printed
    assert f"{ANSWER}\n['user', 'assistant']\n" in printed
