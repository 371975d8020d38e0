"""The installation table of docs/library.md: what a row says works where nothing but its command
was installed, with packages of a registry.
"""

import json
import re
import shutil
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "pylib", "scripts")
#: What installers say where no registry can be reached.
UNREACHABLE = r"Failed to fetch|Could not find a version|No matching distribution|dns error"
ROWS = re.findall(
    r"^\| `pip install '?(.*?)'?` \| (.*?) \| (.*?) \| (.*?) \|",
    (ROOT / "docs/library.md").read_text(),
    re.MULTILINE,
)
#: A program that says something, and tells what it can do there.
SAYS = """
import asyncio, json
from ai_sessions import SessionManager, get_storage_info, is_available

async def main():
    sm = SessionManager("a-chat")
    await sm.user_says("tiktoken is great!")
    messages = (await sm.get_stats())["user_messages"]
    print(json.dumps([get_storage_info()["provider"], messages, is_available()]))

asyncio.run(main())
"""
READS = """
import asyncio
from ai_sessions import SessionManager

print([one["content"] for one in asyncio.run(SessionManager("a-chat").get_conversation())])
"""
COUNTS = """
from ai_sessions import tokenizer

count = tokenizer.counter("auto")
print(count("tiktoken is great!"), count.source)
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone")
    for name in SOURCES:
        take = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        take(ROOT / name, folder / name)
    return folder


@pytest.fixture(params=ROWS, ids=[row[0] for row in ROWS])
def row(request: pytest.FixtureRequest, clone: Path, tmp_path: Path):
    """What the table says of a command, and what runs a program where it was installed."""
    wanted, *told = request.param
    folder = tmp_path / "environment"
    venv.create(folder, symlinks=True, with_pip=True)
    python = folder / "bin/python"
    command = [python, "-m", "pip", "install", "--quiet", wanted]
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)
    if done.returncode and re.search(UNREACHABLE, done.stderr):
        pytest.skip("pip reaches no registry")
    assert done.returncode == 0, done.stderr
    assert "does not provide the extra" not in done.stderr

    def runs(program: str, provider: str = "") -> str:
        home = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "SESSION_PROVIDER": provider}
        ran = subprocess.run(
            [python, "-I", "-c", program], env=home, capture_output=True, text=True, check=False
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        return ran.stdout

    return told, runs, wanted in (".[otel]", ".[all]")


def test_a_row_of_the_table_is_what_is_installed(
    row: tuple[list[str], Callable[..., str], bool],
) -> None:
    (files, memory, tokens), runs, has_otel = row
    exact = {"estimated": False, "exact": True}[tokens]

    assert (files, memory) == ("yes", "yes")
    for provider in ("memory", ""):  # nothing of the first is there afterwards
        where, messages, available = json.loads(runs(SAYS, provider))
        assert (where, messages) == (provider or "files", 1)
        assert available["enhanced_token_counting"] is exact
        assert available["opentelemetry"] is has_otel
    assert runs(READS) == "['tiktoken is great!']\n"
    assert runs(COUNTS).split()[1] == ("tokenizer" if exact else "estimate")


def test_the_table_has_a_row_for_each_extra_of_the_library() -> None:
    assert [row[0] for row in ROWS] == [
        *(".", ".[tokens]", ".[tiktoken]", ".[otel]", ".[all]", ".[dev]"),
    ]
