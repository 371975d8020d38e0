"""Entries aside: out in the order of the log, and not kept in memory."""

import io
import json

import pytest

from ai_sessions.errors import StorageError
from ai_sessions.sessions.spooled import Spooled


def spooled(*lists):
    found = Spooled(io.BytesIO())
    for kind, values in lists:
        for value in values:
            found.add(kind, value, json.dumps(value, ensure_ascii=False))
    return found


def test_lists_come_out_as_one_log_with_what_has_no_number_first():
    calls = [{"seq": 5, "text": "ü"}, {"seq": 2}, {"seq": True}]
    found = spooled(("interactions", calls), ("notes", [{"seq": 3}, {"x": 1}, {"seq": -1}]))

    told = [(kind, place, value) for kind, place, value, _length in found.in_order()]
    assert told == [
        ("interactions", 2, {"seq": True}),
        ("notes", 1, {"x": 1}),
        ("notes", 2, {"seq": -1}),
        ("interactions", 1, {"seq": 2}),
        ("notes", 0, {"seq": 3}),
        ("interactions", 0, {"seq": 5, "text": "ü"}),
    ]


def test_the_length_is_that_of_the_text():
    [(_kind, _place, _value, length)] = spooled(("notes", [{"a": "ü"}])).in_order()

    assert length == len('{"a": "ü"}'.encode())


def test_values_of_any_kind_come_back_list_by_list():
    lists = {"messages": [1, "a", None], "notes": [{"seq": 10**40}]}

    assert spooled(*lists.items()).lists() == lists


def test_a_full_disk_is_told_in_one_line():
    with open("/dev/full", "w+b", buffering=0) as full, pytest.raises(StorageError) as caught:
        Spooled(full).add("notes", {}, "{}")

    assert str(caught.value) == "SESSION_DIR: No space left on device"


def test_what_a_full_disk_did_not_take_is_no_error_at_the_end():
    full = open("/dev/full", "w+b")  # noqa: SIM115 - closed by what is tested
    entries = Spooled(full)
    entries.add("notes", {}, "{}")

    entries.close()
    assert full.closed


def test_an_entry_is_found_by_its_number():
    found = spooled(("messages", [{"seq": 7, "a": 1}]), ("notes", [{"seq": 2}, {}]))

    assert (found.places(), found.at(7), found.at(3)) == (
        [0, 2, 7],
        ("messages", {"seq": 7, "a": 1}),
        None,
    )
