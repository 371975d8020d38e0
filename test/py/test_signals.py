"""Signals that stop a command wait until the body is done, and are not lost."""

import signal
import threading

import pytest

from ai_sessions import signals


def test_a_signal_in_the_body_comes_after_it():
    steps = []
    with pytest.raises(KeyboardInterrupt), signals.deferred():
        signal.raise_signal(signal.SIGINT)
        steps.append("done")

    assert steps == ["done"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.deferred():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_error_in_the_body_gives_the_handlers_back():
    with pytest.raises(KeyError), signals.deferred():
        raise KeyError("x")

    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_in_other_threads_nothing_is_deferred():
    """Handlers can be set in the main thread alone: a call in another must not fail for that."""
    failed = []

    def body():
        try:
            with signals.deferred():
                pass
        except ValueError as error:
            failed.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()

    assert failed == []


def test_a_handler_hears_ctrl_c_for_the_length_of_the_body():
    heard = []
    with signals.on_interrupt(lambda number, _frame: heard.append(number)):
        signal.raise_signal(signal.SIGINT)

    assert heard == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_ctrl_c_that_is_ignored_is_heard_by_no_handler():
    heard = []
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with signals.on_interrupt(lambda *_given: heard.append(1)):
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == []


def test_an_error_gives_the_handler_of_ctrl_c_back():
    with pytest.raises(KeyError), signals.on_interrupt(lambda *_given: None):
        raise KeyError("x")

    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
