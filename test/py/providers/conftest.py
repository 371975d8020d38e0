"""Requests, recorded output and watching for the tests of providers."""

from pathlib import Path

import pytest

from ai_sessions.providers.contract import Request

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture
def recorded():
    """The lines of a recorded stream."""
    return lambda name: (FIXTURES / name).read_text(encoding="utf-8").splitlines()


@pytest.fixture
def request_of(tmp_path):
    """A request with everything a test does not care about filled in."""
    return lambda prompt="hello", **more: Request(prompt=prompt, cwd=tmp_path, **more)
