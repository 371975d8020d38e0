"""The first Ctrl-C stops an answer, a second one the command; before there is one, the first."""

import os
import pty
import signal
import termios

import pytest

from ai_sessions.cli.chat.interrupting import Interruption, keys_unseen

WAIT_S = 60


def press():
    signal.raise_signal(signal.SIGINT)


def test_an_answer_is_stopped():
    interruption = Interruption()
    with interruption.heard():
        interruption.answering()
        press()
        assert interruption.stop.wait(WAIT_S)

    assert interruption.came


def test_what_has_not_begun_to_answer_is_interrupted_as_ever():
    interruption = Interruption()
    with interruption.heard(), pytest.raises(KeyboardInterrupt):
        press()

    assert not interruption.came
    assert not interruption.stop.is_set()


def test_who_does_not_stop_is_interrupted_by_the_second():
    interruption = Interruption()
    with interruption.heard():
        interruption.answering()
        press()
        with pytest.raises(KeyboardInterrupt):
            press()


def test_afterwards_it_is_heard_as_before():
    interruption = Interruption()
    with interruption.heard():
        interruption.answering()

    with pytest.raises(KeyboardInterrupt):
        press()


def test_where_it_is_ignored_it_stays_so():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interruption().heard():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_stop_may_come_while_its_lock_is_held():
    interruption = Interruption()
    with interruption.heard():
        interruption.answering()
        with interruption.stop._guard:
            press()
        assert interruption.stop.wait(WAIT_S)


def test_a_terminal_that_is_closed_meanwhile_hides_no_other_error(monkeypatch):
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        with pytest.raises(SystemExit), keys_unseen():
            os.close(ours)
            raise SystemExit(143)


def test_keys_are_not_shown_during_an_answer_and_shown_again_afterwards(monkeypatch):
    ours, theirs = pty.openpty()

    def echoes():
        return bool(termios.tcgetattr(theirs)[3] & termios.ECHO)

    with os.fdopen(theirs, "r", closefd=False) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        with pytest.raises(ZeroDivisionError), keys_unseen():
            assert not echoes()
            raise ZeroDivisionError
        assert echoes()
    os.close(theirs)
    os.close(ours)
