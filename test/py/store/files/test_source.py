"""What an index asks of the store on disk: which sessions changed, by the stat of their files."""

import os

import pytest

from ai_sessions.errors import StorageError
from ai_sessions.store.files.source import FileSource

NAME = "plan-x"


def test_a_session_without_a_journal_is_told_of_when_it_gets_one(tmp_path):
    """The first layout: no journal at the last look is no promise for the next."""
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / "metadata.json").write_text('{"interactions": []}')
    source = FileSource(tmp_path)
    cursor, *_names = source.changes()
    assert source.changes(cursor) == (cursor, [], [])

    (folder / "journal.jsonl").write_text("{}\n")
    again, names, _gone = source.changes(cursor)
    assert names == [NAME]
    (folder / "journal.jsonl").unlink()
    assert source.changes(again)[1] == [NAME]


@pytest.mark.parametrize("change", ["metadata.json", "journal.jsonl"])
def test_a_session_whose_file_has_other_bytes_or_times_has_changed(tmp_path, change):
    (tmp_path / NAME).mkdir()
    file = tmp_path / NAME / change
    file.write_text("{}\n")
    cursor, *_names = FileSource(tmp_path).changes()
    os.utime(file, ns=(1, -5))

    assert FileSource(tmp_path).changes(cursor)[1] == [NAME]


def test_a_name_of_the_last_look_that_is_no_folder_any_more_is_gone(tmp_path):
    (tmp_path / NAME).mkdir()
    cursor, *_names = FileSource(tmp_path).changes()
    (tmp_path / NAME).rmdir()
    (tmp_path / NAME).write_text("a file")

    assert FileSource(tmp_path).changes(cursor)[1:] == ([], [NAME])
    assert FileSource(tmp_path / "nowhere").changes(cursor)[1:] == ([], [NAME])


@pytest.mark.parametrize("bookmark", ["", "x", "1:y:z", "0:7:abc"])
def test_a_bookmark_that_fits_no_journal_tells_all_of_it(files, root, call, bookmark):
    files.append(NAME, [call(id="a")])
    increment = FileSource(root).follow(NAME, bookmark)

    assert increment.whole
    assert [entry["type"] for _place, entry in increment] == ["session", "interaction"]


def test_a_journal_that_was_replaced_is_told_whole(files, root, call):
    files.append(NAME, [call(id="a")])
    first = FileSource(root).follow(NAME)
    list(first)
    path = root / NAME / "journal.jsonl"
    copied = path.read_bytes()
    path.rename(root / "old")
    path.write_bytes(copied)

    assert FileSource(root).follow(NAME, first.bookmark).whole


def test_a_journal_that_cannot_be_read_is_a_storage_error(files, root, call):
    files.append(NAME, [call()])
    (root / NAME / "journal.jsonl").unlink()
    (root / NAME / "journal.jsonl").mkdir()

    with pytest.raises(StorageError, match="journal"):
        list(FileSource(root).follow(NAME))
    assert FileSource(root).entry_at(NAME, 0) is None
