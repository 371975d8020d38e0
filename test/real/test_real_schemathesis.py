"""schemathesis against a running server: what its OpenAPI document says, and what it should not
bear.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import openai_server
from loopback import Turn
from toolchains import venv_with

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "schemathesis==4.32.5"
#: What is wrong outside of the server is no crash of it: a model, the settings, a disk. Fields
#: that do not go together are refused, which no schema says (positive_data_acceptance).
SETTINGS = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 502, 503, 504, 507]
[checks.positive_data_acceptance]
enabled = false
"""
_START_S, _RUN_S = 30, 900
#: Examples of each operation beside those of the schemas' corners.
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "5")


@contextmanager
def served(environment: dict[str, str], log: Path) -> Iterator[tuple[str, str]]:
    """A running server: its URL and its owner's token."""
    script = str(ROOT / "scripts/serve.sh")
    with log.open("w") as told:
        server = subprocess.Popen(
            [script, "--port", "0"], env=environment, stdout=subprocess.PIPE, stderr=told, text=True
        )
    assert server.stdout
    try:
        url = server.stdout.readline().strip()
        shown = subprocess.run(
            [script, "token", "show"], env=environment, capture_output=True, text=True, check=True
        )
        yield url, shown.stdout.strip()
    finally:
        server.terminate()
        server.stdout.close()
        assert server.wait(_START_S + 30) == 0


@pytest.fixture
def schemathesis() -> Path:
    return venv_with(ROOT / ".tools/schemathesis", "schemathesis", PACKAGE)


def test_nothing_crashes_and_nothing_is_answered_that_is_not_documented(
    schemathesis: Path, tmp_path: Path
) -> None:
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    log = tmp_path / "served.log"
    with openai_server.server([Turn("Yes.")]) as model:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "SESSION_DIR": str(tmp_path / "sessions"),
            "API_RATE_LIMIT": "0",
            "AI_PROVIDER": "openai",
            "AI_MODEL": "test-model",
            "OPENAI_BASE_URL": f"{model.url}/v1",
            "OPENAI_API_KEY": "no-key",
        }
        with served(environment, log) as (url, token):
            command = [str(schemathesis), "run", f"{url}/openapi.json", "--no-color", "--no-shrink"]
            command += ["--max-examples", EXAMPLES, "--exclude-path", "/v1/events"]  # has no end
            command += ["--header", f"Authorization: Bearer {token}"]
            found = subprocess.run(
                command, cwd=tmp_path, capture_output=True, text=True, timeout=_RUN_S, check=False
            )

    print(found.stdout)
    assert found.returncode == 0
    assert "Traceback" not in log.read_text()
