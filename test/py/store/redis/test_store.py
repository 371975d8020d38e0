"""The store in Redis: nothing that was acknowledged is lost, by whoever is killed."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from ai_sessions import ids
from ai_sessions.errors import StorageError
from ai_sessions.records import About, Change, Cost, Interaction, Message, Said, Usage
from ai_sessions.store.redis import RedisStore
from redis_server import RedisServer, program

NAME = "plan-x"
#: Appends calls of 3 nano-dollars, one by one, and says which is safe.
WRITER = """
import sys
from ai_sessions.records import Cost, Interaction, Message, Usage
from ai_sessions.store.redis import RedisStore

url, prefix, own, count = sys.argv[1:]
store = RedisStore(url, prefix=prefix)
for number in range(int(count)):
    call = Interaction(
        id=f"{own}-{number}", at="2025-11-21T03:00:00.000Z", provider="claude", model="sonnet",
        messages=(Message("user", "hi"),), usage=Usage(5, 7), cost=Cost(3, "client"),
    )
    store.append("plan-x", [call])
    print(call.id, flush=True)
"""


@pytest.fixture
def prefix():
    return f"store-{ids.new()}"


@pytest.fixture
def durable():
    """A server that has each write on its disk before it answers."""
    pytest.importorskip("redis")
    if not program():
        pytest.skip("redis-server is not installed")
    server = RedisServer(durable=True)
    yield server
    server.close()


def writer(server, prefix, own, count):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, server.url, prefix, own, str(count)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def rest(process):
    """What a writer that ends says yet, behind lines that were read."""
    said = process.stdout.read(), process.stderr.read()
    process.wait()
    return said


def is_exact(store, added):
    """Whether the log has these calls once each, and the totals are their sums."""
    found = [entry["id"] for entry in store.plain_entries(NAME) if entry["type"] != "session"]
    totals = store.read(NAME).totals
    return (
        sorted(found) == sorted(added)
        and (totals.interactions, totals.messages) == (len(added), len(added))
        and totals.cost_nusd == totals.by_model["sonnet"].cost_nusd == 3 * len(added)
        and totals.usage == Usage(5 * len(added), 7 * len(added))
    )


def test_four_processes_lose_nothing(redis_server, prefix):
    writers = [writer(redis_server, prefix, f"w{one}", 500) for one in range(4)]
    said = [one.communicate(timeout=240) for one in writers]
    store = RedisStore(redis_server.url, prefix=prefix)

    assert [error for _, error in said] == [""] * 4
    added = [id_ for told, _ in said for id_ in told.split()]
    assert len(added) == 2000
    assert is_exact(store, added)
    assert [entry["seq"] for entry in store.plain_entries(NAME)] == list(range(2001))


def test_sixteen_writers_of_one_session_lose_nothing_and_conflict_as_told(redis_server, prefix):
    store = RedisStore(redis_server.url, prefix=prefix)

    def work(own):
        for number in range(25):
            store.append(NAME, [one_call(f"{own}-{number}")])

    threads = [threading.Thread(target=work, args=(own,)) for own in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert is_exact(store, [f"{own}-{number}" for own in range(16) for number in range(25)])


def one_call(id_):
    at, said = "2025-11-21T03:00:00.000Z", (Message("user", "hi"),)
    return Interaction(
        id=id_,
        at=at,
        provider="claude",
        model="sonnet",
        messages=said,
        usage=Usage(5, 7),
        cost=Cost(3, "client"),
    )


def test_a_writer_that_is_killed_loses_nothing_that_was_safe(redis_server, prefix):
    process = writer(redis_server, prefix, "w", 100_000)
    safe = [process.stdout.readline().strip() for _ in range(200)]
    process.send_signal(signal.SIGKILL)
    safe += rest(process)[0].split()
    store = RedisStore(redis_server.url, prefix=prefix)
    there = [entry["id"] for entry in store.plain_entries(NAME) if entry["type"] != "session"]

    assert there[: len(safe)] == safe
    assert len(there) <= len(safe) + 1
    assert is_exact(store, there)
    assert store.append(NAME, [one_call("next")]).totals.interactions == len(there) + 1
    cursor, *_ = store.source().changes()
    store.append(NAME, [one_call("after")])
    assert store.source().changes(cursor)[1] == [NAME]


def test_a_server_that_is_killed_loses_nothing_that_was_safe(durable, prefix):
    process = writer(durable, prefix, "w", 100_000)
    safe = [process.stdout.readline().strip() for _ in range(200)]
    durable.kill()
    told, error = rest(process)
    safe += told.split()
    assert f"StorageError: Redis at {durable.url.removeprefix('unix://')}" in error
    durable.start()
    store = RedisStore(durable.url, prefix=prefix)
    there = [entry["id"] for entry in store.plain_entries(NAME) if entry["type"] != "session"]

    assert there[: len(safe)] == safe
    assert len(there) <= len(safe) + 1
    assert is_exact(store, there)


def test_a_client_goes_on_when_its_server_is_back(durable, prefix):
    store = RedisStore(durable.url, prefix=prefix)
    store.append(NAME, [one_call("one")])
    durable.kill()
    with pytest.raises(StorageError):
        store.append(NAME, [one_call("two")])
    durable.start()
    store.append(NAME, [one_call("two"), one_call("three")])

    assert is_exact(store, ["one", "two", "three"])


def test_a_repeat_after_a_lost_answer_adds_nothing(in_redis, monkeypatch):
    in_redis.append(NAME, [one_call("one")])
    run = in_redis._client.run

    def deaf(*steps):
        run(*steps)
        raise StorageError("Redis: the connection broke")

    with monkeypatch.context() as lost:
        lost.setattr(in_redis._client, "run", deaf)
        with pytest.raises(StorageError):
            in_redis.append(NAME, [one_call("two")])
    in_redis.append(NAME, [one_call("two")])

    assert is_exact(in_redis, ["one", "two"])


def test_a_sum_that_redis_cannot_count_is_refused_with_nothing_written(in_redis):
    entry = {**plain_call("x"), "cost_nusd": 2**63 - 1}
    in_redis.append(NAME, [one_call("one")])
    before = list(in_redis.plain_entries(NAME))

    with pytest.raises(StorageError, match="n:cost_nusd is larger than Redis can count"):
        in_redis.append(NAME, [entry])
    assert list(in_redis.plain_entries(NAME)) == before
    assert is_exact(in_redis, ["one"])


def plain_call(id_):
    return {
        **{"type": "interaction", "id": id_, "ts": "2025-11-21T03:00:00.000Z"},
        **{"provider": "claude", "model": "sonnet", "status": "ok", "cost_nusd": 1},
        **{"messages": [], "tokens": {}},
    }


def test_an_error_of_one_entry_writes_none_of_its_batch(in_redis):
    in_redis.ensure(NAME, About())
    bad = {"type": "interaction", "id": "bad"}

    with pytest.raises(KeyError):
        in_redis.append(NAME, [one_call("good"), bad])
    assert len(list(in_redis.plain_entries(NAME))) == 1


def test_two_that_fill_the_state_at_once_do_not_pass_its_bound(in_redis, monkeypatch):
    in_redis.append(NAME, [Change("state.a", "x" * 30_000)])
    look, rival = in_redis._places.look, Change("state.b", "x" * 30_000)
    looks = []

    def looked(place):
        found = look(place)
        looks.append(found.grown)
        monkeypatch.setattr(in_redis._places, "look", look)
        in_redis.append(NAME, [rival])
        return found

    monkeypatch.setattr(in_redis._places, "look", looked)
    with pytest.raises(Exception, match="its state and pins would have"):
        in_redis.append(NAME, [Change("state.c", "x" * 30_000)])
    assert set(in_redis.read(NAME).state) == {"a", "b"}
    assert looks == ["1"]


def test_calls_are_told_when_they_are_added_and_when_one_is_under_way(redis_server, prefix):
    calls, under_way = [], []
    store = RedisStore(
        redis_server.url,
        prefix=prefix,
        on_calls=lambda row, told: calls.append((row["name"], [one["id"] for one in told])),
        on_calling=lambda row: under_way.append(row["calling"]),
    )
    store.append(NAME, [Said(Message("user", "hi"))])
    store.append(NAME, [Change("calling", {"id": "one"})])
    store.append(NAME, [one_call("one")])

    assert calls == [(NAME, ["one"])]
    assert under_way == [{"id": "one"}, {}]


def test_no_verb_scans_the_keys_of_the_server(redis_server, in_redis):
    redis_server.client.config_resetstat()
    for name in ("a", "b"):
        in_redis.append(name, [one_call(name)])
    in_redis.redact("a", 1)
    in_redis.discard("a")
    in_redis.restore("a")
    list(in_redis.sessions())
    list(in_redis.source().rows())
    in_redis.source().changes()
    used = {name.removeprefix("cmdstat_") for name in redis_server.client.info("commandstats")}

    assert "evalsha" in used
    assert not {"scan", "keys", "hscan", "sscan", "zscan"} & used


def test_what_is_purged_leaves_no_key_of_its_session(redis_server, in_redis):
    before = set(redis_server.client.keys("*{s:*"))
    in_redis.append(NAME, [one_call("one")])
    in_redis.discard(NAME)
    in_redis.purge(in_redis._now().replace(year=2100))

    assert set(redis_server.client.keys("*{s:*")) == before
    assert in_redis.discarded() == []
