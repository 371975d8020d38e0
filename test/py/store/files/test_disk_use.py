"""How much room a store takes: its files, and apart from them what is in the trash."""

import os

import pytest

from ai_sessions.errors import StorageError
from ai_sessions.store.files.disk_use import room


def size(folder):
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def test_no_store_takes_none(root):
    found = room(root)

    assert (found.sessions, found.bytes, found.trash_bytes) == (0, 0, 0)
    assert found.free_bytes is None


def test_what_is_in_the_trash_is_told_apart(files, root, call):
    files.append("plan-x", [call()])
    files.append("plan-y", [call(), call(), call()])
    files.discard("plan-y")
    found = room(root)

    assert found.sessions == 1
    assert found.trash_bytes == size(root / ".trash") > 0
    assert found.bytes == size(root) - found.trash_bytes > 0
    assert found.free_bytes > 0


def test_a_link_counts_as_itself_and_what_it_leads_to_does_not(files, root, call, tmp_path):
    files.append("plan-x", [call()])
    before = room(root).bytes
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "large").write_bytes(b"x" * 100_000)
    link = root / "plan-x" / "logs"
    link.symlink_to(tmp_path / "elsewhere")

    assert room(root).bytes == before + link.lstat().st_size


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_store_that_cannot_be_read_is_a_storage_error(files, root, call):
    files.append("plan-x", [call()])
    root.chmod(0)
    try:
        with pytest.raises(StorageError):
            room(root)
    finally:
        root.chmod(0o700)


def test_a_file_in_place_of_the_store_is_a_storage_error(root):
    root.write_text("in the way")

    with pytest.raises(StorageError, match=str(root)):
        room(root)
