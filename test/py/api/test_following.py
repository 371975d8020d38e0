"""How far a reader of a turn is, and what it is told."""

import pytest

from ai_sessions.api.following import Place, _Reader, place_of

HEAD = {"call": "c", "at": "2026-11-30T00:00:01.000Z"}
LATER = {"call": "c", "at": "2026-11-30T00:00:02.000Z"}


@pytest.mark.parametrize("text", ["", "c", "c.1.x.2", "c.1.2", "a.b.c.d.e", "c.1.-1.2"])
def test_what_is_no_place_is_the_beginning(text):
    assert place_of(text) == Place()


def test_a_place_is_read_as_it_was_written():
    place = Place("c", "20261130", 3, 17)

    assert place_of(str(place)) == place


def told(reader, lines, *, is_another=False):
    return [(one.name, one.data["text"]) for one in reader.events(lines, is_another=is_another)]


def test_pieces_and_tools_are_told_in_their_order():
    reader = _Reader("c", Place())
    lines = [HEAD, {"text": "a"}, {"kind": "tool", "text": "Read"}, {"text": "b"}]

    assert told(reader, lines, is_another=True) == [
        ("delta", "a"),
        ("tool", "Read"),
        ("delta", "b"),
    ]
    assert (reader.place.number, reader.place.characters) == (3, 2)
    assert reader.missed("ab") is None
    assert reader.missed("abc") == {"text": "c"}
    assert reader.missed("other") == {"text": "other", "begins": True}


def test_what_a_reader_had_is_not_told_again():
    reader = _Reader("c", Place("c", "20261130000001000", 1, 1))

    assert told(reader, [HEAD, {"text": "a"}, {"text": "b"}], is_another=True) == [("delta", "b")]


def test_another_attempt_begins_anew_for_who_had_something():
    reader = _Reader("c", Place())
    told(reader, [HEAD, {"text": "a"}], is_another=True)

    found = reader.events([LATER, {"text": "x"}], is_another=True)

    assert [one.name for one in found] == ["restart", "delta"]
    assert reader.missed("x") is None


def test_a_message_that_begins_anew_takes_the_place_of_the_one_before():
    reader = _Reader("c", Place())
    reader.events([HEAD, {"text": "thinking"}, {"text": "Yes", "begins": True}], is_another=True)

    assert (reader.place.characters, reader.missed("Yes")) == (3, None)


def test_the_draft_of_another_call_tells_that_ours_has_ended():
    reader = _Reader("c", Place())

    assert reader.events([{"call": "d", "at": ""}, {"text": "x"}], is_another=True) == []
    assert reader.has_lost_it
