"""docs/install.md, line by line, with the installers that are here and packages of a registry."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/install.md"
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "pylib", "scripts")
#: What installers say where no registry can be reached.
UNREACHABLE = r"Failed to fetch|Could not find a version|No matching distribution|dns error"


def blocks(heading: str) -> list[str]:
    """The commands below a heading of the page."""
    part = PAGE.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"```bash\n(.*?)```", part, re.DOTALL)


@pytest.fixture
def clone(tmp_path):
    """A copy of this checkout, beside a home folder with a space in its name."""
    folder = tmp_path / "ai-sessions"
    folder.mkdir()
    (tmp_path / "a home").mkdir()
    for name in SOURCES:
        take = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        take(ROOT / name, folder / name)
    return folder


def run(clone: Path, lines: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    home = clone.parent / "a home"
    ours = {"HOME": str(home), "PATH": f"{home}/.local/bin:{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-ec", lines],
        cwd=folder or clone,
        env={**os.environ, **ours},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("installer", ["uv", "pipx", "pip"])
def test_it_is_installed_upgraded_and_uninstalled_as_the_page_says(clone, installer):
    if installer != "pip" and not shutil.which(installer):
        pytest.skip(f"{installer} is not installed")
    install, change = blocks(f"With {installer}")
    upgrade, uninstall = change.splitlines()
    done = run(clone, install)
    if done.returncode and re.search(UNREACHABLE, done.stderr):
        pytest.skip(f"{installer} reaches no registry")
    assert done.returncode == 0, done.stderr

    assert run(clone, "ai-sessions --version", clone.parent).stdout.startswith("ai-sessions ")
    demo = run(clone, "ai-sessions demo", clone.parent)
    assert "GO: planned" in demo.stdout, demo.stderr

    names = clone / "pylib/ai_sessions/__init__.py"
    version = '__version__ = "0.0.99"'
    names.write_text(re.sub('__version__ = ".*"', version, names.read_text()))
    assert run(clone, upgrade).returncode == 0
    assert run(clone, "ai-sessions --version", clone.parent).stdout == "ai-sessions 0.0.99\n"

    assert run(clone, uninstall).returncode == 0
    assert run(clone, "ai-sessions --version", clone.parent).returncode == 127
