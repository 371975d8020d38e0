"""An event that can be waited for beside pipes."""

import contextvars
import select

import pytest

from ai_sessions.stopping import GIVEN_UP, Stop, going_on


def is_ready(fd):
    return bool(select.select([fd], [], [], 0)[0])


def test_setting_it_wakes_everybody_who_listens():
    stop = Stop()
    with stop.wakes() as first, stop.wakes() as second:
        before = is_ready(first) or is_ready(second)
        stop.set()

        assert not before
        assert is_ready(first)
        assert is_ready(second)


def test_who_listens_later_is_woken_too():
    stop = Stop()
    stop.set()
    with stop.wakes() as late:
        assert is_ready(late)


def test_setting_it_when_nobody_listens_any_more_is_harmless():
    stop = Stop()
    with stop.wakes():
        pass
    stop.set()
    stop.set()

    assert stop.is_set()


def given_up(is_given_up, seconds):
    """What locks are told of work that goes on, and what they are told behind it."""

    def work():
        GIVEN_UP.set(is_given_up)
        with going_on(seconds):
            asked = GIVEN_UP.get()
            inside = asked and asked()
        return inside, GIVEN_UP.get() is is_given_up

    return contextvars.copy_context().run(work)


@pytest.mark.parametrize(
    ("is_given_up", "seconds", "inside"),
    [(lambda: True, 60, False), (lambda: True, -1, True), (lambda: False, -1, False)],
)
def test_work_that_is_given_up_may_go_on_for_a_while(is_given_up, seconds, inside):
    assert given_up(is_given_up, seconds) == (inside, True)


def test_work_that_nobody_can_give_up_is_left_as_it_is():
    assert given_up(None, 0) == (None, True)
