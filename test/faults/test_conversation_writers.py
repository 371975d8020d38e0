"""Many processes talk in one conversation, and some are killed: all that was acknowledged is there,
once, whole and added up.
"""

import itertools
import os
import random
import signal
from datetime import UTC, datetime

import pytest

from ai_sessions import tokens
from ai_sessions.conversations import messages, state
from ai_sessions.errors import UsageError
from ai_sessions.memory import tool_calls
from ai_sessions.records import About, Message
from ai_sessions.store import totals

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def chat(root, faults):
    store = faults.store(root)
    store.ensure(faults.name, About(kind="chat"))
    return store


def talk(store, name, number, turn):
    """One of four things that somebody does in a conversation; what it is known by."""
    text = f"{number}-{turn}"
    match turn % 4:
        case 0:
            messages.add_message(store, NOW, name, Message("user", f"asked {text}"))
        case 1:
            messages.add_message(store, NOW, name, Message("assistant", f"told {text}"))
        case 2:
            messages.record_tool_call(store, NOW, name, "look", {"at": text}, result=f"saw {text}")
        case 3:
            messages.record_tool_call(store, NOW, name, "look", {"at": text}, error=f"lost {text}")
    return text


def known_by(message):
    """`talk`'s word for the last message of what it did."""
    return message.text.partition(" ")[2]


def check(store, name, acked, spare=0):
    """Every acknowledged thing once, at most `spare` more; sums as of the messages themselves."""
    found = messages.said(store, name)
    results = [one for one in found if one.role == "tool"]
    texts = [known_by(one) for one in found if not one.tool_calls]
    assert len(texts) == len(set(texts))
    assert set(acked) <= set(texts)
    assert len(texts) - len(acked) <= spare
    for call, result in itertools.pairwise(found):
        if call.tool_calls:
            assert (result.role, result.tool_call_id) == ("tool", call.tool_calls[0].id)
            assert call.tool_calls[0].arguments == {"at": known_by(result)}
    sums = store.read(name).totals
    assert sums.messages == len(found)
    assert sums.tool_calls == sum(len(one.tool_calls) for one in found) == len(results)
    assert sums.tool_errors == sum(one.is_error for one in results)
    assert sums.said_output_tokens == sum(one.tokens for one in found if one.role == "assistant")
    assert sums.said_input_tokens == sum(one.tokens for one in found if one.role != "assistant")
    for one in found:
        assert one.tool_calls or one.tokens == tokens.estimate(one.text)
    seqs = [entry["seq"] for entry in store.plain_entries(name)]
    assert seqs == list(range(len(seqs)))
    return texts


def rebuilt(store, name):
    """What the journal alone comes to."""
    whole = totals.fold(totals.empty(name), store.plain_entries(name))
    return whole["totals"], whole["conversation"]


def kept(store, name):
    row = store.source().row(name)
    return row["totals"], row["conversation"]


def test_four_processes_lose_nothing_and_count_everything_once(root, faults):
    writers, turns = 4, 500
    chat(root, faults)

    def writer(number):
        def work(say):
            store = faults.store(root)
            for turn in range(turns):
                say(talk(store, faults.name, number, turn))

        return work

    children = [faults.fork(writer(number)) for number in range(writers)]
    acked = []
    for pid, said in children:
        with said:
            acked += said.read().splitlines()
        assert faults.wait(pid) == 0

    store = faults.store(root)
    check(store, faults.name, acked)
    assert len(acked) == writers * turns
    assert kept(store, faults.name) == rebuilt(store, faults.name)
    sums = store.read(faults.name).totals
    assert (sums.messages, sums.tool_calls, sums.tool_errors) == (3000, 1000, 500)


def test_of_two_results_of_one_call_one_is_added(root, faults):
    store = chat(root, faults)
    for turn in faults.times(25, 200):
        messages.record_tool_call(store, NOW, faults.name, "look", call_id=f"call-{turn}")

        def work(say, turn=turn):
            result = Message("tool", "saw", tool_call_id=f"call-{turn}")
            try:
                messages.add_message(faults.store(root), NOW, faults.name, result)
            except UsageError:
                say("refused")
            else:
                say("added")

        children = [faults.fork(work) for _ in range(2)]
        answers = []
        for pid, said in children:
            with said:
                answers += said.read().split()
            assert faults.wait(pid) == 0
        assert sorted(answers) == ["added", "refused"]
        assert store.read(faults.name).totals.messages == 2 * turn + 2


def test_killed_writers_lose_nothing_that_was_acknowledged(root, faults):
    chance, acked = random.Random(15), []  # noqa: S311 (no secret)
    chat(root, faults)
    for number in faults.times(12, 200):

        def work(say, number=number):
            store = faults.store(root)
            for turn in range(10_000):
                say(talk(store, faults.name, number, turn))

        pid, said = faults.fork(work)
        acked += [said.readline().strip() for _ in range(chance.randrange(1, 40))]
        faults.kill(pid)
        acked += said.read().splitlines()
        said.close()
        acked = check(faults.store(root), faults.name, acked, spare=1)
    store = faults.store(root)
    assert kept(store, faults.name) == rebuilt(store, faults.name)
    talk(store, faults.name, "next", 2)
    check(store, faults.name, [*acked, "next-2"])


@pytest.mark.parametrize("strike", ["die", "die_half_way"])
@pytest.mark.parametrize("turn", [0, 2], ids=["message", "tool"])
@pytest.mark.parametrize("warm", [False, True], ids=["first", "later"])
def test_a_death_at_any_system_call_of_an_append_leaves_all_or_nothing_of_it(
    tmp_path, faults, strike, turn, warm
):
    """`warm`: in a process that has written before and remembers what."""
    number, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        number += 1
        root = tmp_path / str(number)
        acked = [talk(chat(root, faults), faults.name, "before", turn) for turn in range(4)]

        def work(say, root=root, number=number, turn=turn):
            store = faults.store(root)
            if warm:
                say(talk(store, faults.name, "warm", 0))
            faults.intercept(number, getattr(faults, strike))
            say(talk(store, faults.name, "killed", turn))

        said, code = faults.run(work)
        store = faults.store(root)
        texts = check(store, faults.name, acked + said, spare=1)
        assert kept(store, faults.name) == rebuilt(store, faults.name)
        talk(store, faults.name, "next", turn)
        check(store, faults.name, [*texts, f"next-{turn}"])
    assert code == 0
    assert number > 5, "the test did not test"


@pytest.mark.parametrize("turn", range(2))
def test_a_tool_whose_result_was_cut_off_gets_an_error_for_it(root, faults, turn):
    """The call's line is whole, the result's is not."""
    store = chat(root, faults)
    talk(store, faults.name, "before", 2)

    def work(_say):
        original = os.write

        def write(fd, data):
            first, newline, rest = bytes(data).partition(b"\n")
            if not rest:
                return original(fd, data)
            original(fd, first + newline)
            return os.kill(os.getpid(), signal.SIGKILL)

        os.write = write
        talk(faults.store(root), faults.name, "killed", 2)

    assert faults.run(work)[1] == -signal.SIGKILL
    for _ in range(2):
        *_before, call, result = messages.said(faults.store(root), faults.name)
        assert (result.role, result.is_error, result.id) == ("tool", True, "")
        assert result.tool_call_id == call.tool_calls[0].id
    talk(store, faults.name, "next", turn)
    found = messages.said(store, faults.name)
    assert next(one.text for one in found if one.is_error) == tool_calls.CUT_OFF
    assert all(one.id for one in found)
    assert kept(store, faults.name) == rebuilt(store, faults.name)
    assert store.read(faults.name).totals.messages == len(found)


def test_pins_and_state_of_a_killed_process_are_there_after_a_restart(root, faults):
    """Its checkpoint may be some entries late: readers add up what it lacks."""
    chat(root, faults)
    for number in range(20):

        def work(say, number=number):
            store = faults.store(root)
            name = faults.name
            messages.add_message(store, NOW, name, Message("user", "hello"))
            state.remember(store, NOW, name, f"words {number}", key=f"key-{number}")
            state.update_state(store, NOW, name, {"step": number, f"{number}": 1})
            state.update_state(store, NOW, name, {f"{number - 1}": None})
            if number % 5 == 4:
                state.forget(store, NOW, name, f"key-{number - 1}")
            say("safe")
            signal.pause()

        pid, said = faults.fork(work)
        assert said.readline() == "safe\n"
        faults.kill(pid)
        said.close()
        session = faults.store(root).read(faults.name)
        assert session.state == {"step": number, str(number): 1}
        pins = {key: pin.text for key, pin in session.pins.items()}
        there = [one for one in range(number + 1) if one % 5 != 3 or one == number]
        assert pins == {f"key-{one}": f"words {one}" for one in there}
        assert session.totals.messages == number + 1
