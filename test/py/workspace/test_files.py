"""Files of a workspace: who may read them, and what is not followed."""

import os
import stat

import pytest

from ai_sessions.errors import StorageError
from ai_sessions.workspace.logs import save_log


def test_files_of_the_repository_are_readable_and_logs_are_private(space):
    log = save_log(space, "red.txt", "secret output")

    assert stat.S_IMODE(os.stat(space.path("plan.yaml")).st_mode) == 0o644
    assert stat.S_IMODE(os.stat(os.path.join(space.repo, log)).st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_workspace_that_cannot_be_written_is_a_storage_error(space):
    os.chmod(space.folder, 0o500)
    with pytest.raises(StorageError):
        space.write("x", "plan.yaml")
