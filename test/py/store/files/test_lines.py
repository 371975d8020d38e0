"""Journal lines: the CRC guards the bytes, and anything else than a line is nothing."""

import json

import pytest

from ai_sessions.store.files import lines

LINE = lines.encode({"v": 2, "type": "note", "seq": 1, "body": {"text": 'a"b\nc\u2028'}})


def test_a_line_is_one_json_object_with_the_crc_last():
    fields = json.loads(LINE)

    assert LINE.count(b"\n") == 1
    assert LINE.endswith(b"\n")
    assert list(fields)[-1] == "crc"
    assert lines.decode(LINE) == {key: fields[key] for key in fields if key != "crc"}


def test_every_cut_of_a_line_is_nothing():
    whole = len(LINE) - 1  # without its newline it is still whole

    assert [n for n in range(whole) if lines.decode(LINE[:n]) is not None] == []
    assert lines.decode(LINE[:whole]) is not None


def test_every_changed_byte_breaks_the_crc():
    for place in range(len(LINE) - 1):
        changed = LINE[:place] + bytes([LINE[place] ^ 1]) + LINE[place + 1 :]
        assert not lines.intact(changed)
    assert lines.intact(LINE)


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"\0" * 40, b"[]", b"null", b'{"v":2}', b'{"type":3}', b"\xff\xfe{}"),
        *(b"[" * 100_000, b'{"type":"note","x":NaN}', b'{"type":"note"}{"type":"note"}'),
    ],
)
def test_what_is_no_line_is_none(raw):
    assert lines.decode(raw) is None


def test_a_line_that_was_edited_by_hand_counts():
    edited = LINE.replace(b"note", b"memo")

    assert lines.decode(edited)["type"] == "memo"
    assert not lines.intact(edited)


def test_the_mark_of_a_line_is_its_crc_or_stands_for_its_last_bytes():
    assert lines.tail(LINE) == json.loads(LINE)["crc"]
    assert lines.tail(b"torn\n") != lines.tail(b"tarn\n")


def test_a_line_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(lines, "LONGEST", 100)

    with pytest.raises(ValueError, match="at most 100"):
        lines.encode({"type": "note", "body": "x" * 100})
