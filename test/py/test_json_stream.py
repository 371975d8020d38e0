"""Streamed JSON: the same as read whole, wherever a piece ends; broken, it says where."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions import json_stream
from ai_sessions.json_stream import NotJson, Reader

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def read(reader: Reader):
    """A document, taken apart as far as it goes."""
    if reader.next() == "{":
        return {key: read(reader) for key in reader.members()}
    if reader.next() == "[":
        return [read(reader) for _element in reader.elements()]
    return reader.value()


def told(text: str, piece: int) -> str:
    """What is said about a broken document."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_PIECE", piece)
        with pytest.raises(NotJson) as caught:
            reader = Reader(io.StringIO(text))
            while reader.next():
                read(reader)
    return str(caught.value)


@given(values, st.sampled_from([None, 2]), st.booleans(), st.integers(1, 30))
def test_pieces_of_any_size_give_what_the_whole_gives(value, indent, ascii_only, piece):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_PIECE", piece)
        assert Reader(io.StringIO(text)).value() == value
        reader = Reader(io.StringIO(f"{text}\n {text}"))
        assert [read(reader), read(reader), reader.next()] == [value, value, ""]


@pytest.mark.parametrize("piece", [1, 7, 1 << 16])
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": 1,\n "b": tru}', "line 2, column 7: expecting value"),
        ('{"a": 1\n,\n}', "line 3, column 1: a key in double quotes is due"),
        ('{"a" 1}', "line 1, column 6: ':' is due, not '1'"),
        ("[1, 2", "line 1, column 6: it ends before ',' or ']'"),
        ('["half', "line 1, column 2: unterminated string"),
        ('[{"a":', "line 1, column 7: it ends before a value"),
        ('{"a": "one\ntwo"}', "line 1, column 11: invalid control character"),
        ('["\\x"]', "line 1, column 3: invalid \\escape"),
        ("[NaN]", "line 1, column 2: NaN is not JSON"),
        ("[1] x", "line 1, column 5: expecting value"),
        ("[[[{]]]", "line 1, column 5: a key in double quotes is due"),
        ("[1,", "line 1, column 4: it ends before a value"),
    ],
)
def test_what_is_broken_is_told_with_its_place(text, place, piece):
    assert told(text, piece).startswith(place)


def test_a_value_that_is_nested_too_deeply_is_refused():
    with pytest.raises(NotJson, match="nested too deeply"):
        Reader(io.StringIO("[" * 100_000)).value()


def test_a_broken_value_is_not_read_to_the_end_of_the_file():
    class Endless(io.StringIO):
        left = 40

        def read(self, size=-1):
            Endless.left -= 1
            assert Endless.left, "reads on and on"
            return "x" * size

    with pytest.raises(NotJson, match="a value of more than 1,000 characters"):
        read_all = Reader(Endless(), longest=1000)
        read_all._text = '"'  # a string that never ends
        read_all.value()
    with pytest.raises(NotJson, match="expecting value"):
        Reader(Endless()).value()


def test_what_was_taken_is_not_kept():
    reader = Reader(io.StringIO("[" + ",".join(["[1, 2]"] * 100_000) + "]"))
    longest = 0
    for _element in reader.elements():
        reader.value()
        longest = max(longest, len(reader._text))

    assert longest < 3 << 16


def test_a_byte_order_mark_is_no_part_of_the_document():
    assert Reader(io.StringIO("\ufeff[1]")).value() == [1]


def test_places_before_a_value_are_those_of_its_first_character():
    reader = Reader(io.StringIO('[1,\n  {"a":\n 2}]'))
    places = []
    for _element in reader.elements():
        _value, text = reader.value_and_text()
        places.append((text, reader.place(before=len(text))))

    assert places == [("1", "line 1, column 2"), ('{"a":\n 2}', "line 2, column 3")]
