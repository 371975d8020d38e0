"""Settings for the tests of assembly."""

import pytest

from ai_sessions import config


@pytest.fixture
def settings(tmp_path):
    return config.load({"SESSION_DIR": str(tmp_path / "s"), "SESSION_FSYNC": "none"})
