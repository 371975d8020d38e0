"""Rows from the index are those of the store, whatever happened behind its back."""

import json
import os
import shutil
import sqlite3
from datetime import UTC, datetime

import pytest

from ai_sessions.accounting import stats
from ai_sessions.display import briefs
from ai_sessions.errors import StorageError
from ai_sessions.index import NAME, Index, database, sessions
from ai_sessions.index.overview import Budgets, overview
from ai_sessions.records import About
from ai_sessions.store.files.source import FileSource
from ai_sessions.store.memory import MemoryStore


def listed(library):
    return sessions.rows(library.index)


def stored(library):
    return [briefs.public(row) for row in library.store.source().rows()]


def totals(index, most=None):
    """Sums of everything, and the notes, as `stats` has them."""
    found = overview(index, datetime.now(UTC), UTC, Budgets({}, lambda _first, _last: None), most)
    return found.whole, found.notes


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
    database.remove(str(library.root / NAME))


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

    assert listed(known) == stored(known)


def test_the_second_look_reads_no_checkpoint(known, monkeypatch):
    monkeypatch.setattr(FileSource, "row", lambda *_: pytest.fail("read again"))

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
    damage(known.root / NAME)

    assert listed(known) == stored(known)
    assert listed(known) == stored(known)


def test_a_locked_index_is_passed_over(known):
    with sqlite3.connect(known.root / NAME, isolation_level=None) as other:
        other.execute("begin exclusive")
        known.say("delta", "hello")

        assert len(listed(known)) == 4


def test_a_link_in_place_of_the_index_is_not_followed(known, tmp_path):
    delete_the_index(known)
    (tmp_path / "target").write_text("precious")
    (known.root / NAME).symlink_to(tmp_path / "target")

    assert len(listed(known)) == 3
    assert (tmp_path / "target").read_text() == "precious"


def test_the_index_is_private(known):
    assert (known.root / NAME).stat().st_mode & 0o777 == 0o600


def test_few_sessions_make_no_index(library):
    library.say("alpha", "hello")
    sessions.rows(Index(library.store.source(), str(library.root)))

    assert not (library.root / NAME).exists()


@pytest.mark.parametrize("worthwhile", [0, 1000])
def test_lines_texts_and_totals_are_those_of_the_rows(library, worthwhile):
    for name in ("alpha", "beta", "gamma"):
        library.say(name, f"hello from {name}")
    index = Index(library.store.source(), str(library.root), worthwhile)
    newest = sessions.newest_first(library.store.source().rows())

    assert sessions.lines(index) == ([briefs.line(row) for row in newest], [])
    taken = []
    assert sessions.texts(index, taken.extend) == []
    assert list(map(json.loads, taken)) == [briefs.public(row) for row in newest]
    assert totals(index) == (stats.overall(newest), [])
    fitting = sessions.rows(index, lambda row: row["name"] != "beta")
    assert [row["name"] for row in fitting] == ["alpha", "gamma"]
    names = [(row["name"], row["calling"]) for row in sessions.under_way(index)]
    assert names == [("alpha", {}), ("beta", {}), ("gamma", {})]


def test_the_dearest_groups_alone_still_tell_how_many_there_are(known):
    known.say("delta", "hello", feature="payments")
    sums, _notes = totals(known.index, most=1)

    assert (sums["features"], len(sums["by_feature"])) == (2, 1)
    assert sums["sessions"] == 4


def test_what_a_reader_should_know_comes_with_every_answer(known):
    tear_the_last_line(known)
    with open(known.root / "beta/journal.jsonl", "ab") as journal:
        journal.write(b"\n")
    told = ["beta: 1 damaged line skipped"]

    assert sessions.lines(known.index)[1] == told
    assert totals(known.index)[1] == told


@pytest.mark.parametrize(
    ("damaged", "told"),
    [
        (3, ["alpha: {}", "beta: {}", "gamma: {}"]),
        (4, ["4 sessions: {}"]),
    ],
)
@pytest.mark.parametrize("worthwhile", [0, 99])
def test_many_sessions_of_which_there_is_the_same_to_say_are_one_line(
    known, damaged, told, worthwhile
):
    known.say("delta", "hello")
    for name in ("alpha", "beta", "gamma", "delta")[:damaged]:
        (known.root / name / "journal.jsonl").write_text("{}\n" * 2)
        (known.root / name / "metadata.json").unlink()
    database.remove(str(known.root / NAME))
    index = Index(known.store.source(), str(known.root), worthwhile=worthwhile)

    assert sessions.lines(index)[1] == [line.format("2 damaged lines skipped") for line in told]


def test_sums_beyond_what_the_index_can_hold_are_right_all_the_same(known):
    journal = known.root / "beta/journal.jsonl"
    priced = b'"cost_nusd":' + str(2**63 - 1).encode()
    journal.write_bytes(journal.read_bytes().replace(b'"cost_nusd":null', priced))
    known.store.append("alpha", [{**entry, "id": "again"} for entry in calls(known, "beta")])
    known.store.append("beta", [{**entry, "id": "again"} for entry in calls(known, "beta")])

    assert listed(known) == stored(known)
    assert totals(known.index)[0]["cost_nusd"] == 3 * (2**63 - 1)


def calls(library, name):
    return [one for one in library.store.plain_entries(name) if one["type"] == "interaction"]


def changed_bytes(path):
    """Four bytes inside one row, in the middle of it."""
    with sqlite3.connect(path) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    raw = bytearray(path.read_bytes())
    place = raw.rfind(b"cost_nusd")
    raw[place - 5 : place - 1] = b"\xff\xff\xff\x7f"
    path.write_bytes(raw)


def changed_column(column, value):
    def change(path):
        with sqlite3.connect(path) as connection:
            connection.execute(f"update session set {column} = ?", (value,))

    return change


def lost_table(path):
    with sqlite3.connect(path) as connection:
        connection.execute("drop table share")


@pytest.mark.parametrize(
    "damage",
    [
        changed_bytes,
        lost_table,
        changed_column("line", b"\xff"),
        changed_column("cost_nusd", "much"),
        changed_column("calling", "{"),
    ],
)
def test_what_is_not_as_we_put_it_there_is_made_anew(known, damage):
    newest = sessions.newest_first(known.store.source().rows())
    damage(known.root / NAME)

    assert len(sessions.under_way(known.index)) == 3
    assert totals(known.index) == (stats.overall(newest), [])
    assert sessions.lines(known.index)[0] == [briefs.line(row) for row in newest]
    assert listed(known) == stored(known)


def test_a_session_of_the_first_layout_is_read_once(known, monkeypatch):
    (known.root / "old").mkdir()
    old = '{"interactions": [{"prompt": "Design", "cost": 0.1}]}'
    (known.root / "old/metadata.json").write_text(old)
    assert listed(known) == stored(known)
    monkeypatch.setattr(FileSource, "row", lambda *_: pytest.fail("read again"))

    assert "old" in [row["name"] for row in listed(known)]


def test_a_session_of_the_first_layout_that_was_edited_is_read_again(known):
    (known.root / "old").mkdir()
    place = known.root / "old/metadata.json"
    for number in (1, 2):
        place.write_text(json.dumps({"interactions": [{"prompt": "x", "cost": 1}] * number}))

        assert totals(known.index)[0]["cost_nusd"] == number * 10**9


def test_a_store_in_memory_has_the_same_answers(tmp_path):
    store = MemoryStore()
    store.ensure("alpha", About("chat", "auth", ""))
    index = Index(store.source(), worthwhile=0)

    assert [row["name"] for row in sessions.rows(index)] == ["alpha"]
    assert totals(index)[0] == stats.overall(store.source().rows())


def test_half_a_letter_is_no_reason_to_fail(known):
    known.store.ensure("delta", About("chat", "caf\ud800", ""))

    assert len(listed(known)) == 4


def test_nothing_is_handed_on_before_all_of_it_is_known_to_be_sound(known):
    with sqlite3.connect(known.root / NAME) as connection:
        connection.execute("update public set row = 'x' where session = 3")
    taken = []
    sessions.texts(known.index, lambda texts: taken.append(list(texts)))

    assert [sorted(json.loads(text)["name"] for text in one) for one in taken] == [
        ["alpha", "beta", "gamma"]
    ]


def test_what_fails_while_it_is_handed_on_is_not_handed_on_again(known, monkeypatch):
    taken = []
    broken = "select row, '' from public union all select abs(1 << 63), ''"
    monkeypatch.setattr(sessions, "_TEXTS", broken)
    with pytest.raises(StorageError, match="the index of sessions: integer overflow"):
        sessions.texts(known.index, lambda texts: [taken.append(text) for text in texts])

    assert taken
    assert len(taken) == len(set(taken))


def test_a_session_that_is_back_for_a_moment_goes_with_the_next_look(known):
    """It was gone when changes were told, and would not be told of as gone again."""

    class Flickering(FileSource):
        def changes(self, since=""):
            told = super().changes(since)
            known.store.restore("beta")
            return told

    known.store.discard("beta")
    sessions.rows(Index(Flickering(known.root), str(known.root), worthwhile=0))
    known.store.discard("beta")

    assert {row["name"] for row in listed(known)} == {"alpha", "gamma"}
