"""Logs are numbered, and none is ever written over."""

import os

from ai_sessions.workspace.logs import save_log


def test_a_number_is_not_used_again_after_a_deletion(space):
    logs = [save_log(space, "red.txt", text) for text in ("one", "two", "three")]
    os.unlink(os.path.join(space.repo, logs[0]))
    last = save_log(space, "red.txt", "four")

    assert os.path.basename(last) == "0004-red.txt"
    assert space.text("logs", "0003-red.txt") == "three"
