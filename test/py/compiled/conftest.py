"""The compiled scan, made where there is a compiler."""

import os

import pytest

from ai_sessions.compiled import build
from ai_sessions.compiled.calls import Calls
from ai_sessions.compiled.library import loaded


@pytest.fixture
def calls() -> Calls:
    """An empty table."""
    if not build.build(os.environ):
        pytest.skip("no C compiler (cc) here, so nothing to compare")
    library = loaded()
    assert library is not None
    return Calls(library)
