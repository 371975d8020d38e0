"""The Python of docs/recording.md, and the blocks that recording was asked for with, as written but
for the package's name: `test/fixtures/library/recording.md`.
"""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import anthropic_server
import openai_server
import python_blocks
from ai_sessions import LLMService
from loopback import Turn

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs/recording.md"
SEED = ROOT / "test/fixtures/library/recording.md"
FOREVER_S = 60


@pytest.fixture
def place(monkeypatch, tmp_path):
    """A working folder of its own, with no key, no agent and no Ollama."""
    monkeypatch.chdir(tmp_path)
    settings = {"HOME": "home", "SESSION_DIR": "kept", "PATH": os.defpath}
    for name, value in settings.items():
        monkeypatch.setenv(name, value if name == "PATH" else str(tmp_path / value))
    monkeypatch.setenv("OLLAMA_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*sys.path]))
    return tmp_path


@pytest.fixture
def anthropic(place, monkeypatch):
    with anthropic_server.server(_turn) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        yield server


def _turn(body):
    """Asks for the tool that it is given, and answers when it has its result."""
    if "tools" not in body or "tool_result" in json.dumps(body):
        return Turn("Hi there.")
    return Turn("", tools=[{"name": "weather", "input": {"town": "Bonn"}}])


def test_the_page_runs(anthropic, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    printed = [*asyncio.run(python_blocks.run(PAGE, {})).values()]
    answer, stream, tools, _error, models, sync = printed

    assert re.fullmatch(r"Hi there\.\nclaude\S+ \d+ 0\.\d+\n", answer)
    assert re.fullmatch(r"Hi there\.\n\d+ tokens\n", stream)
    assert tools == "weather {'town': 'Bonn'}\nHi there.\n"
    assert "anthropic:claude-haiku-4-5" in models
    assert models.endswith("\nTrue\n")
    assert sync == "Hello! Bye!\n"


def test_the_page_tells_why_nobody_answers(place):
    block = next(text for _line, text in python_blocks.blocks(PAGE) if "except" in text)
    code = asyncio.run(python_blocks.run_block(PAGE.name, 1, block, {"llm": LLMService()}))

    assert code == (
        "no model is there: gpt-5.4: neither OPENAI_API_KEY nor OPENAI_BASE_URL is set; "
        "anthropic: ANTHROPIC_API_KEY is not set; "
        "ollama: http://127.0.0.1:9/v1 lists no models: [Errno 111] Connection refused\n"
    )


def sessions(folder):
    """What was written down there: the JSON of each session."""
    return [json.loads(one.read_text()) for one in sorted(folder.glob("session_*.json"))]


def ran(command):
    """What a command of the seed prints, with our Python."""
    words = [sys.executable if one == "python3" else one for one in shlex.split(command)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=FOREVER_S, check=True)
    return done.stdout


def commands(page):
    """The lines of its Bash that are no comments."""
    blocks = re.findall(r"```bash\n(.*?)```", page.read_text(), re.DOTALL)
    return [one for text in blocks for one in text.splitlines() if one and one[0] != "#"]


def of_seed(monkeypatch, **settings):
    """Run its program, with these settings and to the end of what it has to write."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    names = {}
    asyncio.run(python_blocks.run(SEED, names))
    asyncio.run(names["llm"].close())
    return names


def test_the_seed_s_program_records_what_its_commands_show(anthropic, place, monkeypatch):
    names = of_seed(monkeypatch)
    (found,) = sessions(place / "data/sessions")
    listed, shown, config = (
        ran(one.replace("abc123", found["metadata"]["session_id"][:13]))
        for one in commands(SEED)
        if one.startswith("python3")
    )

    assert [one["content"] for one in found["messages"]] == ["Hello!", "Hi there."]
    assert names["response"] == "Hi there."
    assert "Hello!" in listed
    assert "Hi there." in shown
    assert "RECORD_DIR" in config


def test_the_seed_s_settings_hold(anthropic, place, monkeypatch, caplog):
    settings = dict(one.removeprefix("export ").split("=") for one in commands(SEED)[3:])
    auto_save = settings.pop("NOVASYSTEM_AUTO_SAVE")
    of_seed(monkeypatch, **settings)

    assert anthropic.seen[0].body["model"] == settings["NOVASYSTEM_DEFAULT_MODEL"]
    assert len(sessions(place / settings["NOVASYSTEM_SESSION_DIR"])) == 1
    of_seed(monkeypatch, NOVASYSTEM_AUTO_SAVE=auto_save)
    assert len(sessions(place / settings["NOVASYSTEM_SESSION_DIR"])) == 1


def test_another_provider_is_one_setting(place, monkeypatch):
    with openai_server.server([Turn("Hi.")], models=("gpt-5.4",)) as server:
        settings = {"AI_PROVIDER": "openai", "OPENAI_BASE_URL": f"{server.url}/v1"}
        names = of_seed(monkeypatch, **settings)

    assert (names["response"], names["response"].provider) == ("Hi.", "openai")
    assert [one["metadata"]["model_used"] for one in sessions(place / "data/sessions")]
