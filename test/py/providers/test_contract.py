"""What every provider promises, asked of each of them; the one of docs/adding-a-provider.md too.

Each is made by `assemble`, as for a user, and talks to something that plays its other side: a model
server on a loopback port, or a command on PATH.
"""

import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from stand_in import StandIn

import ai_sessions.providers
import anthropic_server
import openai_server
from ai_sessions import config
from ai_sessions.assemble import providers
from ai_sessions.errors import ConfigError, ProviderError
from ai_sessions.providers.contract import Event, Request
from ai_sessions.providers.local import Local
from ai_sessions.records import Message, Usage

TESTS = Path(__file__).parents[2]
FIXTURES = TESTS / "fixtures"
PAGE = TESTS.parent / "docs" / "adding-a-provider.md"
NOBODY = "http://127.0.0.1:9"
ID = "0f4b8b52-6a5e-4a3e-9d59-0a6f1c6f7a10"


@dataclass
class Bench:
    """A provider, one whose other side is missing, and what the other side was told."""

    provider: object
    broken: object
    heard: Callable[[], str] | None = None
    """None: there is no other side."""
    request: dict[str, object] = field(default_factory=dict)
    """What a call of it has to say."""


@pytest.fixture
def place(tmp_path, monkeypatch, request):
    """What benches are built with: a folder, cleaning up, providers made from settings."""
    return Place(tmp_path, monkeypatch, request)


class Place:
    def __init__(self, folder, monkeypatch, request):
        self.folder, self.monkeypatch, self._request = folder, monkeypatch, request

    def made(self, name, environment=None, **settings):
        return providers.provider(config.load(settings), environment or {"PATH": ""}, name)

    def running(self, server):
        """Enter it now, leave it when the test is over."""
        self._request.addfinalizer(lambda: server.__exit__(None, None, None))
        return server.__enter__()

    def agent(self, name, fixture):
        """The bench of a command that says what was recorded of it."""
        stand_in = StandIn(self.folder, name, FIXTURES / fixture)
        made = self.made(name, stand_in.environment)
        return Bench(made, self.made(name), lambda: stand_in.call["stdin"])


def claude(place):
    log = place.folder / "calls.jsonl"
    agents, python = TESTS / "bin" / "agents", Path(sys.executable).parent
    environment = {
        "PATH": f"{agents}{os.pathsep}{python}{os.pathsep}{os.defpath}",
        "HOME": str(place.folder),
        "FAKE_CLAUDE_LOG": str(log),
    }
    made = place.made("claude", environment)
    return Bench(made, place.made("claude"), log.read_text, {"new_id": ID})


def openai(place):
    server = place.running(openai_server.server())
    made = place.made("openai", OPENAI_BASE_URL=f"{server.url}/v1")
    broken = place.made("openai", OPENAI_BASE_URL=NOBODY)
    return Bench(made, broken, lambda: str(server.seen[-1].body), {"model": "m"})


def ollama(place):
    server = place.running(openai_server.server())
    made = place.made("ollama", OLLAMA_BASE_URL=server.url)
    broken = place.made("ollama", OLLAMA_BASE_URL=NOBODY)
    return Bench(made, broken, lambda: str(server.seen[-1].body), {"model": "m"})


def pool(name, variable):
    """A server known by its name, which the user's own file says is elsewhere."""

    def made(place):
        server = place.running(openai_server.server())
        benches = {}
        for one, url in (("here", f"{server.url}/v1"), ("nobody", NOBODY)):
            file = place.folder / f"{one}.json"
            file.write_text(json.dumps({"pools": {name: {"url": url}}}))
            benches[one] = place.made(name, AI_MODELS_FILE=str(file), **{variable: "k-1"})
        return Bench(*benches.values(), lambda: str(server.seen[-1].body), {"model": "m"})

    return made


def anthropic(place):
    server = place.running(anthropic_server.server())
    made = place.made("anthropic", ANTHROPIC_BASE_URL=server.url)
    broken = place.made("anthropic", ANTHROPIC_BASE_URL=NOBODY)
    return Bench(made, broken, lambda: str(server.seen[-1].body), {"model": "m"})


class Engine:
    """A loaded model that says one thing."""

    def __init__(self):
        self.asked = {}

    def handle_chat_completions(self, body, hear):
        self.asked = body
        hear({"choices": [{"delta": {"content": "OK"}, "finish_reason": "stop"}]})
        hear({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 1}})


def local(place):
    """With an engine that is a script; that of a user is an extra (test/real has it)."""
    engine = Engine()
    (place.folder / "tiny.gguf").write_bytes(b"GGUF")
    made = Local("tiny", place.folder, 2048, lambda _path, _context: engine)
    return Bench(made, place.made("local"), lambda: str(engine.asked))


def demo(place):
    made = place.made("demo")
    known = {"feature": "payment-gateway", "purpose": "plan", "new_id": ID}
    return Bench(made, made, request=known)


def echo(place):
    return Bench(place.made("echo"), place.made("echo"))


def page(place):
    """The provider of the page, put where the page says."""
    file, line = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (path,) = re.findall(r"^`pylib/ai_sessions/providers/(\w+\.py)`:$", PAGE.read_text(), re.M)
    added = place.folder / "added"
    added.mkdir()
    (added / path).write_text(file)
    folders = [*ai_sessions.providers.__path__, str(added)]
    place.monkeypatch.setattr(ai_sessions.providers, "__path__", folders)
    place.monkeypatch.delitem(sys.modules, f"ai_sessions.providers.{path[:-3]}", raising=False)
    ((name, make),) = eval(f"{{{line}}}", vars(providers)).items()  # noqa: S307 (our own page)
    place.monkeypatch.setitem(providers.PROVIDERS, name, make)
    (place.folder / "says").write_text("OK\nand more\n")
    return place.agent(name, place.folder / "says")


BENCHES = {
    "claude": claude,
    "codex": lambda place: place.agent("codex", "codex-stream-first.jsonl"),
    "gemini": lambda place: place.agent("gemini", "gemini-stream-write.jsonl"),
    "opencode": lambda place: place.agent("opencode", "opencode-stream-first.jsonl"),
    "openai": openai,
    "anthropic": anthropic,
    "openrouter": pool("openrouter", "OPENROUTER_API_KEY"),
    "google": pool("google", "GEMINI_API_KEY"),
    "groq": pool("groq", "GROQ_API_KEY"),
    "cerebras": pool("cerebras", "CEREBRAS_API_KEY"),
    "mistral": pool("mistral", "MISTRAL_API_KEY"),
    "nvidia": pool("nvidia", "NVIDIA_API_KEY"),
    "ollama": ollama,
    "local": local,
    "demo": demo,
    "echo": echo,
    "docs/adding-a-provider.md": page,
}


@pytest.fixture(params=BENCHES)
def bench(request, place):
    return BENCHES[request.param](place)


@pytest.fixture
def ask(bench, tmp_path):
    """Make a call in an empty folder; `ask.seen` is what was watched."""
    folder = tmp_path / "work"
    folder.mkdir()

    def call(prompt="What is it?", provider=None, **more):
        request = Request(prompt=prompt, cwd=folder, **{**bench.request, **more})
        return (provider or bench.provider).run(request, call.seen.append)

    call.seen, call.folder = [], folder
    return call


def test_every_provider_is_held_to_the_contract():
    assert set(providers.PROVIDERS) <= set(BENCHES)


def test_an_answer_says_what_it_is_and_what_it_took(ask):
    reply = ask()

    assert reply.failure is None
    assert reply.text.strip()
    assert reply.model or reply.resume
    assert is_sound(reply.usage)
    assert all(is_sound(share) for share in reply.by_model.values())
    assert reply.cost is None or (reply.cost.nusd >= 0 and reply.cost.source != "unknown")


def is_sound(usage: Usage) -> bool:
    """Input has what was cached in it, output what was reasoned."""
    return (
        0 < usage.input_tokens >= usage.cache_read_tokens + usage.cache_write_tokens
        and 0 < usage.output_tokens >= usage.reasoning_tokens >= 0
        and 0 <= usage.cache_write_1h_tokens <= usage.cache_write_tokens
    )


def test_one_that_remembers_says_how_to_go_on_and_goes_on_there(bench, ask):
    if not bench.provider.quirks.keeps_context:
        assert ask().resume is None
        return
    first = ask()
    second = ask(resume=first.resume, new_id="")

    assert first.resume.id
    assert second.failure is None
    assert second.resume.id == first.resume.id


def test_one_whose_id_is_ours_takes_it(bench, ask):
    if bench.provider.quirks.chooses_id and "new_id" in bench.request:
        assert ask().resume.id == ID


def test_one_that_does_not_remember_is_told_what_was_said(bench, ask):
    if bench.provider.quirks.keeps_context or bench.heard is None:
        return
    ask("And now?", history=(Message("user", "a heron"), Message("assistant", "an owl")))

    heard = bench.heard()
    assert heard.index("a heron") < heard.index("an owl") < heard.index("And now?")


def test_the_prompt_reaches_the_other_side(bench, ask):
    ask("Where do herons sleep?")

    assert bench.heard is None or "Where do herons sleep?" in bench.heard()


def test_a_reader_changes_nothing(ask):
    ask(access="read")

    assert list(ask.folder.iterdir()) == []


def test_what_is_watched_are_events(ask):
    ask()

    assert all(isinstance(event, Event) for event in ask.seen)


def test_what_the_other_side_said_is_kept_in_private_files(bench, ask, tmp_path):
    ask(log_dir=tmp_path / "logs")

    kept = list((tmp_path / "logs").glob("*.out"))
    assert bool(kept) == (bench.heard is not None)
    assert {path.stat().st_mode & 0o777 for path in kept} <= {0o600}


def test_without_its_other_side_it_says_what_to_do(bench, ask):
    if bench.heard is None:
        return
    try:
        failure = ask(provider=bench.broken).failure
    except (ProviderError, ConfigError) as error:
        assert error.hint
    else:
        assert failure.status != "ok"
        assert failure.hint


def test_it_is_known_by_the_name_it_is_asked_for(bench):
    assert bench.provider.name in providers.PROVIDERS
