"""Private files, replaced whole, never reached through a link or a pipe."""

import errno
import os
import stat
from types import SimpleNamespace

import pytest

from ai_sessions.disk import files
from ai_sessions.errors import StorageError


def test_a_replaced_file_has_the_new_content_and_is_private(tmp_path):
    path = tmp_path / "f"
    path.write_text("old")
    files.replace(path, b"new")

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in tmp_path.iterdir()] == ["f"]


def test_a_file_for_others_keeps_the_mode_asked_for(tmp_path):
    files.replace(tmp_path / "f", b"", sync=False, mode=0o644)

    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o644


def test_a_failed_replacement_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "folder"
    path.mkdir()

    with pytest.raises(OSError, match="directory"):
        files.replace(path, b"new")
    assert [item.name for item in tmp_path.iterdir()] == ["folder"]


def test_replacing_a_link_leaves_its_target_alone(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("mine")
    link.symlink_to(target)
    files.replace(link, b"new")

    assert target.read_text() == "mine"
    assert link.read_bytes() == b"new"
    assert not link.is_symlink()


def test_a_link_is_not_opened(tmp_path):
    (tmp_path / "link").symlink_to("/etc/passwd")

    with pytest.raises(OSError, match="symbolic") as refused:
        files.open_safely(tmp_path / "link", os.O_RDONLY)
    assert refused.value.errno == errno.ELOOP


@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_RDWR | os.O_CREAT])
def test_a_pipe_in_place_of_a_file_is_refused_without_waiting(tmp_path, flags):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(StorageError, match="not a regular file"):
        files.open_safely(tmp_path / "pipe", flags)


def test_a_file_longer_than_allowed_is_refused(tmp_path):
    (tmp_path / "f").write_bytes(b"x" * 200_000)

    assert len(files.read_bytes(tmp_path / "f", 200_000)) == 200_000
    with pytest.raises(ValueError, match="longer than 199999"):
        files.read_bytes(tmp_path / "f", 199_999)


def test_every_missing_parent_is_private(tmp_path):
    before = os.umask(0)
    try:
        files.make_folders(tmp_path / "a" / "b" / "c")
    finally:
        os.umask(before)

    modes = [stat.S_IMODE((tmp_path / part).stat().st_mode) for part in ("a", "a/b", "a/b/c")]
    assert modes == [0o700] * 3


def test_a_link_or_a_file_in_place_of_a_folder_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "file").touch()

    for name in ("link", "file"):
        with pytest.raises(StorageError, match="not a folder"):
            files.make_folder(tmp_path / name)


def test_an_error_names_the_file_and_what_to_do():
    with (
        pytest.raises(StorageError, match=r"^/there: No space left on device$") as full,
        files.reported("/there"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert full.value.exit_code == 11
    assert "free some space" in full.value.hint


@pytest.mark.parametrize("place", ["", "new/deep", "file", "file/in it"])
def test_an_obstacle_is_found_without_touching_anything(tmp_path, place):
    (tmp_path / "file").touch()
    found = files.obstacle(tmp_path / place)

    assert (found is not None) == place.startswith("file")
    assert found is None or found.message == f"{tmp_path / 'file'}: Not a directory"
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("access", lambda *_: False, "Permission denied"),
        ("statvfs", lambda _: SimpleNamespace(f_flag=os.ST_RDONLY), "Read-only file system"),
    ],
)
def test_a_folder_that_may_not_be_written_is_an_obstacle(tmp_path, monkeypatch, name, answer, told):
    monkeypatch.setattr(os, name, answer)
    found = files.obstacle(tmp_path / "new")

    assert found is not None
    assert found.message == f"{tmp_path}: {told}"
