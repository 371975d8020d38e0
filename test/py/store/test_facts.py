"""The facts of a conversation in a checkpoint."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.errors import UsageError
from ai_sessions.store import facts, totals

VALUES = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4) | st.lists(st.text())
KEYS = st.sampled_from(
    ["title", "token_limit", "link.c", "parent", "kind", "state.a", "pin.b", "open_call.d"]
)


@given(st.lists(st.tuples(KEYS, VALUES)))
def test_whatever_is_put_leaves_sound_facts_that_can_be_told_again(changes):
    found: dict = {}
    for key, value in changes:
        facts.put(found, key, value)

    again: dict = {}
    for key, value in facts.told(found).items():
        facts.put(again, key, value)
    assert facts.is_sound(found)
    assert again == found


def test_a_session_of_a_workflow_has_none():
    assert totals.empty("plan-auth")[facts.KEY] == {}


def test_a_checkpoint_of_an_earlier_version_is_taken_as_it_is():
    old = totals.empty("plan-auth")
    del old[facts.KEY]
    for key in ("tool_calls", "tool_errors", "system_texts", "said_input_tokens"):
        del old["totals"][key]

    assert totals.completed(old) == totals.empty("plan-auth")


def test_a_checkpoint_with_damaged_facts_is_made_again():
    for damaged in ({"state": ["a"]}, {"open_calls": {"a": 1}}, {"open_calls": ["a"]}):
        assert totals.completed({**totals.empty("x"), facts.KEY: damaged}) is None


def test_of_given_facts_those_of_another_form_are_left_out():
    given = {"title": "x", "token_limit": "y", "parent": None, "state": [], "links": {"u": "n"}}

    assert facts.sound({**given, "more": 1}) == {"title": "x", "links": {"u": "n"}}


TEXTS = ["interface", "conversation_id", "external_user_id", "external_chat_id", "title"]


@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    [
        *((key, "x", 5) for key in (*TEXTS, "description")),
        *((key, 0, -1) for key in ("token_limit", "expires_in_ms", "summary_seq", "segment_seq")),
        ("token_limit", 2**63 - 1, 2**63),
        ("token_limit", 1, True),
        ("kind", "chat", "talk"),
        ("parent", {"name": "a", "uid": "b"}, {"name": "a"}),
        ("parent", {"name": "a", "uid": "b", "seq": 3, "number": 0}, {"name": "a", "uid": 5}),
        ("parent", {"name": "a", "uid": "b", "seq": 0}, {"name": "a", "uid": "b", "seq": -1}),
        ("parent", {"name": "a", "uid": "b"}, {"name": "a", "uid": "b", "number": "x"}),
        ("pin.a", {"text": "x", "message": "3.0"}, {"text": "x", "message": 3}),
        ("pin.a", {"text": "x", "reason": "asked"}, {"text": "x", "reason": []}),
        ("pin.a", {"text": "x", "at": "2026"}, {"text": "x", "at": 5}),
        ("link.a", "plan-b", 5),
    ],
    ids=str,
)
def test_a_value_of_the_wrong_kind_changes_nothing_and_is_damage(key, right, wrong):
    found: dict = {}
    facts.put(found, key, wrong)
    assert found == {}

    facts.put(found, key, right)
    assert facts.told(found) == {key: right}
    facts.put(found, key, wrong)
    assert facts.told(found) == {key: right}

    assert facts.is_sound(found)
    table, _, name = key.partition(".")
    where = {"pin": "pins", "link": "links"}.get(table, table)
    assert not facts.is_sound({where: {name: wrong} if name else wrong})

    facts.put(found, key, None)
    assert found == {}


@pytest.mark.parametrize("broken", [None, [], "x", {"state": []}, {"pins": []}, {"links": []}])
def test_what_is_no_facts_is_damage(broken):
    assert not facts.is_sound(broken)


def size(found):
    tables = [found.get(key, {}) for key in ("state", "pins", "links")]
    return len(json.dumps(tables, ensure_ascii=False).encode())


@pytest.mark.parametrize("key", ["state.a", "link.a"])
def test_room_is_counted_in_bytes_to_the_last_one(key):
    empty: dict = {}
    facts.put(empty, key, "")
    fits = "x" * (facts.LARGEST - size(empty))

    facts.refuse_too_large("chat", {}, [(key, fits)])
    with pytest.raises(UsageError, match="session chat: its state and pins would have 65,537"):
        facts.refuse_too_large("chat", {}, [(key, fits + "x")])
    with pytest.raises(UsageError):
        facts.refuse_too_large("chat", {}, [(key, "ż" * (len(fits) // 2 + 1))])


def test_one_that_is_too_large_already_may_shrink_and_have_other_facts():
    large = {"state": {"a": "x" * (facts.LARGEST + 10), "b": "y"}}

    facts.refuse_too_large("chat", large, [("state.b", None), ("title", "t")])
    facts.refuse_too_large("chat", large, [("title", "t" * facts.LARGEST)])
    with pytest.raises(UsageError):
        facts.refuse_too_large("chat", large, [("state.b", "yy")])


def test_only_entries_that_change_facts_do():
    entries = [
        {"type": "set", "key": "state.a", "value": 1},
        {"type": "set", "key": "tags", "value": ["x"]},
        {"type": "pin", "key": "p", "text": "x"},
        {"type": "pin", "key": "q", "text": None},
        {"type": "note", "topic": "x", "body": {}},
    ]

    found = facts.changes(entries)
    assert [key for key, _value in found] == ["state.a", "pin.p", "pin.q"]
    assert (found[0][1], found[1][1]["text"], found[2][1]) == (1, "x", None)


def test_keys_say_which_facts_they_are():
    known = ["state.a", "pin.a", "link.a", "title", "kind", facts.pin_key("x"), facts.link_key("x")]
    assert all(map(facts.is_fact, known))
    assert not any(map(facts.is_fact, ["tags", "status", "pinned", "owner", "calling", "x"]))


def test_a_session_begins_with_nothing_that_could_not_be_read_again():
    facts.refuse_unsound("chat", {"title": "x", "token_limit": 5})
    facts.refuse_unsound("chat", {})

    with pytest.raises(UsageError, match="session chat: token_limit cannot be 9223372036854775808"):
        facts.refuse_unsound("chat", {"title": "x", "token_limit": 2**63})
