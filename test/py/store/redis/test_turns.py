"""A turn: kept by its heart, lost by who is stopped for longer than a lease."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from ai_sessions import ids
from ai_sessions.errors import Conflict, LockBusy
from ai_sessions.records import About, Message, Said
from ai_sessions.store.redis import RedisStore

NAME = "plan-x"
#: Takes the turn, says so, and writes with it when it is told to.
HOLDER = """
import sys
from ai_sessions.errors import Conflict
from ai_sessions.records import Message, Said
from ai_sessions.store.redis import RedisStore

url, prefix, lease_ms = sys.argv[1:]
store = RedisStore(url, prefix=prefix, lease_ms=int(lease_ms))
with store.turn("plan-x", 0) as turn:
    print("held", flush=True)
    sys.stdin.readline()
    try:
        store.append("plan-x", [Said(Message("user", "too late"))], turn=turn)
        print("written")
    except Conflict as error:
        print("refused:", error)
"""


@pytest.fixture
def prefix():
    return f"turns-{ids.new()}"


@pytest.fixture
def store(redis_server, prefix):
    store = RedisStore(redis_server.url, prefix=prefix, lease_ms=300)
    store.ensure(NAME, About())
    yield store
    store.close()


@pytest.fixture
def holder(redis_server, prefix, store):
    """Another process that has the turn."""
    arguments = [redis_server.url, prefix, "300"]
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def texts(store):
    return [entry.message.text for entry in store.entries(NAME)]


def test_a_client_that_was_stopped_until_its_lease_ran_out_cannot_write(holder, store):
    holder.send_signal(signal.SIGSTOP)
    with store.turn(NAME, 30) as turn:
        store.append(NAME, [Said(Message("user", "mine"))], turn=turn)
        holder.send_signal(signal.SIGCONT)
        said, _ = holder.communicate("go\n", timeout=60)

        assert said == f"refused: the turn in session {NAME} was lost\n"
        assert turn.is_held()
    assert texts(store) == ["mine"]


def test_a_lease_that_ran_out_is_lost_though_nobody_took_it(holder, store, redis_server):
    holder.send_signal(signal.SIGSTOP)
    with store.turn(NAME, 30):
        pass
    holder.send_signal(signal.SIGCONT)
    said, _ = holder.communicate("go\n", timeout=60)

    assert said.startswith("refused")
    assert texts(store) == []


def test_the_turn_of_a_process_that_was_killed_is_free_again(holder, store):
    holder.kill()

    with store.turn(NAME, 30) as turn:
        assert turn.is_held()


def test_a_heart_keeps_a_turn_longer_than_a_lease(holder, store):
    waited = threading.Event()
    with pytest.raises(LockBusy), store.turn(NAME, 1.0):  # three leases and more
        waited.set()
    said, _ = holder.communicate("go\n", timeout=60)

    assert not waited.is_set()
    assert said == "written\n"
    assert texts(store) == ["too late"]


def test_who_waits_is_told_the_holders_process_and_host(holder, store):
    here = f"pid {holder.pid} on .+, since 20.+Z$"
    with pytest.raises(LockBusy, match=here), store.turn(NAME, 0):
        pass


def test_each_turn_has_a_higher_number_than_the_last(store):
    numbers = []
    for _ in range(3):
        with store.turn(NAME, 0) as turn:
            numbers.append(int(turn.lease.partition(" ")[0]))

    assert numbers == [1, 2, 3]


def test_a_turn_that_ended_cannot_be_used_though_its_session_is_free(store):
    with store.turn(NAME, 0) as turn:
        pass

    assert not turn.is_held()
    with pytest.raises(Conflict):
        store.append(NAME, [Said(Message("user", "x"))], turn=turn)


def test_a_turn_goes_with_its_session_to_the_trash_and_not_to_a_new_one(store):
    with store.turn(NAME, 0) as turn:
        pass
    store.discard(NAME)
    store.ensure(NAME, About())

    with store.turn(NAME, 0), pytest.raises(Conflict):
        store.append(NAME, [Said(Message("user", "x"))], turn=turn)
