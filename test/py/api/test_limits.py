"""Which connection gives way when there are too many."""

import resource

import pytest

from ai_sessions.api import limits
from ai_sessions.api.limits import Crowd, Limits


class Open:
    def __init__(self, peer="127.0.0.1"):
        self.peer = peer


@pytest.fixture
def crowd():
    return Crowd(Limits(most=3, most_of_peer=2))


def test_the_one_that_has_waited_longest_goes(crowd):
    first, second, third = Open(), Open(), Open()
    for one in (first, second, third):
        crowd.enter(one)
        crowd.waits(one)
    crowd.answers(first)
    crowd.waits(first)

    assert crowd.enter(Open()) is second


def test_each_that_comes_makes_another_go(crowd):
    old = [Open() for _ in range(3)]
    for one in old:
        crowd.enter(one)
        crowd.waits(one)

    assert [crowd.enter(Open()) for _ in range(3)] == old
    assert len(crowd) == 3


def test_where_all_are_at_work_the_new_one_goes(crowd):
    for _ in range(3):
        crowd.enter(Open())

    assert crowd.enter(last := Open()) is last


def test_one_address_cannot_take_all_places(crowd):
    first, other = Open("192.0.2.1"), Open("192.0.2.2")
    for one in (other, first, Open("192.0.2.1")):
        crowd.enter(one)
        crowd.waits(one)

    assert crowd.enter(Open("192.0.2.1")) is first


def test_this_machine_may_take_all_places(crowd):
    assert [crowd.enter(Open()) for _ in range(3)] == [None] * 3


def test_one_that_has_gone_is_not_counted(crowd):
    for _ in range(3):
        crowd.enter(one := Open("192.0.2.1"))
        crowd.waits(one)
        crowd.leave(one)
        crowd.leave(one)
        crowd.waits(one)

    assert (len(crowd), crowd.enter(Open("192.0.2.1"))) == (0, None)
    crowd.enter(Open("192.0.2.1"))
    assert crowd.enter(last := Open("192.0.2.1")) is last


@pytest.mark.parametrize(
    ("had", "most", "raised"),
    [((256, 4096), 2000, 2256), ((256, 1000), 744, 1000), ((100, 100), 16, 100)],
)
def test_the_limit_of_files_is_raised_as_far_as_it_may_be(monkeypatch, had, most, raised):
    told = [had]
    monkeypatch.setattr(resource, "getrlimit", lambda _which: told[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _which, to: told.append(to))

    assert limits.with_files(Limits(most=2000)) == most
    assert told[-1][0] == raised


def test_a_system_that_refuses_more_files_is_left_as_it_is(monkeypatch):
    def refused(_which, _to):
        raise ValueError

    monkeypatch.setattr(resource, "getrlimit", lambda _which: (512, 4096))
    monkeypatch.setattr(resource, "setrlimit", refused)

    assert limits.with_files(Limits(most=2000)) == 256
