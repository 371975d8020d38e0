"""An upgrade of the first layout may be cut at any step: the old file is there, or the journal."""

import json
import os
import shutil
from pathlib import Path

import pytest

from ai_sessions.disk import files as disk
from ai_sessions.index import Index, sessions
from ai_sessions.records import Change, Message, Pin, Said
from ai_sessions.store import facts, totals
from ai_sessions.store.files import FileStore, checkpoints, journal, upgrade

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


#: Written by the version before conversations were recorded: no facts, no sums of tool calls.
BEFORE = Path(__file__).parents[3] / "fixtures" / "store-before-conversations"


@pytest.fixture
def before(root):
    shutil.copytree(BEFORE, root)
    return FileStore(root, fsync="none")


@pytest.fixture
def opened(monkeypatch):
    """Names of the sessions whose journals are opened from now on."""
    names = []
    inner = disk.open_safely

    def open_safely(path, *given, **named):
        folder, name = os.path.split(path)
        if name == journal.NAME:
            names.append(os.path.basename(folder))
        return inner(path, *given, **named)

    monkeypatch.setattr(disk, "open_safely", open_safely)
    return names


def test_a_store_of_before_conversations_is_listed_without_a_look_into_a_journal(
    before, root, opened
):
    listed = {one.name: one for one in before.sessions()}
    rows = sessions.rows(Index(before.source(), str(root), 0))

    assert opened == []
    assert [(one.kind, one.totals.messages) for one in listed.values()] == [
        ("work", 6),
        ("chat", 2),
        ("work", 6),
    ]
    assert (listed["notes"].tags, listed["notes"].pinned) == (("home",), True)
    assert {one.totals.tool_calls for one in listed.values()} == {0}
    assert sum(one["totals"]["cost_nusd"] for one in rows) == 9_000_000


def test_what_is_written_to_one_of_them_opens_no_journal_of_another(before, opened):
    before.append("notes", [Said(Message("user", "new")), Pin("p", "keep"), Change("state.x", 1)])
    session = before.read("notes")

    assert set(opened) == {"notes"}
    assert (session.totals.messages, session.state, session.pins["p"].text) == (3, {"x": 1}, "keep")


#: What Python programs are told of their own sessions; sessions of before them begin at 0.
COUNTED_SINCE = ("user_messages", "answers", "spoken_tokens")


def test_their_checkpoints_are_what_their_journals_come_to(before, root):
    for name in before.names():
        kept = totals.completed(json.loads((root / name / checkpoints.NAME).read_text()))
        made = journal.advance(root / name / journal.NAME, totals.empty(name))
        for sums in (kept["totals"], made["totals"]):
            for count in COUNTED_SINCE:
                del sums[count]
        assert kept == made
        assert made[facts.KEY] == {}
