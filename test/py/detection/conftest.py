"""Small projects, made from a dict of file names and contents."""

import pytest

from ai_sessions.detection.folder import Folder


@pytest.fixture
def made(tmp_path):
    """A folder with these files; programs in an environment can be started."""

    def make(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            if "/bin/" in name:
                path.chmod(0o755)
        names = tuple(sorted(name for name in files if not name.startswith((".venv/", "venv/"))))
        return Folder(tmp_path, names)

    return make
