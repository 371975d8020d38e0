"""Which sessions are in use is told by who holds their turn, not by files that were left."""

import os

from ai_sessions.records import About
from ai_sessions.store.files.in_use import in_use


def test_a_turn_that_ended_leaves_a_file_and_nobody(files, root):
    files.ensure("plan-x", About())
    with files.turn("plan-x", 0):
        pass

    assert (root / "plan-x" / ".turn").exists()
    assert in_use(root) == {}


def test_only_sessions_with_a_turn_are_told_with_who_has_it(files, root):
    for name in ("plan-x", "plan-y"):
        files.ensure(name, About())
    with files.turn("plan-y", 0):
        (found,) = in_use(root).items()

    assert found[0] == "plan-y"
    assert found[1].startswith(f"pid {os.getpid()}, since 2")


def test_no_store_has_none(root):
    assert in_use(root) == {}
