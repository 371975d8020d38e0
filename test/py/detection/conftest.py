"""Small projects, made from a dict of file names and contents."""

import pytest
from scripted import lay

from ai_sessions.detection.folder import Folder


@pytest.fixture
def made(tmp_path):
    """A folder with these files; programs in an environment can be started."""

    def make(files):
        lay(tmp_path, files)
        for name in files:
            if "/bin/" in name:
                (tmp_path / name).chmod(0o755)
        names = tuple(sorted(name for name in files if not name.startswith((".venv/", "venv/"))))
        return Folder(tmp_path, names)

    return make
