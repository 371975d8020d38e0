"""One process at a time changes a working tree, and a feature."""

import os
import subprocess

import pytest

from ai_sessions.errors import LockBusy
from ai_sessions.workspace.lock import lock_feature, lock_tree


def test_a_second_worker_is_told_who_holds_the_feature(space):
    held = lock_feature(space, 0, lambda _text: None)
    try:
        with pytest.raises(LockBusy) as caught:
            lock_feature(space, 0, lambda _text: None)
    finally:
        held.release()
    assert f"pid {os.getpid()}" in caught.value.message


def test_all_features_share_the_lock_of_their_working_tree(repo):
    held = lock_tree(str(repo), 0, lambda _text: None)
    try:
        with pytest.raises(LockBusy) as caught:
            lock_tree(str(repo), 0, lambda _text: None)
    finally:
        held.release()
    assert "the working tree shop is in use by pid" in caught.value.message


def test_linked_working_trees_do_not_wait_for_each_other(repo, tmp_path):
    subprocess.run(["git", "worktree", "add", "-q", tmp_path / "linked"], cwd=repo, check=True)
    held = lock_tree(str(repo), 0, lambda _text: None)
    try:
        lock_tree(str(tmp_path / "linked"), 0, lambda _text: None).release()
    finally:
        held.release()


@pytest.fixture
def repo(tmp_path):
    made = tmp_path / "shop"
    made.mkdir()
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "Begin"]):
        named = ["-c", "user.name=T", "-c", "user.email=t@example.com"]
        subprocess.run(["git", *named, *words], cwd=made, check=True)
    return made
