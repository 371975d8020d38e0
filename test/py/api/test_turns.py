"""Turns that a server has under way."""

import asyncio

import pytest

from ai_sessions.api import turns as module
from ai_sessions.api.problems import Refused
from ai_sessions.api.turns import Turn, Turns


def ran(work):
    """What an asynchronous function of `Turns` comes to."""
    return asyncio.run(work(Turns()))


def begun(turns, session="a", work=lambda turn: turn.stop.wait(60)):
    turn = Turn("c1", session, keeps_words=True)
    turns.begin(turn, work)
    return turn


def test_a_session_has_one_turn_at_a_time_and_others_have_theirs():
    async def three(turns):
        first = begun(turns)
        begun(turns, "b")
        with pytest.raises(Refused, match="a turn is under way in a: call c1"):
            begun(turns)
        first.stop.set()
        await first.result()
        begun(turns)
        await turns.finish(0)

    ran(three)


def test_any_number_of_turns_may_be_under_way_beside_that_of_a_session():
    async def three(turns):
        of_session = begun(turns)
        others = [Turn(id_, "a", keeps_words=False) for id_ in ("c2", "c3")]
        for one in others:
            turns.begin_beside(one, lambda turn: turn.stop.wait(60))
        known = turns.of("a") is of_session, len(turns.under_way())
        await turns.finish(0)
        return *known, all(one.is_over for one in others)

    assert ran(three) == (True, 3, True)


def test_at_the_end_turns_that_take_too_long_are_stopped():
    async def ended(turns):
        turn = begun(turns)
        await turns.finish(0.01)
        return turn.stop.is_set(), turn.is_over

    assert ran(ended) == (True, True)


def test_turns_that_are_interrupted_are_not_waited_for():
    async def interrupted(turns):
        turn = begun(turns)
        found = turns.interrupt()
        await turns.finish()
        return found, turn.is_over, turns.interrupt()

    assert ran(interrupted) == (1, True, 0)


def test_at_the_end_no_turn_is_begun():
    async def late(turns):
        turns.stop()
        with pytest.raises(Refused, match="about to end"):
            begun(turns)
        with pytest.raises(Refused, match="about to end"):
            turns.begin_beside(Turn("c2", "a", keeps_words=False), lambda _turn: None)

    ran(late)


def test_what_a_turn_raised_is_raised_to_each_who_asks():
    def broken(_turn):
        raise Refused(400, "x", "broken")

    async def asked(turns):
        turn = begun(turns, work=broken)
        for _ in range(2):
            with pytest.raises(Refused, match="broken"):
                await turn.result()
        assert turn.is_over

    ran(asked)


def test_turns_of_long_ago_are_forgotten_those_under_way_are_not(monkeypatch):
    monkeypatch.setattr(module, "_MOST_KEPT", 3)

    async def many(turns):
        long = begun(turns, "long")
        for number in range(5):
            await begun(turns, f"s{number}", lambda _turn: None).result()
        assert turns.of("long") is long
        assert turns.of("s0") is None
        await turns.finish(0)

    ran(many)
