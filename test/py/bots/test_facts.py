"""What people have decided in chats."""

import pytest

from ai_sessions.bots.database import Database
from ai_sessions.bots.facts import Facts


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
def facts(tmp_path, now):
    return Facts(Database(tmp_path / "b.sqlite3"), lambda: now[0])


def test_what_is_kept_is_read_by_kind_and_key_and_forgotten_once(facts):
    facts.keep("quiet", "100", True)
    facts.keep("quiet", "100", ["a"])

    assert (facts.read("quiet", "100"), facts.read("loud", "100")) == (["a"], None)
    assert (facts.forget("quiet", "100"), facts.forget("quiet", "100")) == (True, False)


def test_what_is_too_old_is_left_out(facts, now):
    facts.keep("allowed", "old", 1)
    now[0] += 10
    facts.keep("allowed", "new", 2)

    assert facts.all("allowed", 5) == {"new": 2}
    assert facts.all("allowed") == {"new": 2, "old": 1}


def test_who_comes_first_is_kept(facts):
    assert [facts.first("again", "m", one) for one in ("a", "b")] == ["a", "a"]
