"""Sessions in a file: every form that `import` takes, and what is wrong with what it does not."""

import io
import json
import random

import pytest

from ai_sessions.errors import ConfigError
from ai_sessions.sessions import reading

CALL = {"id": "i1", "seq": 3, "provider": "claude", "model": "m", "status": "ok", "messages": []}
CALL |= {"tokens": {"input": 1}, "cost_nusd": 7}
ONE = {"name": "chat", "uid": "u1", "interactions": [CALL], "notes": [{"seq": 1, "topic": "x"}]}
OTHER = {"name": "other", "uid": "u2", "messages": [{"seq": 1, "role": "user", "text": "hi"}]}


def read(text: str, path: str = "") -> list[dict]:
    """What is found, with the entries in the order of the log."""
    return [
        {**one.facts, "entries": [value for _kind, _n, value, _l in one.entries.in_order()]}
        for one in reading.sessions(io.StringIO(text), io.BytesIO, path)
    ]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([ONE, OTHER]),
        json.dumps([ONE, OTHER], indent=2),
        json.dumps({"schema": 1, "sessions": [ONE, OTHER]}),
        json.dumps({"sessions": [ONE, OTHER], "more": [1]}),
        f"{json.dumps(ONE)}\n\n{json.dumps(OTHER)}\n",
        json.dumps([ONE]) + json.dumps([OTHER]),
        "\ufeff" + json.dumps([ONE, OTHER]),
    ],
)
def test_every_form_of_an_export_is_taken(text):
    first, second = read(text)

    assert (first["name"], first["entries"]) == ("chat", [ONE["notes"][0], CALL])
    assert (second["name"], second["entries"]) == ("other", OTHER["messages"])


def test_the_order_of_keys_means_nothing():
    keys = list(ONE)
    for seed in range(10):
        random.Random(seed).shuffle(keys)  # noqa: S311 (no secret)
        [found] = read(json.dumps([{key: ONE[key] for key in keys}]))
        assert (found["name"], found["entries"]) == ("chat", [ONE["notes"][0], CALL])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nonsense", "not an export of sessions: line 1, column 1: a session is due"),
        ("# a page", "not an export of sessions: line 1, column 1: neither JSON nor"),
        ("[1]", "not an export of sessions: line 1, column 2: a session is due"),
        ('[{"x": 1}]', "line 1, column 2: a session without a name"),
        ('[{"name":"a"},\n {"name": 1}]', "line 2, column 2: a session without a name"),
        ('[{"name":"a","notes":{"x":1}}]', "notes of a must be a list"),
        ('[{"name":"a","notes":[5]}]', "a: a damaged entry at line 1, column 23"),
        ('[{"interactions":[{}, {}], "name":"a"}]', "a: a damaged entry at line 1, column 19"),
        ('[{"sessions": [{"sessions": []}]}]', "line 1, column 2: a session without a name"),
        ('{"sessions":[' * 2000, "line 1, column 26: nested too deeply"),
    ],
)
def test_what_is_no_export_is_told_with_its_place(text, told):
    with pytest.raises(ConfigError) as caught:
        read(text)

    assert told in str(caught.value)


def test_what_comes_before_a_broken_place_is_found_whole():
    text = json.dumps([ONE, OTHER])
    found = reading.sessions(io.StringIO(text[:-10]), io.BytesIO)

    assert next(found).facts["name"] == "chat"
    with pytest.raises(ConfigError, match=r"^not JSON: line 1, column \d+: "):
        next(found)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "x").write_bytes(b'[{"name":"\xff"}]')
    with (tmp_path / "x").open(encoding="utf-8") as file, pytest.raises(ConfigError, match="UTF-8"):
        list(reading.sessions(file, io.BytesIO))


def test_only_a_document_of_its_own_is_of_the_first_layout():
    old = {"interactions": [{"prompt": "do it", "response": "done"}]}
    [found] = read(json.dumps(old), "/backup/plan-pay/metadata.json")

    assert (found["name"], found["uid"]) == ("plan-pay", "v1-plan-pay")
    assert [one["text"] for one in found["entries"][0]["messages"]] == ["do it", "done"]
    with pytest.raises(ConfigError, match="damaged entry"):
        read(json.dumps([{"name": "a", **old}]))


@pytest.mark.parametrize(
    ("told", "meant"),
    [("2026-11-01T00:30:00+02:00", "2026-10-31T22:30:00.000Z"), ("soon", "soon"), (None, None)],
)
def test_times_come_in_as_we_write_them(told, meant):
    given = {"role": "user", "text": "hi", **({"ts": told} if told else {})}

    assert reading.entry_of("messages", given).message.at == (meant or "")
