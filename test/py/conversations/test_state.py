"""What a conversation knows: variables merge, pins stay verbatim, no tag of two at once is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from ai_sessions.conversations import forking, state
from ai_sessions.errors import NotFound, UsageError

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def test_variables_merge_and_null_takes_one_away(store, talk):
    state.update_state(store, NOW, talk, {"plan": "pro", "cart": {"items": [1]}})
    session = state.update_state(store, NOW, talk, {"plan": None, "n": 0, "lang": "de"})

    assert session.state == {"cart": {"items": [1]}, "n": 0, "lang": "de"}
    assert state.update_state(store, NOW, talk, {}) == session


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"a=b": 1}, "key 'a=b': it may have no '='"),
        ({"": 1}, "key '': it is empty"),
        ({"a": float("nan")}, "state a: not a JSON value: nan"),
        ({"a": {1, 2}}, "state a: not a JSON value: {1, 2}"),
        ({"a": "x" * 70_000}, "its state and pins would have"),
        ({1: 2}, "key: must be text, not 1"),
    ],
)
def test_what_cannot_be_kept_changes_nothing(store, talk, values, told):
    before = store.read(talk)

    with pytest.raises(UsageError) as caught:
        state.update_state(store, NOW, talk, {"fine": 1, **values})
    assert told in caught.value.message
    assert store.read(talk) == before


def test_a_pin_without_a_key_gets_the_next_free_number(store, talk):
    first = state.remember(store, NOW, talk, "Be brief.")
    second = state.remember(store, NOW, talk, "No dates.", reason="legal")
    state.forget(store, NOW, talk, "1")
    third = state.remember(store, NOW, talk, "In Polish.")

    assert [one.key for one in (first, second, third)] == ["1", "2", "1"]
    pins = store.read(talk).pins
    assert {key: pin.text for key, pin in pins.items()} == {
        **{"name": "I am Priya", "2": "No dates."},
        "1": "In Polish.",
    }
    assert pins["2"].reason == "legal"


def test_the_same_key_replaces_a_pin(store, talk):
    state.remember(store, NOW, talk, "I am Priya S.", key="name")

    assert store.read(talk).pins["name"].text == "I am Priya S."


def test_a_message_may_be_remembered_by_its_id(store, talk):
    pin = state.remember(store, NOW, talk, message="7.0")

    assert (pin.text, pin.message) == ("and tests?", "7.0")
    assert state.remember(store, NOW, talk, "tests", message="7.0").text == "tests"
    forking.fork(store, talk, "other", NOW)
    shared = f"{store.read(talk).uid}:7.0"
    assert state.remember(store, NOW, "other", message=shared).text == "and tests?"


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"text": ""}, UsageError, "nothing to remember: the text is empty"),
        ({"text": " \n"}, UsageError, "nothing to remember: the text is empty"),
        ({"text": "x", "key": "a=b"}, UsageError, "key 'a=b'"),
        ({"text": "x\udcff"}, UsageError, "text: not UTF-8 text"),
        ({"text": "x" * 70_000}, UsageError, "its state and pins would have"),
        ({"text": "x" * (2 << 20)}, UsageError, "bytes (at most"),
        ({"message": "99.0"}, NotFound, "session plan-a has no message '99.0'"),
        ({"message": "4.0"}, NotFound, "session plan-a has no message '4.0'"),
    ],
    ids=["empty", "blank", "key", "bytes", "64kB", "2MB", "no-message", "failed-call"],
)
def test_what_cannot_be_remembered_changes_nothing(store, talk, given, error, told):
    before = store.read(talk)

    with pytest.raises(error) as caught:
        state.remember(store, NOW, talk, **given)
    assert told in caught.value.message
    assert store.read(talk) == before


def test_forgetting_what_is_not_there_tells_what_is(store, talk):
    with pytest.raises(NotFound) as caught:
        state.forget(store, NOW, talk, "nmae")
    assert caught.value.message == "session plan-a has no pin 'nmae'"
    assert caught.value.hint == "there are: name"


def test_tags_come_and_go_each_once(store, talk):
    state.tag(store, NOW, talk, ["b", "a", "b"])
    session = state.tag(store, NOW, talk, ["c"], ["a", "never"])

    assert session.tags == ("b", "c")
    assert state.tag(store, NOW, talk, ["b"]).last_seq == session.last_seq
    with pytest.raises(UsageError, match="tag 'a,b'"):
        state.tag(store, NOW, talk, ["fine", "a,b"])
    assert store.read(talk).tags == ("b", "c")


def test_of_tags_and_pins_of_many_at_once_none_is_lost(store, talk):
    def both(number):
        state.tag(store, NOW, talk, [f"t{number}"])
        return state.remember(store, NOW, talk, f"p{number}").key

    with ThreadPoolExecutor(4) as pool:
        keys = list(pool.map(both, range(12)))
    session = store.read(talk)

    assert sorted(session.tags) == sorted(f"t{number}" for number in range(12))
    assert len(set(keys)) == 12
    assert {session.pins[key].text for key in keys} == {f"p{number}" for number in range(12)}


def test_state_is_a_map(store, talk):
    with pytest.raises(UsageError, match=r"a map of names to values, not \[1\]"):
        state.update_state(store, NOW, talk, [1])


@pytest.mark.parametrize(
    "change",
    [
        lambda store: state.update_state(store, NOW, "nobody", {"a": 1}),
        lambda store: state.remember(store, NOW, "nobody", "x"),
        lambda store: state.forget(store, NOW, "nobody", "x"),
        lambda store: state.tag(store, NOW, "nobody", ["x"]),
    ],
    ids=["state", "remember", "forget", "tag"],
)
def test_no_session_is_made_for_it(store, change):
    with pytest.raises(NotFound):
        change(store)
    assert store.names() == []
