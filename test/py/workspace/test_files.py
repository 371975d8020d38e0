"""Files of a workspace: who may read them, and what is not followed."""

import os
import stat
import subprocess

import pytest

from ai_sessions.errors import StorageError
from ai_sessions.workspace.files import is_passing, save_cached
from ai_sessions.workspace.lock import lock_feature
from ai_sessions.workspace.logs import save_log
from ai_sessions.workspace.task_trees import note_tree


def test_files_of_the_repository_are_readable_and_logs_are_private(space):
    log = save_log(space, "red.txt", "secret output")

    assert stat.S_IMODE(os.stat(space.path("plan.yaml")).st_mode) == 0o644
    assert stat.S_IMODE(os.stat(os.path.join(space.repo, log)).st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_workspace_that_cannot_be_written_is_a_storage_error(space):
    os.chmod(space.folder, 0o500)
    with pytest.raises(StorageError):
        space.write("x", "plan.yaml")


def test_passing_files_are_ignored_on_branches_without_our_rules(space):
    git = ("git", "-C", space.repo)
    subprocess.run([*git, "init", "-q"], check=True)
    save_log(space, "red.txt", "x")
    save_cached(space, "key", 1, "plan.json")
    note_tree(space, "T1.1", "elsewhere")
    lock_feature(space, 0, lambda _text: None).release()

    status = [*git, "status", "--porcelain", "--untracked-files=all"]
    said = subprocess.run(status, check=True, capture_output=True, text=True).stdout
    assert said == "?? .ai-session/pay/plan.yaml\n"


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        ("pay/cache/plan.json", True),
        ("pay/worktrees/T1.1.folder", True),
        ("pay/state/T1.1.json", False),
        ("cache/state/logs", False),
        ("cache/plan.yaml", False),
    ],
)
def test_what_passes_is_in_folders_of_that_name(name, passes):
    assert is_passing(name) is passes
