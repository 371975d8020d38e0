"""`remember`, `forget` and `state` as they are typed."""

import io
import json

import pytest

from ai_sessions.cli.terminal import COMPLETE
from ai_sessions.records import Message, Said


@pytest.fixture
def talk(cli, store):
    """A chat `support` with one message; the session of the store that has its pins and state."""
    assert cli("create", "support").code == 0
    store.append("support", [Said(Message("user", "I am Priya."))])

    def read():
        return store.read("support")

    return read


def test_words_are_pinned_by_key_or_by_number(cli, talk):
    assert cli("remember", "supp", "I am Priya", "--key", "name").out == "support remembers name\n"
    assert cli("remember", "support", "Be brief").out == "support remembers 1\n"
    assert {key: pin.text for key, pin in talk().pins.items()} == {
        "name": "I am Priya",
        "1": "Be brief",
    }


def test_a_message_is_pinned_by_its_id_with_the_reason(cli, talk):
    words = ("remember", "support", "--message", "2.0", "--reason", "who it is", "--json")
    found = json.loads(cli(*words).out)

    assert found["session"] == "support"
    assert found["pin"] == {
        **{"key": "1", "text": "I am Priya.", "message": "2.0"},
        "reason": "who it is",
    }
    assert "I am Priya." in cli("show", "support").out


def test_a_text_may_come_from_stdin(cli, talk, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("Żółw\n".encode())))

    assert cli("remember", "support", "-", "--key", "a").code == 0
    assert talk().pins["a"].text == "Żółw\n"


def test_what_is_forgotten_is_in_no_pin_and_still_in_the_log(cli, talk):
    cli("remember", "support", "Be brief", "--key", "tone")
    found = json.loads(cli("forget", "support", "tone", "--json").out)

    assert (found["forgotten"], found["pins"]) == ("tone", [])
    assert talk().pins == {}
    assert "tone: Be brief" in cli("show", "support").out


def test_state_is_set_shown_and_taken_away(cli, talk):
    answer = cli("state", "supp", "plan=pro", "n=3", 'cart={"items": [1]}', "empty=", "x==")

    assert answer.out == 'support: plan=pro, n=3, cart={"items": [1]}, empty=, x==\n'
    assert talk().state == {
        **{"plan": "pro", "n": 3, "cart": {"items": [1]}},
        **{"empty": "", "x": "="},
    }
    assert cli("state", "support", "plan=null").out == "support: plan is gone\n"
    assert cli("state", "support").out.splitlines() == [
        *("n=3", 'cart={"items": [1]}'),
        *("empty=", "x=="),
    ]
    assert cli("state", "support", "n").out == "3\n"
    assert cli("state", "support", "n", "x").out == "n=3\nx==\n"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("true", True),
        ('"3"', "3"),
        ("3.50", 3.5),
        ("007", "007"),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        ("1e999", "1e999"),
        ("{a: 1}", "{a: 1}"),
        ("[" * 100_000, "[" * 100_000),
        ("12345678901234567890123", 12345678901234567890123),
        ("zażółć", "zażółć"),
    ],
    ids=lambda one: str(one)[:12],
)
def test_a_value_is_json_or_else_text(cli, talk, typed, value):
    answer = cli("state", "support", f"a={typed}")

    if len(typed) > 1 << 16:
        assert (answer.code, talk().state) == (2, {})
        return
    assert answer.code == 0
    assert talk().state == {"a": value}
    assert json.loads(cli("state", "support", "a", "--json").out)["state"] == {"a": value}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("remember", "support"), 2, "what is to be remembered? TEXT is missing"),
        (("remember", "support", ""), 2, "TEXT: it is empty"),
        (("remember", "nobody", "x"), 4, "no session 'nobody'"),
        (("remember", "support", "x", "--key", "a=b"), 2, "key 'a=b': it may have no '='"),
        (("remember", "support", "x\udcff"), 2, "TEXT: not UTF-8 text"),
        (("remember", "support", "--message", "9.0"), 4, "session support has no message '9.0'"),
        (("remember", "support", "x" * 70_000), 2, "its state and pins would have"),
        (("forget", "support", "nothing"), 4, "session support has no pin 'nothing'"),
        (("forget", "nobody", "x"), 4, "no session 'nobody'"),
        (("state", "nobody"), 4, "no session 'nobody'"),
        (("state", "support", "nothing"), 4, "session support has no state 'nothing'"),
        (("state", "support", "=x"), 2, "key '': it is empty"),
        (("state", "support", "a=1", "b"), 2, "set and show in one: 'b' has no value"),
        (("state", "support", "a=\udcff"), 2, "state a: not UTF-8 text"),
        (("state", "support", "a\x07=1"), 2, "it may have no line break or control character"),
        (("state", "support", f"a={'x' * 70_000}"), 2, "(at most 65,536)"),
    ],
    ids=lambda one: "-".join(map(ascii, one))[:40] if isinstance(one, tuple) else "",
)
def test_bad_input_is_one_line_and_the_session_stays_usable(cli, talk, words, code, told):
    before = talk()
    answer = cli(*words)

    assert (answer.code, answer.out) == (code, "")
    assert told in answer.err
    assert len(answer.err.splitlines()) <= 2
    assert talk() == before
    assert json.loads(cli(*words, "--json").out)["code"] == code
    assert cli("state", "support", "fine=1").code == 0


@pytest.mark.parametrize(
    "words", [("remember", "support", "x"), ("forget", "support", "x"), ("state", "support", "a=1")]
)
def test_without_sessions_nothing_is_changed(cli, talk, monkeypatch, words):
    monkeypatch.setenv("USE_SESSIONS", "false")
    answer = cli(*words)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: USE_SESSIONS is off")
    assert cli("state", "support").code == 0


@pytest.mark.parametrize(
    ("line", "offered"),
    [("forget support to", "tone"), ("state support pl", "plan")],
)
def test_keys_are_completed(cli, talk, monkeypatch, line, offered):
    cli("remember", "support", "x", "--key", "tone")
    cli("state", "support", "plan=pro")
    monkeypatch.setenv("COMP_WORDS", f"ai-session.sh {line}")
    monkeypatch.setenv("COMP_CWORD", "3")
    monkeypatch.setenv(COMPLETE, "bash_complete")

    assert cli("completion").out == f"plain,{offered}\n"
