"""The file of vectors: kept by digest, of one model, without those of what is gone."""

import os
import sqlite3
import stat

import pytest

from ai_sessions.errors import StorageError
from ai_sessions.index import passages, vectors

A, B = b"a" * 16, b"b" * 16


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path)


def test_what_was_kept_is_found_by_its_digest(folder):
    vectors.add(folder, {A: b"one", B: b"two"})

    assert vectors.of(folder, {A}) == {A: b"one"}
    assert vectors.of(folder, {A, b"c" * 16}) == {A: b"one"}


def test_few_of_many_are_looked_up_alike(folder):
    vectors.add(folder, {number.to_bytes(16, "big"): b"x" for number in range(50)} | {A: b"one"})

    assert vectors.of(folder, {A, B}) == {A: b"one"}


def test_another_model_begins_with_none(folder):
    vectors.begin(folder, "small")
    vectors.add(folder, {A: b"one"})
    assert (vectors.are_of(folder, "small"), vectors.are_of(folder, "large")) == (True, False)

    vectors.begin(folder, "large")

    assert (vectors.are_of(folder, "large"), vectors.of(folder, {A})) == (True, {})


def test_others_on_this_machine_may_not_read_it(folder):
    vectors.add(folder, {A: b"one"})

    assert stat.S_IMODE(os.stat(f"{folder}/{vectors.NAME}").st_mode) == 0o600


def test_a_damaged_file_is_deleted_and_made_anew(folder):
    path = f"{folder}/{vectors.NAME}"
    with open(path, "wb") as file:
        file.write(b"no database " * 1000)

    with pytest.raises(vectors.Unavailable):
        vectors.of(folder, {A})

    assert vectors.of(folder, {A}) == {}


def test_a_file_of_a_later_version_is_left_as_it_is(folder):
    connection = sqlite3.connect(f"{folder}/{vectors.NAME}")
    connection.execute("pragma user_version = 7")
    connection.close()

    with pytest.raises(vectors.Unavailable, match="another version"):
        vectors.add(folder, {A: b"one"})

    assert vectors.exist(folder)


def test_a_folder_that_cannot_be_written_is_told(folder):
    os.mkdir(f"{folder}/{vectors.NAME}")

    with pytest.raises(vectors.Unavailable):
        vectors.add(folder, {A: b"one"})


def prepared(library):
    """A vector for each passage of a library, and the bytes of each."""

    def known(connection, source):
        passages.refresh(connection, source)
        vectors.prune(library.index.folder, connection)
        return {row[3]: b"vector of " + row[3] for row in passages.rows(connection)}

    found = library.index.ask(known)
    vectors.add(library.index.folder, found)
    return found


def content(library):
    return (library.root / vectors.NAME).read_bytes()


def test_a_vector_outlives_the_index(talks):
    found = prepared(talks)
    talks.index.delete()

    vectors.forget_what_is_gone(talks.index)

    assert vectors.of(talks.index.folder, set(found)) == found


def test_a_vector_follows_a_session_that_gets_another_name(talks):
    found = prepared(talks)
    talks.store.rename("plan-auth", "plan-login")

    vectors.forget_what_is_gone(talks.index)

    assert vectors.of(talks.index.folder, set(found)) == found


def test_no_byte_is_left_of_the_vector_of_what_is_gone(talks):
    found = prepared(talks)
    gone = passages.digest("Design the login")
    talks.store.discard("plan-auth")
    assert found[gone] in content(talks)

    vectors.forget_what_is_gone(talks.index)

    assert found[gone] not in content(talks)
    assert [one.name for one in talks.root.glob(f"{vectors.NAME}*")] == [vectors.NAME]
    assert passages.digest("Design card payments") in vectors.of(talks.index.folder, set(found))


def test_what_two_sessions_said_stays_as_long_as_one_is_there(talks):
    talks.say("plan-cards", "Design the login")
    found = prepared(talks)
    talks.store.discard("plan-auth")

    vectors.forget_what_is_gone(talks.index)

    assert passages.digest("Design the login") in vectors.of(talks.index.folder, set(found))


def test_where_it_cannot_be_told_what_is_gone_all_of_them_go(talks, monkeypatch):
    prepared(talks)
    talks.store.discard("plan-auth")

    def refuse(_folder, _digests):
        raise vectors.Unavailable("busy")

    monkeypatch.setattr(vectors, "_delete", refuse)
    vectors.forget_what_is_gone(talks.index)

    assert not vectors.exist(talks.index.folder)


def test_a_file_that_cannot_be_deleted_is_told(talks):
    (talks.root / vectors.NAME).mkdir()

    with pytest.raises(StorageError, match="cannot be deleted"):
        vectors.forget_what_is_gone(talks.index)


def test_without_a_file_nothing_is_made(talks):
    vectors.forget_what_is_gone(talks.index)

    assert not vectors.exist(talks.index.folder)
