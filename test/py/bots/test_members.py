"""Who may do what."""

from dataclasses import replace

import pytest

from ai_sessions.bots.database import Database
from ai_sessions.bots.events import Inbound, Person, Place
from ai_sessions.bots.members import CODE_S, Members
from chat_service import ANN, AT, GROUP, HERE

EVENT = Inbound("1", HERE, ANN, AT)


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
def members(tmp_path, now):
    return Members(Database(tmp_path / "b.sqlite3"), lambda: now[0])


@pytest.mark.parametrize(
    ("allowed", "role"),
    [((), "stranger"), (("7",), "user"), (("100",), "user"), (("8",), "stranger")],
)
def test_who_is_listed_or_in_a_listed_chat_is_a_user(members, allowed, role):
    assert members.role(EVENT, allowed) == role


def test_a_group_lets_in_who_writes_there_and_only_there(members):
    there = replace(EVENT, place=GROUP)

    assert members.role(there, [GROUP.chat]) == "user"
    assert members.role(EVENT, [GROUP.chat]) == "stranger"


def test_a_listed_server_lets_in_who_writes_in_any_of_its_chats(members):
    there = Place("31", title="general", server="9")

    assert members.role(replace(EVENT, place=there), ["9"]) == "user"
    assert members.role(replace(EVENT, place=replace(there, server="8")), ["9"]) == "stranger"


def test_the_code_makes_one_owner_once(members):
    code = members.new_code()

    assert members.claim(EVENT, code.lower())
    assert not members.claim(replace(EVENT, sender=Person("8")), code)
    assert (members.role(EVENT, ()), members.owners()) == ("owner", ["7"])


def test_a_wrong_code_makes_nobody_an_owner_and_ten_end_the_right_one(members):
    code = members.new_code()

    assert not any(members.claim(EVENT, "AAAA-AAAA-AAAA") for _ in range(10))
    assert not members.claim(EVENT, code)
    assert members.owners() == []


def test_a_code_is_good_for_an_hour(members, now):
    code = members.new_code()
    now[0] += CODE_S + 1

    assert not members.claim(EVENT, code)


def test_a_new_code_ends_the_one_before(members):
    old = members.new_code()
    members.new_code()

    assert not members.claim(EVENT, old)


def test_a_refusal_is_told_once_a_day(members, now):
    assert [members.refused(EVENT, "stranger") for _ in range(3)] == [True, False, False]
    now[0] += 24 * 3600 + 1
    assert members.refused(EVENT, "stranger")
