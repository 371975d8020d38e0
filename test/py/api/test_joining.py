"""What is written in one turn of the loop is one send."""

import pytest

from ai_sessions.api import joining
from ai_sessions.api.joining import Joined


class Transport:
    """Keeps what it is told."""

    def __init__(self):
        self.told = []

    def write(self, data):
        self.told.append(data)

    def close(self):
        self.told.append("close")

    def abort(self):
        self.told.append("abort")

    def write_eof(self):
        self.told.append("eof")

    def get_extra_info(self, name):
        return name


class Loop:
    """Turns when it is told."""

    def __init__(self):
        self.soon = []

    def call_soon(self, work):
        self.soon.append(work)

    def turn(self):
        soon, self.soon = self.soon, []
        for work in soon:
            work()


@pytest.fixture
def transport():
    return Transport()


@pytest.fixture
def loop():
    return Loop()


@pytest.fixture
def joined(transport, loop):
    return Joined(transport, loop)


def test_what_is_written_in_one_turn_is_sent_in_the_next(joined, transport, loop):
    joined.write(b"head")
    joined.write(b"")
    joined.write(b"body")
    assert transport.told == []

    loop.turn()
    loop.turn()
    assert transport.told == [b"headbody"]


def test_an_answer_that_is_complete_is_sent_at_once_and_only_once(joined, transport, loop):
    joined.write(b"head")
    joined.flush()
    joined.flush()
    loop.turn()

    assert transport.told == [b"head"]


def test_much_does_not_pile_up(joined, transport, monkeypatch):
    monkeypatch.setattr(joining, "_MOST", 4)
    joined.write(b"1234")
    assert transport.told == []
    joined.write(b"5")

    assert transport.told == [b"12345"]


@pytest.mark.parametrize(("end", "told"), [("close", "close"), ("write_eof", "eof")])
def test_what_was_written_is_sent_before_the_end(joined, transport, end, told):
    joined.write(b"last")
    getattr(joined, end)()

    assert transport.told == [b"last", told]


def test_a_connection_that_is_aborted_sends_nothing_more(joined, transport, loop):
    joined.write(b"lost")
    joined.abort()
    loop.turn()

    assert transport.told == ["abort"]


def test_all_else_is_the_transports(joined):
    assert joined.get_extra_info("peername") == "peername"
