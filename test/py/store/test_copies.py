"""Which entries count as copies of one that is to be redacted."""

import pytest

from ai_sessions import ids
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.store.copies import Copies, copies_of

UNIQUE = "01a22433-a9fc-771a-a152-fd873c74a73a"  # the same in each worker


def call(id_, seq=3, messages=2):
    return {"type": "interaction", "id": id_, "seq": seq, "messages": [{}] * messages}


def said(id_, seq=9):
    return {"type": "message", "id": id_, "seq": seq, "text": "hi"}


@pytest.mark.parametrize(
    ("uid", "entry", "expected"),
    [
        ("mine", call(UNIQUE), True),
        ("another", call(UNIQUE, seq=7), True),
        ("a fork", said(ids.forked("mine", "3.1")), True),
        ("a fork", said(ids.forked("mine", "3.2")), False),
        ("a fork", said(ids.forked("another", "3.1")), False),
        ("mine", call("other", seq=3), False),
        ("mine", {"type": "set", "id": UNIQUE, "key": "tags"}, False),
        ("mine", {"type": "session", "id": UNIQUE}, False),
        ("mine", {"type": "note", "id": None}, False),
    ],
)
def test_a_copy_has_the_same_id_or_one_that_a_fork_made_from_it(uid, entry, expected):
    assert Copies("mine", call(UNIQUE)).has(uid, entry) is expected


@pytest.mark.parametrize(
    "id_",
    [
        *("v1-3", "msg_1", "", UNIQUE[:-1], f"{UNIQUE[:-1]}g"),
        *(ids.forked(UNIQUE, "end"), ids.forked(UNIQUE), f"spoon:{UNIQUE}:1.0"),
    ],
)
def test_an_id_that_others_may_have_by_accident_counts_in_its_session_alone(id_):
    copies = Copies("mine", call(id_))

    assert copies.has("mine", call(id_))
    assert not copies.has("another", call(id_))


@pytest.mark.parametrize("uid", [UNIQUE, "v1-plan-a", "import:plan-a"])
def test_what_forks_took_from_the_same_place_is_a_copy_in_each_of_them(uid):
    first = said(ids.forked(uid, "3.0"))

    assert Copies("a fork", first).has("a fork of it", first)


def test_a_fork_of_a_fork_is_known_once_the_fork_was_found():
    copies = Copies("mine", call(UNIQUE))
    second = said(ids.forked("a fork", "9.0"))
    assert not copies.has("another fork", second)

    assert copies.without("a fork", said(ids.forked("mine", "3.0")), "now")["redacted"] == "now"
    assert copies.has("another fork", second)


def test_what_is_none_of_them_is_not_redacted():
    assert Copies("mine", call(UNIQUE)).without("mine", said("other"), "now") is None


def test_there_must_be_an_entry_and_words_in_it():
    with pytest.raises(NotFound, match="session plan-x has no entry 3"):
        copies_of("plan-x", "mine", None, 3)
    with pytest.raises(UsageError, match=r"entry 3 of session plan-x .* nothing was said in it"):
        copies_of("plan-x", "mine", {"type": "set", "seq": 3}, 3)
