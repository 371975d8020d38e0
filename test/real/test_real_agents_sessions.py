"""The tests that `openai-agents` has for its own sessions, run with ours."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from toolchains import source_of

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "openai-agents==0.24.0"
#: Tests of the inside of their SQLiteSession: its connections, its rows, its locks, its commits.
INSIDE = ("connection", "corrupt", "lock", "closed", "rolls_back", "post_commit")
FILES = ("tests/memory/test_session.py", "tests/memory/test_session_limit.py")


def test_their_tests_pass_with_our_session(sdk: Callable[[str], Path], tmp_path: Path) -> None:
    folder = source_of(ROOT / ".tools/sdks/agents-source", PACKAGE)
    places = (sdk("agents"), ROOT / "pylib", ROOT / "test/real")
    path = os.pathsep.join(map(str, places))
    kept = " and ".join(f"not {name}" for name in INSIDE)
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "agents_sessions",
        "-p",
        "no:cacheprovider",
    ]

    done = subprocess.run(
        [*words, "-k", kept, *FILES],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) >= 50
