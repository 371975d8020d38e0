"""kill -9 while a conversation is cleared, forked, had or followed by the next one: nothing is
lost, the next one goes on.
"""

import shutil
import signal
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.conversations import (
    changing,
    expiry,
    finding,
    forking,
    lineage,
    messages,
    segments,
)
from ai_sessions.errors import NotFound
from ai_sessions.memory import tool_calls
from ai_sessions.records import About, Change, Message, Pin, Said, ToolCall, stamp

NOW = datetime(2026, 11, 29, tzinfo=UTC)
HOUR_MS = 3_600_000
TEXTS = ["hello", "hi", "and tests?"]


def begun(store, name):
    store.ensure(name, About(title="Talk"))
    said = [Said(Message("user" if n % 2 else "assistant", text)) for n, text in enumerate(TEXTS)]
    store.append(name, [*said, Pin("name", "I am Priya"), Change("state.lang", "pl")])


def texts(store, name):
    entries = lineage.entries(store, store.read(name))
    return [one.text for entry in entries for one in lineage.messages(entry)]


def deaths(tmp_path, faults, work, prepare=lambda _store: None, **more):
    """Run `work(store)` in a child that dies before its first, second … system call, until it
    lives; the store after each death, and whether it was one. `prepare`: done before.
    """
    number, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        number += 1
        root = tmp_path / str(number)
        store = faults.store(root, **more)
        begun(store, faults.name)
        prepare(store)

        def child(_say, store=store, number=number):
            faults.intercept(number, faults.die)
            work(store)

        code = faults.run(child)[1]
        yield store, code != 0
        shutil.rmtree(root)
    assert code == 0
    assert number > 5, "the test did not test"


def test_a_clear_that_was_killed_is_done_or_not(tmp_path, faults):
    for store, _killed in deaths(
        tmp_path, faults, lambda store: segments.clear(store, faults.name)
    ):
        segments.clear(store, faults.name)
        assert texts(store, faults.name) == TEXTS
        session = store.read(faults.name)
        assert session.segment_seq == session.last_seq
        assert len(segments.segments(store, faults.name)) == 2
        assert (session.state, list(session.pins)) == ({"lang": "pl"}, ["name"])


def test_a_fork_that_was_killed_is_made_by_the_next_try(tmp_path, faults):
    for store, killed in deaths(
        tmp_path, faults, lambda store: forking.fork(store, faults.name, "fork", NOW, "2.0")
    ):
        made = there(store, "fork")
        if made is None or made.last_seq <= 0:
            assert killed
            made = forking.fork(store, faults.name, "fork", NOW, "2.0")
        assert texts(store, "fork") == TEXTS[:2]
        assert (made.state, made.about.title) == ({}, "Talk")
        assert store.append("fork", [Said(Message("user", "on"))]).totals.messages == 1
        assert texts(store, faults.name) == TEXTS


def there(store, name):
    try:
        return store.read(name)
    except NotFound:
        return None


@pytest.mark.parametrize("verb", ["clear", "fork"])
def test_verbs_of_killed_processes_hold_nothing(tmp_path, faults, verb):
    """The next turn begins at once: locks die with who holds them."""
    store = faults.store(tmp_path / "sessions", lock_timeout_s=0)
    begun(store, faults.name)

    def hold(say):
        with store.turn(faults.name, 0):
            say("held")
            signal.pause()

    pid, said = faults.fork(hold)
    assert said.readline() == "held\n"
    faults.kill(pid)
    said.close()
    if verb == "fork":
        forking.fork(store, faults.name, "fork", NOW)
    else:
        segments.clear(store, faults.name)
    with store.turn(faults.name, 0) as turn:
        assert turn.is_held()


CALLS = (ToolCall("c1", "weather", {"city": "Oslo"}), ToolCall("c2", "clock"))


def have_a_turn(store, name):
    with store.turn(name, 0) as turn:
        for message in (
            Message("user", "and today?"),
            Message("assistant", "", tool_calls=CALLS),
            Message("tool", "noon", tool_call_id="c2"),
            Message("tool", "rain", tool_call_id="c1"),
            Message("assistant", "it rains at noon"),
        ):
            messages.add_message(store, NOW, name, message, turn=turn)


def test_a_turn_that_was_killed_leaves_no_tool_call_without_its_result(tmp_path, faults):
    closed = 0
    for store, killed in deaths(tmp_path, faults, lambda store: have_a_turn(store, faults.name)):
        before = messages.said(store, faults.name)
        closed += any(one.text == tool_calls.CUT_OFF for one in before)
        messages.add_message(store, NOW, faults.name, Message("user", "still there?"))

        after = messages.said(store, faults.name)
        assert [one.text for one in after][:-1] == [one.text for one in before]
        assert store.read(faults.name).open_calls == {}
        asked = [call.id for one in after for call in one.tool_calls]
        answered = [one.tool_call_id for one in after if one.role == "tool"]
        assert sorted(asked) == sorted(answered)
        assert killed or after[-2].text == "it rains at noon"
    assert closed > 5


@pytest.mark.parametrize("is_ended", [True, False], ids=["ended", "expired"])
def test_a_succession_that_was_killed_loses_nothing_and_is_made_once(tmp_path, faults, is_ended):
    later, renamed = NOW + timedelta(days=1), 0
    clock = []

    def end(store):
        if is_ended:
            expiry.deactivate(store, NOW, faults.name)
        else:
            changing.change(store, NOW, faults.name, {"expires_in_ms": HOUR_MS})
        clock.append(later)

    def follow(store):
        finding.current(store, later, faults.name)

    def now():
        return clock[-1] if clock else NOW

    for store, killed in deaths(tmp_path, faults, follow, end, now=now):
        left = {one.name for one in store.sessions()}
        renamed += left == {f"{faults.name}.1"}
        message = messages.add_message(store, later, faults.name, Message("user", "on"))

        old, new = sorted(store.sessions(), key=lambda one: one.created_at)
        assert (old.name, new.name) == (f"{faults.name}.1", faults.name)
        assert [one.name for one in (old, new) if not one.is_over(stamp(later))] == [new.name]
        assert (new.about.parent.name, new.about.parent.uid) == (old.name, old.uid)
        assert texts(store, old.name) == TEXTS
        assert texts(store, new.name) == [message.text]
        assert (old.state, list(old.pins)) == ({"lang": "pl"}, ["name"])
        assert killed or len(left) == 2
        clock.clear()
    assert renamed > 2, "the test did not test"
