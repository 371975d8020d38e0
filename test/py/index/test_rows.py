"""Rows from the index are the rows of the checkpoints, whatever happened behind its back."""

import os
import shutil
import sqlite3

import pytest

from ai_sessions.accounting import stats
from ai_sessions.display import briefs
from ai_sessions.index import database, rows
from ai_sessions.store.files import checkpoints


def listed(library):
    return list(rows.rows(library.root, worthwhile=0))


@pytest.fixture
def known(library):
    """Three sessions, all of them in the index."""
    for name in ("alpha", "beta", "gamma"):
        library.say(name, f"hello from {name}")
    listed(library)
    return library


def append(library):
    library.say("beta", "more")


def append_and_lose_the_checkpoint(library):
    library.say("beta", "more")
    (library.root / "beta/metadata.json").unlink()


def append_and_put_the_times_back(library):
    folder = library.root / "beta"
    times = {path: path.stat() for path in (folder, *folder.iterdir())}
    library.say("beta", "more")
    for path, was in times.items():
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


def remove(library):
    shutil.rmtree(library.root / "beta")


def remove_half(library):
    remove(library)
    shutil.rmtree(library.root / "gamma")


def make_anew_with_as_many_records(library):
    remove(library)
    library.say("beta", "hello from beta")


def move_away_and_begin_again(library):
    (library.root / "beta").rename(library.root / "delta")
    library.say("beta", "another")


def times_in_the_future(library):
    library.say("beta", "more")
    os.utime(library.root / "beta/journal.jsonl", (2**33, 2**33))


def delete_the_index(library):
    database.remove(str(library.root / database.NAME))


def tear_the_last_line(library):
    with open(library.root / "beta/journal.jsonl", "ab") as journal:
        journal.write(b'{"v":2,"type":"inter')


@pytest.mark.parametrize(
    "change",
    [
        append,
        append_and_lose_the_checkpoint,
        append_and_put_the_times_back,
        remove,
        remove_half,
        make_anew_with_as_many_records,
        move_away_and_begin_again,
        times_in_the_future,
        delete_the_index,
        tear_the_last_line,
    ],
)
def test_no_answer_is_stale(known, change):
    change(known)

    assert listed(known) == list(checkpoints.rows(known.root))


def test_the_second_look_reads_no_checkpoint(known, monkeypatch):
    monkeypatch.setattr(checkpoints, "readable_row", lambda *_: pytest.fail("read again"))

    assert [row["name"] for row in listed(known)] == ["alpha", "beta", "gamma"]


def damage_with_nothing(path):
    path.write_bytes(b"")


def damage_with_garbage(path):
    path.write_bytes(b"\0" * 4096)


def damage_by_cutting(path):
    os.truncate(path, 1000)


def damage_by_another_format(path):
    with sqlite3.connect(path) as connection:
        connection.execute("pragma user_version = 7")


@pytest.mark.parametrize(
    "damage",
    [damage_with_nothing, damage_with_garbage, damage_by_cutting, damage_by_another_format],
)
def test_a_damaged_index_changes_no_answer(known, damage):
    damage(known.root / database.NAME)

    assert listed(known) == list(checkpoints.rows(known.root))
    assert listed(known) == list(checkpoints.rows(known.root))


def test_a_locked_index_is_passed_over(known):
    with sqlite3.connect(known.root / database.NAME, isolation_level=None) as other:
        other.execute("begin exclusive")
        known.say("delta", "hello")

        assert len(listed(known)) == 4


def test_a_link_in_place_of_the_index_is_not_followed(known, tmp_path):
    delete_the_index(known)
    (tmp_path / "target").write_text("precious")
    (known.root / database.NAME).symlink_to(tmp_path / "target")

    assert len(listed(known)) == 3
    assert (tmp_path / "target").read_text() == "precious"


def test_the_index_is_private(known):
    assert (known.root / database.NAME).stat().st_mode & 0o777 == 0o600


def test_few_sessions_make_no_index(library):
    library.say("alpha", "hello")
    list(rows.rows(library.root))

    assert not (library.root / database.NAME).exists()


@pytest.mark.parametrize("worthwhile", [0, 1000])
def test_lines_and_totals_are_those_of_the_rows(known, worthwhile):
    listed = sorted(checkpoints.rows(known.root), key=lambda row: row["last_used"], reverse=True)

    assert rows.lines(known.root, worthwhile) == ([briefs.line(row) for row in listed], [])
    assert rows.totals(known.root, worthwhile=worthwhile) == (stats.overall(listed), [])


def test_the_dearest_groups_alone_still_tell_how_many_there_are(known):
    known.say("delta", "hello", feature="payments")
    sums, _notes = rows.totals(known.root, most=1, worthwhile=0)

    assert (sums["features"], len(sums["by_feature"])) == (2, 1)
    assert sums["sessions"] == 4


def test_what_a_reader_should_know_comes_with_every_answer(known):
    tear_the_last_line(known)
    with open(known.root / "beta/journal.jsonl", "ab") as journal:
        journal.write(b"\n")
    told = ["beta: 1 damaged line skipped"]

    assert rows.lines(known.root, worthwhile=0)[1] == told
    assert rows.totals(known.root, worthwhile=0)[1] == told


def test_sums_beyond_what_the_index_can_hold_are_right_all_the_same(known):
    journal = known.root / "beta/journal.jsonl"
    priced = b'"cost_nusd":' + str(2**63 - 1).encode()
    journal.write_bytes(journal.read_bytes().replace(b'"cost_nusd":null', priced))

    assert listed(known) == list(checkpoints.rows(known.root))
    assert rows.totals(known.root, worthwhile=0)[0]["cost_nusd"] > 2**62
