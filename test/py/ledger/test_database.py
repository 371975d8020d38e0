"""The ledger's file: made once, made anew when damaged, and what cannot be written is said."""

import functools
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from ai_sessions.errors import LockBusy, StorageError
from ai_sessions.ledger import database
from ai_sessions.ledger.counting import record
from ai_sessions.ledger.database import NAME, Database

from .conftest import CENT, call, ledger_at, window


def filled(connection, _before):
    """Two calls that sessions tell of, 30 cents."""
    record(connection, call("1", 10))
    record(connection, call("2", 20))


def used(ledger):
    return ledger.view([window(100)]).windows[0].used // CENT


def test_a_new_ledger_has_what_the_sessions_tell_and_is_private(root):
    assert used(ledger_at(root, filled)) == 30
    assert (root / NAME).stat().st_mode & 0o777 == 0o600


def test_it_is_filled_once(root):
    def fill(connection, before):
        fills.append((before.was_there, before.damaged))
        filled(connection, before)

    fills: list[tuple[bool, str]] = []
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: used(ledger_at(root, fill)), range(8)))
    assert (found, fills) == ([30] * 8, [(False, "")])


def test_one_whose_filling_was_cut_off_is_filled_again(root):
    def broken(connection, before):
        filled(connection, before)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        used(ledger_at(root, broken))
    assert used(ledger_at(root, filled)) == 30
    assert not [path.name for path in root.iterdir() if ".new" in path.name]


@pytest.mark.parametrize("content", [b"no database at all, whatever it may be" * 99, b"SQLite"])
def test_a_damaged_one_is_kept_and_made_anew(root, content):
    told: list[str] = []
    used(ledger_at(root))
    (root / NAME).write_bytes(content)

    assert used(ledger_at(root, filled, tell=told.append)) == 30
    assert (root / f"{NAME}.damaged").read_bytes() == content
    assert told[0].startswith("warning: the ledger was damaged")


def test_damage_inside_is_found_when_it_is_read(root):
    ledger = ledger_at(root, filled)
    ledger.record([call(str(number)) for number in range(3, 400)])
    raw = bytearray((root / NAME).read_bytes())
    raw[4096:] = b"\xff" * (len(raw) - 4096)
    (root / NAME).write_bytes(raw)

    assert used(ledger) == 30


def test_an_empty_file_is_none(root):
    root.mkdir()
    (root / NAME).touch()

    assert used(ledger_at(root, filled)) == 30


def test_what_an_old_file_left_is_not_taken_for_the_new_ones(root):
    """A journal that was never rolled back belongs to the file it was written for."""
    used(ledger_at(root, filled))
    (root / NAME).unlink()
    (root / f"{NAME}-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\1" * 600)

    assert used(ledger_at(root, filled)) == 30


def test_one_of_a_later_version_is_left_alone(root):
    used(ledger_at(root))
    with sqlite3.connect(root / NAME) as connection:
        connection.execute(f"pragma user_version = {database.FORMAT + 1}")
    before = (root / NAME).read_bytes()

    with pytest.raises(StorageError, match="we know 1") as caught:
        used(ledger_at(root, filled))
    assert "later version" in caught.value.hint
    assert (root / NAME).read_bytes() == before


def test_a_link_in_its_place_is_not_followed(root, tmp_path):
    used(ledger_at(root))
    (root / NAME).rename(tmp_path / "elsewhere")
    (root / NAME).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StorageError, match="not a regular file"):
        used(ledger_at(root))


def test_a_full_disk_is_said_and_nothing_is_half_written(root, monkeypatch):
    ledger = ledger_at(root, filled)
    used(ledger)
    real = database.connected

    def full(path, wait_s, is_safe=True):
        connection = real(path, wait_s, is_safe)
        (pages,) = connection.execute("pragma page_count").fetchone()
        connection.execute(f"pragma max_page_count = {pages}")
        return connection

    with monkeypatch.context() as patched:
        patched.setattr(database, "connected", full)
        with pytest.raises(StorageError, match="no space left") as caught:
            ledger.record([call(f"{number}" * 40) for number in range(3, 900)])
    assert caught.value.hint == "make room on the disk"
    assert used(ledger) == 30


def test_one_that_cannot_be_written_is_read_all_the_same(root, monkeypatch):
    ledger = ledger_at(root, filled)
    used(ledger)
    read_only = functools.partial(sqlite3.connect, uri=True)
    monkeypatch.setattr(
        "ai_sessions.ledger.database.sqlite3.connect",
        lambda path, **options: read_only(f"file:{path}?mode=ro", **options),
    )

    assert used(ledger) == 30
    with pytest.raises(StorageError, match="read-only"):
        ledger.record([call("3")])


def test_one_that_somebody_else_writes_into_for_long_is_busy(root):
    used(ledger_at(root))
    with sqlite3.connect(root / NAME, isolation_level=None) as other:
        other.execute("begin immediate")
        with pytest.raises(LockBusy, match="in use"):
            ledger_at(root, wait_s=0).record([call("1")])


def test_where_no_folder_can_be_the_error_names_it(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StorageError, match="file"):
        Database(tmp_path / "file" / "s", filled).read(lambda _connection: None)
