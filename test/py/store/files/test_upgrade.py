"""An upgrade of the first layout may be cut at any step: the old file is there, or the journal."""

import json
import os

import pytest

from ai_sessions.disk import files as disk
from ai_sessions.store.files import checkpoints, journal, upgrade

NAME = "plan-x"
OLD = {"created_at": "2025-10-01T08:00:00Z", "interactions": [{"prompt": "hi", "cost": 0.5}]}


@pytest.fixture
def folder(root):
    folder = root / NAME
    folder.mkdir(parents=True, mode=0o700)
    (folder / checkpoints.NAME).write_text(json.dumps(OLD))
    return folder


def kinds(folder):
    return [entry["type"] for entry in journal.entries(folder / journal.NAME)]


def test_what_is_no_session_of_the_first_layout_is_left_alone(folder):
    (folder / checkpoints.NAME).write_text('{"schema": 2}')

    assert not upgrade.upgrade(folder)
    assert os.listdir(folder) == [checkpoints.NAME]


def test_the_journal_has_every_call_and_the_old_file_is_kept(folder):
    assert upgrade.upgrade(folder)
    assert kinds(folder) == ["session", "interaction"]
    assert json.loads((folder / upgrade.KEPT).read_text()) == OLD
    assert (folder / upgrade.KEPT).stat().st_mode & 0o777 == 0o600


def test_a_write_that_fails_leaves_the_old_file_and_no_journal(folder, files, monkeypatch):
    def full(fd, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "write_all", full)
    with pytest.raises(OSError, match="No space"):
        upgrade.upgrade(folder)
    monkeypatch.undo()

    assert not (folder / journal.NAME).exists()
    assert files.read(NAME).totals.interactions == 1
    assert upgrade.upgrade(folder)
    assert kinds(folder) == ["session", "interaction"]


def test_where_no_second_name_can_be_given_the_old_file_is_copied(folder, monkeypatch):
    def refuse(*_paths, **_options):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(upgrade.os, "link", refuse)

    assert upgrade.upgrade(folder)
    assert json.loads((folder / upgrade.KEPT).read_text()) == OLD
    assert (folder / upgrade.KEPT).stat().st_ino != (folder / checkpoints.NAME).stat().st_ino


def test_a_folder_of_another_name_gets_the_name_of_the_session(folder):
    upgrade.upgrade(folder, "plan-y")

    first = next(iter(journal.entries(folder / journal.NAME)))
    assert (first["command"], first["feature"]) == ("plan", "y")


def test_what_is_of_no_layout_is_moved_out_of_the_way(folder):
    upgrade.set_aside(folder)

    assert os.listdir(folder) == [upgrade.DAMAGED]
