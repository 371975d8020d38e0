"""Private files that are replaced whole, and never through a link."""

import os
import stat
from pathlib import Path

import pytest

from ai_sessions.assistant.folder import Folder
from ai_sessions.disk import locks
from ai_sessions.errors import ConfigError, StorageError

NAME = "user_session.json"


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def put(folder, data):
    """A file as another program left it."""
    Path(folder.path).mkdir(mode=0o700)
    Path(folder.place(NAME)).write_bytes(data)


def test_what_was_never_written_is_none(folder):
    assert folder.read(NAME) is None
    assert not Path(folder.path).exists()


def test_an_object_comes_back_as_it_was_written(folder):
    folder.write(NAME, {"user_name": "Zoë", "more": [1, None]})

    assert folder.read(NAME) == {"user_name": "Zoë", "more": [1, None]}


def test_files_and_folder_are_private_whatever_the_umask(folder):
    before = os.umask(0)
    try:
        folder.write(NAME, {})
    finally:
        os.umask(before)

    assert mode(folder.path) == 0o700
    assert mode(folder.place(NAME)) == 0o600


def test_a_folder_that_others_can_read_becomes_private_with_a_warning(folder, warnings):
    Path(folder.path).mkdir(mode=0o755)

    folder.write(NAME, {})

    assert mode(folder.path) == 0o700
    assert "was readable for other users" in warnings[0]


def test_a_file_that_is_a_link_is_neither_read_nor_written(folder, tmp_path):
    target = tmp_path / "elsewhere.json"
    target.write_text("{}")
    Path(folder.path).mkdir(mode=0o700)
    Path(folder.place(NAME)).symlink_to(target)

    for act in (lambda: folder.read(NAME), lambda: folder.write(NAME, {"a": 1})):
        with pytest.raises(StorageError, match="symbolic link"):
            act()
    assert target.read_text() == "{}"


def test_a_folder_that_is_a_link_is_neither_read_nor_written(tmp_path, warnings):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    folder = Folder(str(tmp_path / "link"), warnings.append)

    with pytest.raises(StorageError, match="never followed"):
        folder.read(NAME)
    with pytest.raises(StorageError, match="never followed"):
        folder.write(NAME, {})
    assert list((tmp_path / "real").iterdir()) == []


def test_a_folder_that_nobody_can_make_is_named(tmp_path, warnings):
    (tmp_path / "file").touch()

    for path in ("/proc/none", str(tmp_path / "file" / "below")):
        with pytest.raises(StorageError, match=path) as caught:
            Folder(path, warnings.append).write(NAME, {})
        assert "ASSISTANT_DIR" in caught.value.hint


def test_removing_a_link_leaves_what_it_leads_to(folder, tmp_path):
    target = tmp_path / "elsewhere.json"
    target.write_text("{}")
    Path(folder.path).mkdir(mode=0o700)
    Path(folder.place(NAME)).symlink_to(target)

    assert folder.remove(NAME)

    assert target.read_text() == "{}"
    assert not Path(folder.place(NAME)).is_symlink()


def test_removing_what_is_not_there_says_so(folder):
    assert not folder.remove(NAME)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'{"user_name": "Dec', "user_session.json:1: not JSON"),
        (b"{\n}}", "user_session.json:2: not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"", "not JSON"),
    ],
)
def test_what_is_no_object_is_an_error_and_stays_as_it_is(folder, data, told):
    put(folder, data)

    with pytest.raises(ConfigError, match=told):
        folder.read(NAME)
    assert Path(folder.place(NAME)).read_bytes() == data


def test_a_file_that_is_far_too_long_is_refused(folder):
    put(folder, b" " * (1 << 22) + b"{}")

    with pytest.raises(StorageError, match="longer than"):
        folder.read(NAME)


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_file_ends_as_it_ended_before(folder, end):
    put(folder, b'{\n  "a": 1\n}' + end.encode())

    folder.write(NAME, {"a": 1})

    assert Path(folder.place(NAME)).read_bytes() == b'{\n  "a": 1\n}' + end.encode()


def test_half_a_surrogate_pair_is_kept(folder):
    folder.write(NAME, {"a": "\ud800"})

    assert folder.read(NAME) == {"a": "\ud800"}


def test_a_pipe_in_place_of_a_file_hangs_nobody(folder):
    Path(folder.path).mkdir(mode=0o700)
    os.mkfifo(folder.place(NAME))

    with pytest.raises(StorageError) as error:
        folder.read(NAME)
    assert error.value.message == f"{folder.place(NAME)}: not a regular file"


def test_what_a_lock_says_of_another_folder_is_said_of_this_one(folder, monkeypatch):
    def refused(*_args):
        raise StorageError("read-only", "point SESSION_DIR at a folder you can write")

    monkeypatch.setattr(locks, "acquire", refused)
    with pytest.raises(StorageError) as error, folder.held():
        pass
    assert error.value.hint == "point ASSISTANT_DIR at a folder you can write"


def test_a_folder_of_all_users_is_refused(tmp_path, warnings):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o1777)

    with pytest.raises(ConfigError, match="shared by all users") as raised:
        Folder(str(tmp_path / "shared"), warnings.append).write(NAME, {})
    assert "ASSISTANT_DIR" in raised.value.hint


def test_what_a_killed_process_left_behind_goes(folder):
    folder.write(NAME, {})
    old, new = (Path(folder.place(f"{NAME}.1.0123456{one}.tmp")) for one in "78")
    for draft in (old, new):
        draft.touch()
    os.utime(old, (0, 0))

    with folder.held():
        pass

    assert (old.exists(), new.exists()) == (False, True)


def test_only_one_at_a_time_holds_the_folder(folder, monkeypatch):
    monkeypatch.setattr("ai_sessions.assistant.folder._LOCK_WAIT_S", 0.0)

    with folder.held(), pytest.raises(Exception, match="in use"), folder.held():
        pass
