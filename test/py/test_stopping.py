"""An event that can be waited for beside pipes."""

import select

from ai_sessions.stopping import Stop


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
