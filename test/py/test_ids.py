"""Ids: never twice, and from each alone one can tell what made it and when."""

import time
import uuid

import pytest

from ai_sessions import ids

SEVEN = "0190a1b2-c3d4-7abc-8def-0123456789ab"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id-1",
        SEVEN[:-1],
        f"{SEVEN}0",
        SEVEN.replace("-", "0"),
        SEVEN.replace("7abc", "4abc"),
        SEVEN.replace("0190", "019g"),
    ],
)
def test_what_does_not_say_when_it_was_made_is_unknown(text):
    assert ids.made_ms(text) is None


def test_a_new_one_is_a_uuid_that_says_when_it_was_made():
    before = time.time_ns() // 1_000_000
    made = ids.new()
    after = time.time_ns() // 1_000_000

    assert before <= ids.made_ms(made) <= after
    assert str(uuid.UUID(made)) == made
    assert (uuid.UUID(made).version, uuid.UUID(made).variant) == (7, uuid.RFC_4122)


def test_no_two_are_the_same_in_one_instant(monkeypatch):
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_764_000_000_123_456_789)
    made = {ids.new() for _ in range(1000)}

    assert len(made) == 1000
    assert {ids.made_ms(one) for one in made} == {1_764_000_000_123}


@pytest.mark.parametrize(
    "text", [f"fork:{SEVEN}", f"fork:{SEVEN}:1", f"fork:{SEVEN}:1.x", f"spoon:{SEVEN}:1.0", "1.0"]
)
def test_what_names_no_place_of_a_session_was_made_by_no_fork(text):
    assert not ids.is_forked(text)


def test_a_fork_makes_the_same_id_at_every_try():
    assert ids.forked(SEVEN, "3.1") == ids.forked(SEVEN, "3.1") == f"fork:{SEVEN}:3.1"
    assert ids.is_forked(ids.forked(SEVEN, "3.1"))
    assert ids.forked(SEVEN) == f"fork:{SEVEN}"
    assert ids.made_ms(ids.forked(SEVEN, "3.1")) is None


@pytest.mark.parametrize(
    ("text", "is_unique"),
    [
        (SEVEN, True),
        (SEVEN.upper(), True),
        ("9ff4d8fe-e85f-47b7-ae91-94d6b49defd8", True),
        (f"fork:{SEVEN}:3.1", True),
        ("id-1", False),
        ("-" * 36, False),
        (SEVEN.replace("a", "g"), False),
    ],
)
def test_an_id_is_unique_when_nobody_else_makes_it_by_accident(text, is_unique):
    assert ids.is_unique(text) is is_unique
