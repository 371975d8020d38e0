"""Items of a summary: what is stored can be read again, and what is not ours is passed over."""

import pytest

from ai_sessions.memory.items import Item, of_json, of_summary, to_json

WHOLE = Item("decision", "We use Redis.", ("3.0", "4.1"), "2026-11-01T10:00:00.000Z", "abc", "user")


@pytest.mark.parametrize("item", [WHOLE, Item("said", "hello")])
def test_an_item_comes_back_as_it_was_stored(item):
    assert of_json(dict(to_json(item))) == item


def test_what_is_empty_takes_no_room():
    assert to_json(Item("said", "hello")) == {"kind": "said", "text": "hello"}


@pytest.mark.parametrize(
    "told",
    [
        None,
        "text",
        {},
        {"kind": "poem"},
        {"kind": "said", "text": 1},
        {"kind": "said", "text": "x", "sources": "3.0"},
    ],
)
def test_what_is_no_item_is_none(told):
    assert of_json(told) is None


def test_items_of_a_later_version_are_passed_over():
    assert of_summary(({"kind": "poem", "text": "x"}, to_json(WHOLE))) == (WHOLE,)
