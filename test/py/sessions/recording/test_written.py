"""A file goes on only when it is as it was written; a file of somebody else is never ours."""

import os

import pytest

from ai_sessions.errors import StorageError
from ai_sessions.sessions.recording import written
from ai_sessions.sessions.recording.forms import FORMS
from ai_sessions.sessions.recording.marks import Mark

NAME = "session_20261128_101500_a.md"
FORM = FORMS[0]


@pytest.fixture
def folder(tmp_path):
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


@pytest.fixture
def path(tmp_path):
    """A file of ours, with a head and a body of 4 and 6 bytes."""
    mark = Mark("a", 7, "id", 1, "", 0, 4, 6, 1796004523)
    (tmp_path / NAME).write_text("headbody.\n" + FORM.foot(mark))
    os.utime(tmp_path / NAME, (mark.written, mark.written))
    return tmp_path / NAME


def is_whole(folder):
    with written.opened(folder, NAME, FORM) as found:
        return found and found.whole


def test_a_file_as_it_was_written_is_whole(folder, path):
    with written.opened(folder, NAME, FORM) as found:
        assert found.whole
        assert found.head() == b"head"


def test_one_with_another_time_was_changed(folder, path):
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert is_whole(folder) is False


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"x" + data,
        lambda data: data[1:],
        lambda data: data + b"\nadded by an editor\n",
        lambda data: data.replace(b'"seq": 7', b'"seq":  7'),
    ],
    ids=["longer", "shorter", "behind", "mark"],
)
def test_one_with_other_bytes_was_changed_and_is_still_ours(folder, path, change):
    time = path.stat().st_mtime
    path.write_bytes(change(path.read_bytes()))
    os.utime(path, (time, time))

    assert is_whole(folder) is False
    assert not written.is_another(folder, NAME, FORM)


@pytest.mark.parametrize(
    "content", ["# Session: of NovaSystem\n", "\n", "<!-- ai-sessions {} -->\n"]
)
def test_a_file_without_a_mark_is_not_ours(folder, path, content):
    path.write_text(content)

    assert is_whole(folder) is None
    assert written.is_another(folder, NAME, FORM)


def test_an_empty_one_is_nobodys(folder, path):
    path.write_text("")

    assert is_whole(folder) is None
    assert not written.is_another(folder, NAME, FORM)


def test_where_there_is_none_there_is_no_mark(folder):
    assert is_whole(folder) is None
    assert written.mark_of(folder, NAME, FORM) is None
    assert not written.is_another(folder, NAME, FORM)


def test_a_pipe_and_a_link_are_refused(folder, path, tmp_path):
    path.rename(tmp_path / "other")
    path.symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="symbolic links"):
        is_whole(folder)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(StorageError, match="not a regular file"):
        is_whole(folder)
    assert written.mark_of(folder, NAME, FORM) is None
