"""A server that answers, and commands that talk in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import openai_server

LAUNCH = Path(__file__).parents[4] / "pylib" / "ai_sessions" / "cli" / "launch.py"


@pytest.fixture
def serve(root, monkeypatch):
    """Begin a server of chat completions with a script, and use it from here on."""
    servers = []

    def begin(script=()):
        server = openai_server.server(script)
        server.__enter__()
        servers.append(server)
        monkeypatch.setenv("AI_PROVIDER", "openai")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        return server

    yield begin
    for server in servers:
        server.__exit__()


@pytest.fixture
def begin(root):
    """Begin a command, which ends with the test."""
    begun = []

    def started(*words, **more):
        streams = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }
        command = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LAUNCH), *words],
            env={**os.environ},
            text=True,
            **{**streams, **more},
        )
        begun.append(command)
        return command

    yield started
    for command in begun:
        command.kill()
        command.communicate()
