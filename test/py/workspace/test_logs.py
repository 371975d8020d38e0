"""Logs are numbered, and none is ever written over."""

import os

from ai_sessions.workspace.logs import save_log


def test_a_number_is_not_used_again_after_a_deletion(space):
    logs = [save_log(space, "red.txt", text) for text in ("one", "two", "three")]
    os.unlink(os.path.join(space.repo, logs[0]))
    last = save_log(space, "red.txt", "four")

    assert os.path.basename(last) == "0004-red.txt"
    assert space.text("logs", "0003-red.txt") == "three"


def test_text_for_people_steers_no_terminal_and_a_patch_stays_as_it_is(space):
    for name in ("red.txt", "refused.patch"):
        save_log(space, name, "a\x1b[31mb\r\n")

    assert space.text("logs", "0001-red.txt") == "ab\n"
    assert space.text("logs", "0002-refused.patch") == "a\x1b[31mb\r\n"
