"""Ids that a journal has are found however they are written and wherever they stand."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.store.files import repeats

LINES = [
    '{"type":"note","id":"plain","seq":1}',
    '{"type": "note", "id" : "spaced", "seq": 2}',
    '{"type":"note","id":"say \\"hi\\" \\\\","seq":3}',
    '{"type":"note","id":"größe","seq":4}',
    '{"type":"interaction","id":"call","provider":"p","model":"m","status":"ok","messages":[],'
    '"tokens":{},"cost_nusd":null,"resume":{"id":"conversation"},"seq":5}',
]


@pytest.fixture
def journal(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_text("\n".join(LINES) + "\n" + '{"type":"note","id":"torn","seq":6}')
    return path


@pytest.mark.parametrize("id_", ["plain", "spaced", 'say "hi" \\', "größe", "call", "torn"])
def test_an_id_is_found(journal, id_):
    assert repeats.known(journal, frozenset([id_, "other"])) == {id_}


@pytest.mark.parametrize("id_", ["conversation", "pla", "note", ""])
def test_what_only_looks_like_the_id_of_an_entry_is_not(journal, id_):
    assert repeats.known(journal, frozenset([id_])) == frozenset()


def test_ids_are_found_across_the_pieces_that_are_read(journal, monkeypatch):
    monkeypatch.setattr(repeats, "_BLOCK_BYTES", 16)

    assert repeats.known(journal, frozenset(["größe", "plain"])) == {"größe", "plain"}


def line(number):
    return f'{{"type":"note","id":"n{number}","seq":{number}}}\n'


def ids(*numbers):
    return frozenset(f"n{number}" for number in numbers)


@pytest.fixture
def long(tmp_path, monkeypatch):
    """A journal of 1,000 lines that was looked through twice, and a count of bytes read since."""
    monkeypatch.setattr(repeats, "_BLOCK_BYTES", 1024)
    path = tmp_path / "long.jsonl"
    path.write_text("".join(map(line, range(1000))))
    for _ in range(2):
        assert repeats.known(path, ids(5, -1)) == ids(5)
    read = []
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda *given: read.append(given[1]) or pread(*given))
    return path, read


def test_what_was_looked_through_twice_is_not_read_again_for_new_ids(long):
    path, read = long
    with path.open("a") as file:
        file.write(line(1000))

    assert repeats.known(path, ids(-2, -3, 1000)) == ids(1000)
    assert repeats.known(path, ids(-2, -3, 1001)) == frozenset()
    assert sum(read) < 1024


def test_batches_that_are_there_in_this_order_are_each_read_once(long):
    path, read = long
    for start in range(0, 1000, 50):
        batch = ids(*range(start, start + 50))
        assert repeats.known(path, batch) == batch

    assert sum(read) < 4 * path.stat().st_size


def test_what_comes_after_a_torn_line_is_found(long):
    path, _read = long
    with path.open("a") as file:
        file.write(line(1000)[:10])
    assert repeats.known(path, ids(1000)) == frozenset()
    with path.open("a") as file:
        file.write(line(1000)[10:] + line(1001))

    assert repeats.known(path, ids(1000, 1001, 1002)) == ids(1000, 1001)


def test_a_journal_that_was_replaced_is_looked_through_again(long):
    path, _read = long
    size = path.stat().st_size
    path.write_text("".join(map(line, range(5000, 7000))))  # in place: it has the same inode

    assert path.stat().st_size > size
    assert repeats.known(path, ids(5, 5000, 6999)) == ids(5000, 6999)


@given(st.lists(st.lists(st.integers(0, 40), max_size=8), max_size=12), st.integers(1, 200))
def test_whatever_is_looked_for_in_whatever_order_is_found(tmp_path_factory, batches, block):
    path = tmp_path_factory.mktemp("any") / "journal.jsonl"
    path.touch()
    there = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeats, "_BLOCK_BYTES", block)
        for batch in batches:
            wanted = ids(*batch)
            assert repeats.known(path, wanted) == wanted & there
            with path.open("a") as file:
                file.writelines(line(number) for number in batch if f"n{number}" not in there)
            there |= wanted


@pytest.fixture
def indexed(journal, monkeypatch):
    """A journal that is long enough to ask an index."""
    monkeypatch.setattr(repeats, "_LONG_BYTES", 1)
    return journal


def test_of_a_long_journal_an_index_is_asked_first(indexed):
    asked = []

    def ask(wanted):
        asked.append(wanted)
        return frozenset({"plain"})

    assert repeats.known(indexed, frozenset({"plain", "x"}), ask) == {"plain"}
    assert asked == [{"plain", "x"}]


def test_where_the_index_cannot_tell_the_journal_is_looked_through(indexed):
    assert repeats.known(indexed, frozenset({"plain", "x"}), lambda _wanted: None) == {"plain"}


def test_who_looks_again_looks_through_the_journal(indexed):
    repeats.known(indexed, frozenset({"plain"}), lambda wanted: wanted)

    assert repeats.known(indexed, frozenset({"call", "x"}), lambda wanted: wanted) == {"call"}


def test_a_short_journal_is_looked_through(journal):
    assert repeats.known(journal, frozenset({"call", "x"}), lambda wanted: wanted) == {"call"}


def test_an_index_reads_a_long_journal_before_others_have_to_wait(indexed, tmp_path):
    asked = []
    repeats.prepare(indexed, lambda: frozenset({"x"}), asked.append)
    repeats.prepare(tmp_path / "none", lambda: frozenset({"x"}), asked.append)

    assert asked == [{"x"}]
