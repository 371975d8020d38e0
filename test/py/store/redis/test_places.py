"""Names and places: whoever is killed between two steps leaves nothing that misleads."""

import contextlib

import pytest

from ai_sessions import ids
from ai_sessions.errors import NotFound, StorageError
from ai_sessions.records import About, Message, Said
from ai_sessions.store.redis import RedisStore
from ai_sessions.store.redis.client import Client
from ai_sessions.store.redis.places import THERE, Places

NAME, OTHER = "plan-x", "plan-y"
#: More steps than any verb takes.
STEPS = range(14)
VERBS = {
    "ensure": lambda store: store.ensure("new", About()),
    "append": lambda store: store.append("new", [say("hi")]),
    "rename": lambda store: store.rename(NAME, OTHER),
    "discard": lambda store: store.discard(NAME),
    "restore": lambda store: store.restore("old"),
}


def say(text):
    return Said(Message("user", text), id=f"id-{text}")


@pytest.fixture
def prefix(in_redis):
    return f"places-{ids.new()}"


@pytest.fixture
def store(redis_server, prefix):
    store = RedisStore(redis_server.url, prefix=prefix)
    store.append(NAME, [say("kept")])
    store.append("old", [say("kept")])
    store.discard("old")
    yield store
    store.close()


def broken_off(store, after, monkeypatch):
    """Let it be killed after so many scripts."""
    count = iter(range(1000))
    run = store._client.run

    def killed(*steps):
        if next(count) >= after:
            raise KeyboardInterrupt
        return run(*steps)

    monkeypatch.setattr(store._client, "run", killed)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("after", STEPS)
def test_a_verb_that_was_killed_loses_no_session_and_shows_none_twice(
    verb, after, redis_server, prefix, store, monkeypatch
):
    cursor, *_ = store.source().changes()
    before = set(store.names())
    broken_off(store, after, monkeypatch)
    with contextlib.suppress(KeyboardInterrupt):
        VERBS[verb](store)
    other = RedisStore(redis_server.url, prefix=prefix)

    assert {session.name for session in other.sessions()} == set(other.names())
    places = [look_of(other, name).place.id for name in other.names()]
    in_trash = [look.place.id for look in other._places.trashed()]
    assert len({*places, *in_trash}) == len(places) + len(in_trash)
    kept = [name for name in (NAME, OTHER, "old") if name in other.names()]
    assert len(kept) + len(in_trash) == 2
    for name in kept:
        assert [one.message.text for one in other.entries(name)] == ["kept"]
    changed, gone = other.source().changes(cursor)[1:]
    assert set(other.names()) - before <= set(changed)
    assert before - set(other.names()) <= set(gone)
    other.close()


@pytest.mark.parametrize("after", STEPS)
@pytest.mark.parametrize("verb", VERBS)
def test_what_was_killed_can_be_done_again(verb, after, redis_server, prefix, store, monkeypatch):
    broken_off(store, after, monkeypatch)
    with contextlib.suppress(KeyboardInterrupt):
        VERBS[verb](store)
    other = RedisStore(redis_server.url, prefix=prefix)
    try:
        VERBS[verb](other)
    except NotFound:
        assert verb in ("rename", "discard", "restore")  # it had been done

    expected = {
        **{"ensure": {NAME, "new"}, "append": {NAME, "new"}, "rename": {OTHER}},
        **{"discard": set(), "restore": {NAME, "old"}},
    }
    assert set(other.names()) == expected[verb]
    assert other.append("new", [say("hi")]).totals.messages == 1
    other.close()


def look_of(store, name):
    return store._places.session(name)


@pytest.fixture
def places(redis_server):
    client = Client(redis_server.url)
    yield Places(client, f"places-{ids.new()}")
    client.close()


def test_two_that_claim_a_new_name_get_one_place(places):
    assert places.claim("a") == places.claim("a")
    assert places.claim("b") != places.claim("a")


def test_a_claimed_name_is_none_before_its_session_is_there(places):
    places.claim("a")

    assert places.names() == []
    assert places.session("a") is None


def test_a_name_of_another_place_is_not_settled(places):
    mine = places.claim("a")

    assert places.settle("a", places.place("other"), THERE) is False
    assert places.settle("a", mine, THERE) is True


def test_changes_of_a_server_that_was_set_back_are_all_changes(redis_server, prefix, store):
    store.append(NAME, [say("more")])
    cursor, *_ = store.source().changes()
    assert store.source().changes(cursor)[1:] == ([], [])

    redis_server.client.set(f"{prefix}:{{names}}:count", 1)  # as an older dump has it
    assert store.source().changes(cursor)[1:] == ([NAME], [])


def test_a_session_of_a_later_version_is_left_alone(redis_server, prefix, store):
    place = look_of(store, NAME).place
    redis_server.client.hset(place.meta, "v", 99)
    before = redis_server.client.lrange(place.log, 0, -1)

    for verb in (
        lambda: store.read(NAME),
        lambda: store.append(NAME, [say("x")]),
        lambda: store.rename(NAME, OTHER),
        lambda: list(store.sessions()),
    ):
        with pytest.raises(StorageError, match="newer version"):
            verb()
    assert redis_server.client.lrange(place.log, 0, -1) == before


def test_a_session_that_was_made_is_found_again_without_asking_for_its_place(store):
    store.append("new", [say("hi")])

    assert store._places.known("new") == store._places.session("new").place
    assert not store._places.is_in_doubt("new")
