"""A scratch project to run test tools in, and those tools where this machine has them."""

import os
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

ENVIRON = {
    name: value
    for name, value in os.environ.items()
    if name in ("PATH", "HOME", "TMPDIR", "SHELL", "LANG", "PYENV_VERSION")
}
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "testing"


@pytest.fixture
def environ() -> dict[str, str]:
    return dict(ENVIRON)


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Write files of a project (path -> text) and return its folder, a name with a space in it."""
    root = tmp_path / "a project"
    root.mkdir()

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"))
        return root

    return write


@pytest.fixture
def bats() -> str:
    found = shutil.which("bats")
    if not found:
        pytest.skip("bats is not on PATH")
    return found


@pytest.fixture
def node() -> str:
    found = shutil.which("node")
    if not found:
        pytest.skip("node is not on PATH")
    return found


@pytest.fixture
def recorded(tmp_path: Path, environ: dict[str, str]) -> Callable[[str, str, int], dict[str, str]]:
    """An environment in which `tool` plays back a recorded output; it notes its arguments."""

    def make(tool: str, fixture: str, code: int) -> dict[str, str]:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        script = folder / tool
        script.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$@" > "{folder}/arguments"\n'
            f'cat "{FIXTURES / fixture}"\nexit {code}\n'
        )
        script.chmod(0o755)
        return {**environ, "PATH": f"{folder}:{environ['PATH']}", "ARGUMENTS": str(folder)}

    return make
