"""Prices and counts of tokens without a look at the tester's own settings."""

import pytest


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch, tmp_path):
    monkeypatch.setenv("SESSION_PROVIDER", "memory")
    monkeypatch.setenv("HOME", str(tmp_path))
