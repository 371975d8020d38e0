"""Tables of sums: brought up to date where something changed, and there alone."""

import contextlib
import sqlite3
import subprocess
import sys

import pytest

from ai_sessions.index import database

FILL = (
    "insert into total(name, tokens) select changed.name, sum(call.tokens)"
    " from changed join call on call.name = changed.name group by 1"
)


@pytest.fixture
def connection():
    made = sqlite3.connect(":memory:", isolation_level=None)
    made.executescript(
        "create table call(name, tokens); create table total(name, tokens);"
        "create table changed(name primary key);"
        "insert into call values ('a', 1), ('a', 2), ('b', 9223372036854775807), ('b', 1);"
        "insert into total values ('a', 7), ('c', 5);"
        "insert into changed values ('a'), ('b')"
    )
    return made


def again(connection):
    database.sum_again(connection, "changed", "name", "total", FILL)
    return {name: int(sum_) for name, sum_ in connection.execute("select * from total")}


def test_what_changed_is_summed_again_and_the_rest_stays(connection):
    assert again(connection) == {"a": 3, "b": 2**63, "c": 5}


def test_it_is_summed_once(connection):
    again(connection)
    connection.execute("update total set tokens = 100")

    assert set(again(connection).values()) == {100}
    assert not connection.in_transaction


def test_another_connection_takes_no_lock_from_the_first(tmp_path):
    path = str(tmp_path / "file.sqlite3")
    program = "import sqlite3, sys; sqlite3.connect(sys.argv[1], 0).execute('begin immediate')"
    with contextlib.closing(database.connect(path, journal="delete")) as first:
        first.execute("create table t(a)")
        first.execute("begin exclusive")
        database._make_private(path)
        other = subprocess.run(
            [sys.executable, "-c", program, path], check=False, capture_output=True
        )

    assert b"database is locked" in other.stderr
