"""The file of a bot."""

import sqlite3

import pytest

from ai_sessions.bots.database import Database
from ai_sessions.errors import StorageError


@pytest.fixture
def database(tmp_path):
    return Database(tmp_path / "deep" / "bot.sqlite3")


def members(database):
    with database.opened() as connection:
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
    with sqlite3.connect(tmp_path / "deep" / "bot.sqlite3") as connection:
        connection.execute("pragma user_version = 9")

    with pytest.raises(StorageError, match="newer ai-sessions"):
        members(database)
