"""What real agents write into their own logs, brought in: to the token, and ours not twice."""

import json
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

import anthropic_server
import gemini_server
import responses_server
from ai_sessions.accounting import pricing
from ai_sessions.assemble.providers import access
from ai_sessions.imports import SOURCES
from ai_sessions.imports.importer import Importer, ImportResult
from ai_sessions.jobs import Job, Kit
from ai_sessions.providers import installed
from ai_sessions.providers.claude import Claude
from ai_sessions.providers.codex import Codex
from ai_sessions.providers.contract import Provider
from ai_sessions.providers.gemini import Gemini
from ai_sessions.providers.opencode import OpenCode
from ai_sessions.records import About, Interaction
from ai_sessions.run import run
from ai_sessions.store.files import FileStore
from loopback import Turn

from .conftest import PACKAGES, Bench

TURNS = (Turn("one"), Turn("two"), Turn("three"))
CODEX = """
model_provider = "loopback"
[model_providers.loopback]
name = "loopback"
base_url = "{url}/v1"
env_key = "LOOPBACK_KEY"
wire_api = "responses"
"""
Made = tuple[Bench, Provider, str]


def claude(bench: Callable[..., Bench], stack: ExitStack) -> Made:
    server = stack.enter_context(anthropic_server.server(TURNS, agents_only=True))
    place = bench("claude", ANTHROPIC_BASE_URL=server.url, ANTHROPIC_API_KEY="sk-ant-not-a-key")
    return place, Claude(place.environment), "sonnet"


def codex(bench: Callable[..., Bench], stack: ExitStack) -> Made:
    server = stack.enter_context(responses_server.server(TURNS))
    place = bench("codex", LOOPBACK_KEY="sk-not-a-key")
    (place.home / ".codex").mkdir()
    (place.home / ".codex" / "config.toml").write_text(CODEX.format(url=server.url))
    return place, Codex(place.environment), "gpt-5.2"


def gemini(bench: Callable[..., Bench], stack: ExitStack) -> Made:
    server = stack.enter_context(gemini_server.server(TURNS))
    place = bench("gemini", GOOGLE_GEMINI_BASE_URL=server.url, GEMINI_API_KEY="not-a-key")
    (place.home / ".gemini").mkdir()
    settings = {"security": {"auth": {"selectedType": "gemini-api-key"}}}
    (place.home / ".gemini" / "settings.json").write_text(json.dumps(settings))
    return place, Gemini(place.environment), "gemini-2.5-flash"


def opencode(bench: Callable[..., Bench], stack: ExitStack) -> Made:
    server = stack.enter_context(anthropic_server.server(TURNS, agents_only=True))
    options = {"baseURL": f"{server.url}/v1", "apiKey": "sk-ant-not-a-key"}
    config = json.dumps({"provider": {"anthropic": {"options": options}}})
    place = bench("opencode", OPENCODE_CONFIG_CONTENT=config)
    return place, OpenCode(place.environment), "anthropic/claude-sonnet-4-5"


MAKERS = {"claude": claude, "codex": codex, "gemini": gemini, "opencode": opencode}


def imported(name: str, place: Bench, root: Path) -> ImportResult:
    def store_at(_moment: datetime | None) -> FileStore:
        return FileStore(root, fsync="none")

    logs = list(SOURCES[name].files(place.environment))
    importer = Importer(SOURCES[name], root, store_at, pricing.price_of)
    return importer.run(logs, datetime.now(UTC))


@pytest.mark.parametrize("name", list(MAKERS))
def test_a_call_of_ours_is_left_out_and_a_persons_comes_in_to_the_token(name, bench, tmp_path):
    root = tmp_path / "sessions"
    store = FileStore(root, fsync="none")
    with ExitStack() as stack:
        place, provider, model = MAKERS[name](bench, stack)
        kit = Kit(store, pricing.price_of, now=lambda: datetime.now(UTC))
        about = About("chat", "", str(place.repo))
        job = Job("chat-x", about, "hello", place.repo, "chat", model=model, timeout_s=90.0)
        ours = run(job, provider, kit)
        before = imported(name, place, root)
        fresh = str(uuid.uuid4()) if provider.quirks.chooses_id else ""
        theirs = place.ask(provider, "hello again", model=model, new_id=fresh)
        after = imported(name, place, root)

    assert (before.calls, before.unreadable) == (0, 0)
    assert before.ours > 0
    assert theirs.failure is None
    [session] = after.sessions
    brought = [entry for entry in store.entries(session) if isinstance(entry, Interaction)]
    used = sum((entry.usage.total_tokens for entry in brought), 0)
    assert used == theirs.usage.total_tokens == ours.interaction.usage.total_tokens
    assert {entry.resume.id for entry in brought if entry.resume} == {theirs.resume.id}
    assert store.read(session).about.project == str(place.repo)
    assert imported(name, place, root).calls == 0


@pytest.mark.parametrize("name", list(MAKERS))
def test_the_version_of_an_agent_is_told(name, bench):
    place = bench(name)
    [found] = installed.look({name: access(name)}, place.environment)

    assert found.version == PACKAGES[name].rpartition("@")[2]
