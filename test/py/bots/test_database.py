"""The file of a bot."""

import contextlib
import sqlite3
import threading
import time

import pytest

from ai_sessions import index
from ai_sessions.bots.database import Database
from ai_sessions.errors import StorageError


@pytest.fixture
def database(tmp_path):
    return Database(tmp_path / "deep" / "bot.sqlite3")


def members(database):
    with database.read() as connection:
        return connection.execute("select id from member").fetchall()


def add(connection):
    connection.execute("insert into member(id) values ('7')")


def test_what_is_put_in_is_there_and_only_its_owner_reads_it(database, tmp_path):
    with database.opened() as connection:
        add(connection)

    assert members(database) == [("7",)]
    assert (tmp_path / "deep" / "bot.sqlite3").stat().st_mode & 0o077 == 0


def test_what_fails_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError), database.opened() as connection:
        add(connection)
        _ = 1 / 0

    assert members(database) == []


def test_a_damaged_file_is_told_and_left_as_it_is(database, tmp_path):
    path = tmp_path / "deep" / "bot.sqlite3"
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 100)

    with pytest.raises(StorageError, match=r"bot\.sqlite3"):
        members(database)
    assert path.read_bytes().startswith(b"no database")


def test_a_file_of_a_newer_version_is_refused(database, tmp_path):
    members(database)
    database.close()
    with sqlite3.connect(tmp_path / "deep" / "bot.sqlite3") as connection:
        connection.execute("pragma user_version = 9")

    with pytest.raises(StorageError, match="newer ai-sessions"):
        members(database)


def add_together(database, works):
    """What SQLite was told to do, and the failures of works that were begun while another one was
    at the file."""
    told, failed = [], []

    def one(work):
        try:
            with database.opened() as connection:
                work(connection)
        except (StorageError, ZeroDivisionError) as error:
            failed.append(error)

    with contextlib.suppress(StorageError), database.opened() as connection:
        threads = [threading.Thread(target=one, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        while database._queued < len(works):
            time.sleep(0)
        connection.set_trace_callback(told.append)
    for thread in threads:
        thread.join()
    return told, failed


def member(number):
    return lambda connection: connection.execute("insert into member(id) values (?)", (number,))


def fail(connection):
    member("lost")(connection)
    _ = 1 / 0


def take_back(connection):
    """As SQLite does when there is no room."""
    connection.execute("rollback")
    raise sqlite3.OperationalError("database or disk is full")


def test_what_comes_while_the_file_is_in_use_is_committed_together(database):
    told, failed = add_together(database, [member(number) for number in "123"])

    assert [one for one in told if one in ("commit", "COMMIT")] == ["commit"]
    assert (members(database), failed) == ([("1",), ("2",), ("3",)], [])


def test_one_that_fails_takes_nothing_of_the_others_back(database):
    _told, failed = add_together(database, [member("1"), fail, member("2")])

    assert [type(one) for one in failed] == [ZeroDivisionError]
    assert members(database) == [("1",), ("2",)]


def test_nobody_is_told_that_it_is_stored_when_all_was_taken_back(database):
    works = [member("1"), take_back, member("2")]
    _told, failed = add_together(database, works)

    assert len(failed) + len(members(database)) == len(works)
    with database.opened() as connection:
        member("after")(connection)
    assert ("after",) in members(database)


def test_only_what_has_to_outlive_a_power_cut_is_synced(database):
    def level(is_synced):
        with database.opened(is_synced=is_synced) as connection:
            return connection.execute("pragma synchronous").fetchone()[0]

    assert [level(True), level(False), level(True)] == [2, 1, 2]


def test_a_file_that_was_put_elsewhere_is_not_written_to(database, tmp_path):
    with database.opened() as connection:
        add(connection)
    (tmp_path / "deep" / "bot.sqlite3").rename(tmp_path / "kept")

    assert members(database) == []
    with database.opened() as connection:
        member("9")(connection)
    assert members(database) == [("9",)]


def test_a_reader_waits_for_nobody_who_writes(database):
    with database.opened() as connection:
        add(connection)
        assert members(database) == []


def test_reader_and_writer_of_a_new_file_are_made_one_after_the_other(database, monkeypatch):
    """SQLite does not wait for another one that gives the file its journal."""
    connect, making = index.database.connect, database._writer._making
    held = []

    def watched(*given, **named):
        held.append(making.locked())
        return connect(*given, **named)

    monkeypatch.setattr(index.database, "connect", watched)
    with database.opened() as connection:
        add(connection)

    assert members(database) == [("7",)]
    assert held == [True, True]
    assert making is database._reader._making
