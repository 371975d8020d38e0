"""What is left of an entry when what was said in it is to be forgotten."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.store import totals
from ai_sessions.store.redacted import redacted

AT = "2026-11-28T20:00:00.000Z"
WORD = "hunter2"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.just(WORD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
#: What an entry of a version that we do not know may have beside the fields that we know.
LATER = st.dictionaries(st.sampled_from(["summary", "parts", "reason", "said", "x"]), JSON)
CALL = {
    "v": 2,
    "type": "interaction",
    "seq": 7,
    "id": "id-7",
    "ts": "2025-11-21T03:00:00.000Z",
    "provider": "claude",
    "model": "sonnet",
    "task": "T1.1",
    "tokens": {"input": 500, "output": 1000, "cache_read": 100},
    "cost_nusd": 16_500_000,
    "status": "ok",
}


def sums(entry):
    return totals.fold(totals.empty("plan-x"), [entry])


@given(later=LATER, detail=JSON, text=st.just(WORD) | JSON, extra=LATER)
def test_no_word_of_a_call_is_left_and_it_counts_the_same(later, detail, text, extra):
    messages = [{"role": "user", "text": text, "at": "t", **extra}, text]
    entry = {**later, **CALL, "detail": detail, "messages": messages}
    left = redacted(entry, AT)

    assert WORD not in json.dumps(left)
    assert totals.well_formed(left)
    assert sums(left) == sums(entry)
    assert {key: left[key] for key in CALL} == CALL
    assert [one["text"] for one in left["messages"]] == [f"[redacted {AT}]"] * 2


@given(kind=st.sampled_from(["message", "note", "segment", "pin"]), later=LATER, body=JSON)
def test_no_word_of_any_other_entry_is_left(kind, later, body):
    entry = {
        **later,
        "type": kind,
        "seq": 1,
        "id": "m1",
        "text": body,
        "topic": "todo",
        "body": body,
    }
    left = redacted(entry, AT)

    assert WORD not in json.dumps(left)
    assert (left["type"], left["seq"], left["id"], left["redacted"]) == (kind, 1, "m1", AT)
    assert redacted(left, "2030") == left


def test_of_the_first_line_only_the_title_goes():
    facts = {"title": WORD, "kind": "chat", "parent": {"name": "a", "uid": "b"}}
    entry = {"v": 2, "type": "session", "seq": 0, "uid": "u", "ts": AT, "conversation": facts}
    left = redacted(entry, AT)

    title = f"[redacted {AT}]"
    assert left == {**entry, "conversation": {**facts, "title": title}, "redacted": AT}
    assert totals.well_formed(left)


def test_a_change_that_took_a_value_away_still_does():
    entry = {"type": "set", "seq": 1, "id": "a", "key": "state.x", "value": None}

    assert redacted(entry, AT)["value"] is None
