"""What a conversation begins with, as a template file tells it, and what is wrong with one."""

import json

import pytest

from ai_sessions.dialogue.opening import Opening, Pinned, expiry, of_values, read
from ai_sessions.errors import ConfigError, UsageError

WHOLE = """\
title: Support desk
description: |
  Answers questions about orders.
  In two languages.
system: You are brief.
pins:
  - Never promise a date.
  - {key: tone, text: Be kind., reason: style guide}
state: {plan: pro, retries: 3, tags: [a, {b: null}], ratio: 0.5}
limit: 8000
tags: [support, orders, support]
expires: 7d
"""


def test_all_of_it_is_read():
    assert read(WHOLE, "t.yaml") == Opening(
        system="You are brief.",
        pins=(Pinned("Never promise a date."), Pinned("Be kind.", "tone", "style guide")),
        state={"plan": "pro", "retries": 3, "tags": ["a", {"b": None}], "ratio": 0.5},
        token_limit=8000,
        tags=("support", "orders"),
        title="Support desk",
        description="Answers questions about orders.\nIn two languages.\n",
        expires_in_ms=7 * 86_400_000,
    )


def test_json_is_read_too_and_nothing_has_to_be_there():
    assert read(json.dumps({"limit": 10}), "t.json") == Opening(token_limit=10)
    assert read("{}", "t.json") == Opening()


def test_pins_may_be_a_map_by_key():
    found = read("pins: {tone: Be kind., rule: No dates.}", "t.yaml")

    assert found.pins == (Pinned("Be kind.", "tone"), Pinned("No dates.", "rule"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "t.yaml:1: must be a map of title, description, system, pins, state, limit, tags, ex"),
        ("- a", "t.yaml:1: must be a map of"),
        ("a: [", "t.yaml:1: not YAML"),
        ("limit: 1\nsytem: x", "t.yaml:2: unknown key 'sytem' (did you mean 'system'?)"),
        ("qqqq: x", "t.yaml:1: unknown key 'qqqq' (known: title, description, system, pins, state"),
        ("1: x", "t.yaml:1: unknown key '1'"),
        ("limit: 1\nlimit: 2", "t.yaml:2: key 'limit' stands here twice"),
        ("system: 3", "t.yaml:1: system: must be text, not 3"),
        ("system: ' '", "t.yaml:1: system: must not be empty"),
        ('title: "a\\nb"', r"t.yaml:1: title: title 'a\nb': it may have no line break"),
        ("limit: 0", "limit: must be a whole number of tokens above 0, not 0"),
        ("limit: true", "limit: must be a whole number of tokens above 0, not True"),
        ("limit: 8k", "limit: must be a whole number of tokens above 0, not '8k'"),
        ("tags: a", "tags: must be a list of texts, not 'a'"),
        ("tags:\n- a\n- 'a,b'", "t.yaml:3: tags[1]: tag 'a,b': it may have no ','"),
        ('tags: ["a\\u0007"]', "it may have no line break or control character"),
        ("expires: soon", "expires: not an age: 'soon'"),
        ("expires: 0d", "expires: not a time to expire after: '0d'"),
        ("expires: 1.5", "expires: must be text, not 1.5"),
        ("pins: x", "pins: must be a list or a map of texts, not 'x'"),
        ("pins:\n  - a\n  - 3", "t.yaml:3: pins[1]: must be text, not 3"),
        ("pins:\n  - {txet: a}", "t.yaml:2: pins[0].txet: unknown key 'txet' (known: text, key, "),
        ("pins: [{key: a}]", "pins[0].text: must be text, not None"),
        ("pins: [{key: a=b, text: x}]", "pins[0].key: key 'a=b': it may have no '='"),
        ("pins: [{key: a, text: x}, {key: a, text: y}]", "pins[1]: key 'a' stands here twice"),
        ("pins: {a: 3}", "pins.a: must be text, not 3"),
        ("state: [a]", "state: must be a map, not ['a']"),
        ("state:\n  day: 2026-11-01", "t.yaml:2: state.day: must be a JSON value, not datetime.da"),
        ("state: {a: [1, .nan]}", "state.a[1]: must be a JSON value, not nan"),
        ("state: {a: {1: x}}", "state.a: must be a JSON value, not 1"),
        ("state: {a=b: x}", "key 'a=b': it may have no '='"),
        ("state: {1: x}", "must be text, not 1"),
    ],
)
def test_anything_else_is_refused_with_its_line(text, told):
    with pytest.raises(ConfigError) as caught:
        read(text, "t.yaml")
    assert told in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "ms"),
    [("7d", 604_800_000), ("12h", 43_200_000), ("30", 2_592_000_000), ("Never", None)],
)
def test_a_time_to_expire_after(text, ms):
    assert expiry(text) == ms
    assert read(f"expires: {text}", "t").expires_in_ms == ms


@pytest.mark.parametrize("text", ["", "0h", "-1d", "7y", "nan"])
def test_what_is_no_such_time_is_refused(text):
    with pytest.raises(UsageError):
        expiry(text)


def test_null_is_never():
    assert read("expires: null", "t").expires_in_ms is None


def test_a_program_tells_it_by_the_names_of_its_fields():
    found = of_values({"token_limit": 5, "expires_in_ms": 7, "pins": {"a": "x"}})

    assert (found.token_limit, found.expires_in_ms, found.pins[0].key) == (5, 7, "a")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"limit": 5}, "no part of an opening: 'limit'"),
        ({"expires_in_ms": 0}, "expires_in_ms: must be milliseconds above 0, not 0"),
        ({"pins": [{"text": ""}]}, "pins[0].text: must not be empty"),
    ],
)
def test_what_a_program_cannot_tell_is_named(given, told):
    with pytest.raises(UsageError) as error:
        of_values(given)
    assert error.value.message == told
