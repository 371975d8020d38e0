"""Whoever shares out work hears that a thread waits for the disk."""

import contextlib

import pytest

from ai_sessions.disk import files
from ai_sessions.disk.waiting import ASIDE


@pytest.fixture
def heard():
    """What is heard by whoever shares out the work of this test."""
    found = []

    @contextlib.contextmanager
    def aside():
        found.append("waits")
        yield
        found.append("goes on")

    token = ASIDE.set(aside)
    yield found
    ASIDE.reset(token)


def test_the_wait_is_told_at_its_beginning_and_end(heard):
    with files.waiting():
        assert heard == ["waits"]

    assert heard == ["waits", "goes on"]


def test_where_nobody_wants_to_know_it_just_waits():
    with files.waiting():
        pass


def test_a_sync_of_a_file_or_folder_is_such_a_wait(heard, tmp_path):
    with (tmp_path / "f").open("wb") as file:
        files.sync_file(file.fileno())
    assert heard == ["waits", "goes on"]

    files.sync_folder(tmp_path)
    assert heard == ["waits", "goes on"] * 2
