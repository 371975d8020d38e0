"""Raw output goes when it is old, and only regular files of ours do."""

import os
from datetime import UTC, datetime

import pytest

from ai_sessions.store.files import raw_output

THEN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    """Two old logs, and one of which the last byte came at that very moment."""
    logs = tmp_path / "logs"
    logs.mkdir()
    for name, size, after_s in (("a.log", 10, -1), ("b.log", 5, -9), ("new.log", 7, 0)):
        (logs / name).write_bytes(b"x" * size)
        os.utime(logs / name, (0, THEN.timestamp() + after_s))
    return tmp_path


def test_a_session_without_logs_has_nothing_to_free(tmp_path):
    assert raw_output.size_before(tmp_path, THEN) == 0
    assert raw_output.drop(tmp_path, THEN) == 0


def test_what_is_told_is_what_is_freed(folder):
    assert raw_output.size_before(folder, THEN) == 15
    assert raw_output.drop(folder, THEN) == 15
    assert os.listdir(folder / "logs") == ["new.log"]
    assert raw_output.size_before(folder, THEN) == 0


def test_what_is_no_regular_file_stays_and_counts_nothing(folder, tmp_path):
    mine = tmp_path / "mine"
    mine.write_bytes(b"y" * 100)
    os.utime(mine, (0, 0))
    (folder / "logs" / "link").symlink_to(mine)
    os.utime(folder / "logs" / "link", (0, 0), follow_symlinks=False)
    (folder / "logs" / "sub").mkdir()
    os.utime(folder / "logs" / "sub", (0, 0))

    assert raw_output.drop(folder, THEN) == 15
    assert sorted(os.listdir(folder / "logs")) == ["link", "new.log", "sub"]
    assert mine.stat().st_size == 100


def test_a_link_in_place_of_the_folder_is_not_followed(folder, tmp_path):
    session = tmp_path / "other"
    session.mkdir()
    (session / "logs").symlink_to(folder / "logs")

    assert raw_output.size_before(session, THEN) == 0
    assert raw_output.drop(session, THEN) == 0
    assert len(os.listdir(folder / "logs")) == 3


def test_what_another_clean_up_has_taken_is_not_counted_twice(folder, monkeypatch):
    unlink = os.unlink

    def taken(name, *, dir_fd):
        unlink(name, dir_fd=dir_fd)
        if name == "a.log":
            raise FileNotFoundError(name)

    monkeypatch.setattr(raw_output.os, "unlink", taken)

    assert raw_output.drop(folder, THEN) == 5
