"""A run of ours in which all tests of a folder were skipped has not passed: test/conftest.py."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TEST = Path(__file__).resolve().parents[1]
PASSES = "def test_a(): pass\n"
SKIPS = "import pytest\ndef test_a(): pytest.skip('no bats here')\n"
FAILS = "def test_a(): assert False\n"
EXPECTED_FAILURE = "import pytest\n@pytest.mark.xfail\ndef test_a(): assert False\n"


@pytest.mark.parametrize(
    ("files", "environment", "code"),
    [
        ({"a/test_a.py": PASSES, "b/test_b.py": SKIPS}, {}, 6),
        ({"a/test_a.py": PASSES, "b/test_b.py": SKIPS}, {"PYTEST_ADDOPTS": "-n 1"}, 6),
        ({"a/test_a.py": PASSES, "b/test_b.py": SKIPS}, {"TESTS_MAY_SKIP": "1"}, 0),
        ({"a/test_a.py": FAILS, "b/test_b.py": SKIPS}, {}, 1),
        ({"a/test_a.py": PASSES, "a/test_b.py": SKIPS}, {}, 0),
        ({"a/test_a.py": EXPECTED_FAILURE}, {}, 0),
    ],
)
def test_the_exit_code_tells_it(files, environment, code, tmp_path):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--import-mode=importlib"]
    plugins = ["-p", "xdist", "-p", "conftest", "-p", "no:cacheprovider"]
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "TESTS_"))}
    ours = {"PYTHONPATH": str(TEST), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    run = subprocess.run(
        [*command, *plugins, "--rootdir", str(tmp_path), "."],
        cwd=tmp_path,
        env={**plain, **ours, **environment},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == code, run.stdout + run.stderr
    assert ("skipped: all of b (1 x Skipped: no bats here)" in run.stdout) == (
        "b/test_b.py" in files
    )
