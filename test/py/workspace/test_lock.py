"""One process at a time changes a feature."""

import os

import pytest

from ai_sessions.errors import LockBusy
from ai_sessions.workspace.lock import lock_feature


def test_a_second_worker_is_told_who_holds_the_feature(space):
    held = lock_feature(space, 0, lambda _text: None)
    try:
        with pytest.raises(LockBusy) as caught:
            lock_feature(space, 0, lambda _text: None)
    finally:
        held.release()
    assert f"pid {os.getpid()}" in caught.value.message
