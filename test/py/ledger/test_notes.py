"""Notes of calls without a session: read once, whatever a killed process left."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.errors import StorageError
from ai_sessions.ledger import notes


@pytest.fixture
def root(tmp_path):
    (tmp_path / notes.FOLDER).mkdir()
    return tmp_path


def spend(root, nusd):
    notes.add(root, {"ts": "2026-11-28T10:00:00.000Z", "model": "m", "cost_nusd": nusd})


def costs(root, bookmark=""):
    increment = notes.Increment(root, bookmark)
    found = [note["cost_nusd"] for _place, note in increment]
    return found, increment.bookmark


def file_of(root):
    return root / notes.FOLDER / "spent.jsonl"


def test_from_a_bookmark_on_only_what_is_new_is_told(root):
    spend(root, 1)
    _old, bookmark = costs(root)
    spend(root, 2)
    spend(root, None)

    found, bookmark = costs(root, bookmark)
    assert found == [2, None]
    assert costs(root, bookmark) == ([], bookmark)


def test_without_a_file_there_is_nothing(tmp_path):
    assert costs(tmp_path) == ([], "")
    assert costs(tmp_path, "1:2:3") == ([], "")


def test_a_file_that_was_replaced_is_read_from_the_beginning(root):
    spend(root, 1)
    _old, bookmark = costs(root)
    path = file_of(root)
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    os.rename(other, path)
    spend(root, 2)

    assert costs(root, bookmark)[0] == [1, 2]
    assert notes.Increment(root, bookmark).whole


@pytest.mark.parametrize("bookmark", ["", "x", "1", "1:", "1:x:y", "::", "9:9:9"])
def test_a_bookmark_that_means_nothing_is_the_beginning(root, bookmark):
    spend(root, 1)

    assert costs(root, bookmark)[0] == [1]


def test_a_file_that_was_cut_is_read_from_the_beginning(root):
    spend(root, 1)
    spend(root, 2)
    _old, bookmark = costs(root)
    path = file_of(root)
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])

    assert costs(root, bookmark)[0] == [1]


def test_a_line_that_lacks_its_newline_counts_at_once_and_keeps_its_place(root):
    spend(root, 1)
    path = file_of(root)
    path.write_bytes(path.read_bytes()[:-1])
    [(first, _note)] = notes.Increment(root)
    _found, bookmark = costs(root)
    spend(root, 2)

    again = list(notes.Increment(root, bookmark))
    assert [note["cost_nusd"] for _place, note in again] == [1, 2]
    assert again[0][0] == first == 0


@given(st.integers(0, 120))
def test_a_killed_writer_loses_its_own_note_at_most(tmp_path_factory, cut):
    root = tmp_path_factory.mktemp("notes")
    (root / notes.FOLDER).mkdir()
    spend(root, 1)
    spend(root, 2)
    path = file_of(root)
    path.write_bytes(path.read_bytes()[: path.stat().st_size - cut])
    _found, bookmark = costs(root)
    spend(root, 3)

    assert costs(root)[0] in ([1, 2, 3], [1, 3])
    assert costs(root, bookmark)[0][-1] == 3


@pytest.mark.parametrize(
    "line", [b"[]", b"{}", b"3", b"\xff", b"[" * 99999, b'{"cost_nusd":-1}', b'{"cost_nusd":1e999}']
)
def test_a_damaged_line_counts_as_nothing(root, line):
    spend(root, 1)
    with file_of(root).open("ab") as file:
        file.write(line + b"\n")
    spend(root, 2)

    assert costs(root)[0] == [1, 2]


def test_what_is_no_file_is_told(root):
    file_of(root).mkdir()

    with pytest.raises(StorageError, match="not a regular file"):
        notes.Increment(root)
