"""What happens when a server cannot begin."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import ai_sessions
from ai_sessions.api import serving
from ai_sessions.api.address import Address
from ai_sessions.errors import ConfigError


def test_without_its_packages_the_extra_is_named(tmp_path):
    begun = """
import sys
for name in ("starlette", "uvicorn"):
    sys.modules[name] = None  # as where it is not installed
from ai_sessions.cli import start
sys.exit(start.main(["serve", "--port", "0"]))
"""
    environment = {"SESSION_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": os.defpath}
    environment["PYTHONPATH"] = str(Path(ai_sessions.__file__).parents[1])
    words = [sys.executable, "-c", begun]
    ended = subprocess.run(
        words, check=False, env=environment, capture_output=True, text=True, timeout=60
    )

    assert ended.returncode == ConfigError.exit_code
    assert "error: serve.sh needs the extra `api`" in ended.stderr
    assert "--api" in ended.stderr


def test_a_port_that_is_taken_is_told(service):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}: Address already in use"):
            serving.serve(service, Address(port=port), print)
