"""What is written down can be held by JSON, and has no key at any depth."""

import json

import pytest
from test.py.store.test_key_patterns import BODY, HEADERS, KEYS

from ai_sessions.records import (
    About,
    Change,
    Message,
    Note,
    Pin,
    Said,
    Segment,
    Summary,
    ToolCall,
)
from ai_sessions.store.masking import storable, unmasked

NAME = "plan-x"


def test_values_are_made_storable_to_any_depth():
    value = {"a": [{"b": (KEYS[0], float("inf"))}], 1: {"x": {"y": None}}}

    assert storable(value) == {"a": [{"b": ["sk-[masked]", None]}], "1": {"x": {"y": None}}}


def test_a_key_is_no_name_of_a_value_either():
    value = {KEYS[0]: {KEYS[0]: 1}, "sk-[masked]": 2, "half \udfff": 3}

    assert storable(value) == {
        "sk-[masked]": {"sk-[masked]": 1},
        "sk-[masked]'": 2,
        "half \ufffd": 3,
    }


def test_a_variable_and_a_pin_of_a_masked_name_can_be_taken_away(files):
    name = KEYS[0]
    files.append(NAME, [Change(f"state.{name}", 1), Pin(name, "x")])
    kept = files.read(NAME)
    files.append(NAME, [Change(f"state.{name}", None), Pin("sk-[masked]", None)])

    assert (list(kept.state), list(kept.pins)) == (["sk-[masked]"], ["sk-[masked]"])
    assert (files.read(NAME).state, files.read(NAME).pins) == ({}, {})


def test_no_key_is_in_anything_a_conversation_is_remembered_by(files, root):
    text = "\n".join((*KEYS, *HEADERS))
    item = {"kind": "fact", "text": text, "sources": ["1.0"]}
    call = ToolCall("c1", "sh", {"command": text, KEYS[0]: text})
    files.ensure("chat", About(title=text, kind="chat"))
    files.append(
        "chat",
        [
            Summary(text, 0, items=(item,), detail={"failed": text, "deep": [{"x": text}]}),
            Pin("rule", text, reason=text),
            Change("state.key", {"x": [text]}),
            Change("title", text),
            Segment("manual", {"why": text}),
            Said(Message("assistant", "", tool_calls=(call,))),
        ],
    )

    written = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    assert b"did" not in written
    assert BODY[:12].encode() not in written
    assert written.count(b"[masked]") >= 10 * len(KEYS + HEADERS)


def test_no_key_is_anywhere_in_the_folder_of_a_session(files, root, call):
    text = "\n".join((*KEYS, *HEADERS))
    said = (Message("user", text), Message("assistant", text))
    files.append("chat", [call(messages=said, detail={"error": text}), Note("x", {"deep": [text]})])

    written = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    assert b"did" not in written
    assert BODY[:12].encode() not in written
    assert written.count(b"[masked]") == 4 * len(KEYS + HEADERS)


def test_what_is_nested_deeper_than_anybody_means_is_cut(files, call):
    deep = {"a": 1}
    for _ in range(5000):
        deep = {"a": deep}
    files.append(NAME, [call(detail=deep)])

    assert "nested too deeply" in json.dumps(next(files.entries(NAME)).detail)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("x\ud800y", "x\ufffdy"),
        (float("nan"), None),
        (float("-inf"), None),
        (True, True),
        (10**30, 10**30),
        (1.5, 1.5),
        (b"raw", "b'raw'"),
        ({"a": {1}}, {"a": [1]}),
    ],
)
def test_what_json_cannot_hold_is_replaced(given, kept):
    assert storable(given) == kept
    assert json.loads(json.dumps(storable(given))) == kept


def test_what_is_kept_unmasked_is_fit_for_json_and_has_its_key():
    assert unmasked({"key": KEYS[0], "half": "\udfff"}) == {"key": KEYS[0], "half": "\ufffd"}
