"""What a process knows of the sessions it writes is never more than their files say."""

import json
import os

import pytest

from ai_sessions.errors import NotFound, StorageError
from ai_sessions.records import Change, Message, Said
from ai_sessions.store.files import FileStore, checkpoints, remembered

NAME = "chat-x"


def say(store, *texts):
    return store.append(NAME, [Said(Message("user", text)) for text in texts])


def covered(root):
    """Number of the last entry that `metadata.json` tells."""
    return json.loads((root / NAME / "metadata.json").read_text())["journal"]["seq"]


def test_what_another_process_wrote_is_seen_at_once(files, root):
    say(files, "a")
    other = FileStore(root)
    for number in range(20):
        say(other, str(number))
        assert files.read(NAME).totals.messages == 2 + 2 * number
        assert say(files, "mine").totals.messages == 3 + 2 * number
    assert other.read(NAME).totals.messages == 41
    assert [entry.seq for entry in files.entries(NAME)] == list(range(1, 42))


def test_an_entry_of_another_process_is_no_repeat_and_one_that_is_stays_one(files, root):
    say(files, "a")
    said = Said(Message("user", "b"), "an-id")
    FileStore(root).append(NAME, [said])

    assert files.append(NAME, [said]).totals.messages == 2


def test_messages_do_not_wait_for_the_checkpoint_for_long(files, root):
    for number in range(40):
        session = say(files, str(number))
        assert session.totals.messages == number + 1
        assert FileStore(root).read(NAME).totals.messages == number + 1
        assert number + 1 - covered(root) < 16


def test_what_was_paid_is_in_the_checkpoint_when_the_answer_is_told(files, root, call):
    for number in range(3):
        say(files, "a")
        files.append(NAME, [Said(Message("user", "b")), call()])
        assert covered(root) == 3 * number + 3


def test_the_checkpoint_is_always_written_where_it_must_survive_a_power_cut(root):
    store = FileStore(root, fsync="full")
    for number in range(3):
        say(store, "a")
        assert covered(root) == number + 1


def test_a_session_that_is_gone_is_not_remembered(files, root):
    say(files, "a", "b")
    files.discard(NAME)

    with pytest.raises(NotFound):
        files.read(NAME)
    with pytest.raises(NotFound):
        list(files.entries(NAME, last=1))
    assert say(files, "c").totals.messages == 1


def test_another_session_of_the_name_is_another(files, root):
    uid = say(files, "a").uid
    files.rename(NAME, "away")
    say(FileStore(root), "b", "c")

    assert files.read(NAME).uid != uid
    assert say(files, "d").totals.messages == 3


def test_a_link_in_place_of_the_session_is_refused(files, root):
    say(files, "a")
    moved = root.parent / "elsewhere"
    (root / NAME).rename(moved)
    (root / NAME).symlink_to(moved)

    for work in (files.read, lambda name: list(files.entries(name, last=1))):
        with pytest.raises(StorageError, match="symbolic link"):
            work(NAME)
    with pytest.raises(StorageError):
        say(files, "b")


def test_a_journal_cut_short_is_noticed(files, root):
    say(files, "a")
    say(files, "b")
    path = root / NAME / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-9])

    assert files.read(NAME).totals.messages == 1
    assert say(files, "c").totals.messages == 2
    assert [entry.message.text for entry in files.entries(NAME)] == ["a", "c"]


def test_a_checkpoint_that_somebody_else_wrote_is_read(files, root):
    say(files, "a")
    path = root / NAME / "metadata.json"
    told = path.read_text()
    path.write_text(told.replace('"schema":2', '"schema":9'))
    assert files.read(NAME).notices == ("made by a newer version: read-only here",)

    path.unlink()
    assert files.read(NAME).totals.messages == 1


def test_damage_that_was_seen_is_told_every_time(files, root):
    say(files, "a")
    with (root / NAME / "journal.jsonl").open("ab") as journal:
        journal.write(b"{}\n")
    say(files, "b")

    for _ in range(2):
        assert files.read(NAME).bad_lines == 1
        assert files.read(NAME).notices == ("1 damaged line skipped",)


def test_the_folder_is_made_private_again(files, root):
    say(files, "a")
    root.chmod(0o755)
    say(files, "b")

    assert root.stat().st_mode & 0o777 == 0o700


def test_nothing_is_shared_with_what_was_returned(files):
    files.append(NAME, [Change("state.x", {"a": [1]})])
    say(files, "a")
    files.read(NAME).state["x"]["a"].append(2)

    assert files.read(NAME).state["x"] == {"a": [1]}


def test_a_few_are_remembered_and_large_ones_are_not(root):
    kept = remembered.Remembered(most=2)
    folder = root / "s"
    folder.mkdir(parents=True)
    (folder / checkpoints.JOURNAL).write_bytes(b"x")
    state = remembered.state_at(f"{folder}/{checkpoints.JOURNAL}")
    for name in ("a", "b", "c"):
        kept.put(name, state, None, {"name": name, "recent_ids": ["1"]})
    kept.put("b", state, None, {"name": "b" * 20_000, "recent_ids": []})

    found = [kept.now(name, os.fspath(folder)) for name in ("a", "b", "c")]
    assert found == [None, None, {"name": "c", "recent_ids": ["1"]}]
    found[2]["recent_ids"].append("2")
    assert kept.now("c", os.fspath(folder))["recent_ids"] == ["1"]


def test_its_source_tells_what_is_remembered_as_long_as_it_is_so(files, root, monkeypatch):
    say(files, "a")
    source = files.source()
    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, "readable_row", None)
        assert source.row(NAME)["totals"]["messages"] == 1
        assert [session.totals.messages for session in files.sessions()] == [1]
    say(FileStore(root), "b")

    assert source.row(NAME)["totals"]["messages"] == 2
