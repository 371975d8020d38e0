"""The index goes on where it was; a session that cannot be read stops no other."""

import pytest

from ai_sessions.index import NAME, database, following, sessions, words
from ai_sessions.index.search import search
from ai_sessions.store.files.source import FileSource


def found(library, words, **options):
    return [hit.session for hit in search(library.index, words, **options).hits]


def read_logs(monkeypatch):
    """Names of the sessions whose logs are read from now on."""
    names = []
    inner = FileSource.follow
    monkeypatch.setattr(FileSource, "follow", lambda *args: names.append(args[1]) or inner(*args))
    return names


def test_damage_that_nobody_thought_of_hides_no_other(talks, monkeypatch):
    read = FileSource.follow

    def follow(source, name, bookmark=""):
        if name == "plan-auth":
            raise OverflowError("too large")
        return read(source, name, bookmark)

    monkeypatch.setattr(FileSource, "follow", follow)
    answer = search(talks.index, "idempotency")

    assert [hit.session for hit in answer.hits] == ["plan-cards"]
    assert answer.unreadable == ("plan-auth is left out: too large",)


def test_two_that_read_the_same_log_at_once_find_nothing_twice(talks, monkeypatch):
    sessions.lines(talks.index)
    inner = following._behind

    def behind(*args):
        told = inner(*args)
        monkeypatch.setattr(following, "_behind", inner)
        search(talks.index, "login")
        return told

    monkeypatch.setattr(following, "_behind", behind)

    assert found(talks, "login") == ["plan-auth"]
    assert found(talks, "login") == ["plan-auth"]


def test_one_session_that_goes_lets_no_other_be_read_again(talks, monkeypatch):
    talks.say("plan-more", "and a third")
    found(talks, "login")
    names = read_logs(monkeypatch)
    talks.store.rename("plan-auth", "plan-login")
    talks.store.discard("plan-cards")

    assert found(talks, "login") == ["plan-login"]
    assert found(talks, "idempotency") == []
    assert names == ["plan-login"]


def some(library, *names):
    with database.opened(str(library.root / NAME)) as connection:
        return following.follow_some(connection, library.index.source, words.LAYER, names)


def test_some_sessions_are_read_without_the_others(talks, monkeypatch):
    names = read_logs(monkeypatch)
    numbers = some(talks, "plan-auth", "nobody")

    assert list(numbers) == ["plan-auth"]
    assert set(names) == {"plan-auth"}
    assert found(talks, "login") == ["plan-auth"]
    assert names[-1] == "plan-cards"


def test_a_session_that_cannot_be_read_leaves_what_was_known(talks, monkeypatch):
    some(talks, "plan-auth")
    talks.say("plan-auth", "and the logout")
    inner = following._read

    def read(connection, *args):
        inner(connection, *args)
        raise OverflowError("too large")

    monkeypatch.setattr(following, "_read", read)
    with pytest.raises(OverflowError):
        some(talks, "plan-auth")
    monkeypatch.undo()

    assert found(talks, "logout") == ["plan-auth"]


def test_it_reads_while_another_process_writes_and_learns_nothing_new(talks):
    some(talks, "plan-auth")
    talks.say("plan-auth", "and the logout")
    with database.opened(str(talks.root / NAME)) as other:
        other.execute("begin immediate")
        assert list(some(talks, "plan-auth")) == ["plan-auth"]
        other.execute("rollback")

    assert found(talks, "logout") == ["plan-auth"]
