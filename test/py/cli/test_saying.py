"""`say`: a message in the log, told to the next model; what is wrong is one line, nothing added."""

import io
import json
import sys

import pytest

from ai_sessions.conversations.messages import said
from ai_sessions.records import About, Change, Message, Said, ToolCall
from ai_sessions.store.files import FileStore

CALL = Message("assistant", "", tool_calls=(ToolCall("call_1", "sum", {"of": [40, 2]}),))


@pytest.fixture
def talk(root):
    """A conversation in which a tool was asked for."""
    store = FileStore(root, fsync="none")
    store.ensure("talk", About(kind="chat"))
    store.append("talk", [Said(Message("user", "add 40 and 2")), Said(CALL)])
    return store


@pytest.fixture
def piped(monkeypatch):
    def pipe(data):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))

    return pipe


def messages(store):
    return [(one.role, one.text) for one in said(store, "talk", is_open=True)]


@pytest.mark.parametrize("role", ["user", "assistant", "system"])
def test_a_message_is_added_with_its_id(cli, talk, role):
    told = cli("say", "talk", "--role", role, "hello there")

    assert told.code == 0
    assert told.out.startswith("talk: ")
    assert messages(talk)[-1] == (role, "hello there")
    assert talk.read("talk").totals.interactions == 0


def test_json_tells_the_message_as_it_is_kept(cli, talk):
    answer = json.loads(cli("say", "talk", "--role", "user", "hello", "--json").out)

    assert answer["session"] == "talk"
    kept = answer["message"]
    assert (kept["role"], kept["text"]) == ("user", "hello")
    assert kept["id"] == said(talk, "talk")[-1].id


@pytest.mark.parametrize("words", [(), ("-",)], ids=["pipe", "dash"])
def test_the_text_comes_from_stdin(cli, talk, piped, words):
    piped("zwei\nZeilen ü\n".encode())
    assert cli("say", "talk", "--role", "user", *words).code == 0
    assert messages(talk)[-1] == ("user", "zwei\nZeilen ü\n")


@pytest.mark.parametrize("failed", [False, True], ids=["ok", "error"])
def test_the_result_of_a_tool_goes_with_its_call(cli, talk, failed):
    more = ["--error"] if failed else []
    told = cli("say", "talk", "--role", "tool", "--tool-call-id", "call_1", "42", *more)

    assert told.code == 0
    last = said(talk, "talk")[-1]
    assert (last.text, last.name, last.tool_call_id, last.is_error) == (
        "42",
        "sum",
        "call_1",
        failed,
    )
    assert talk.read("talk").totals.tool_errors == int(failed)


WRONG = {
    "role": (["--role", "robot", "hello"], "no role 'robot'"),
    "no-role": (["hello"], "--role"),
    "empty": (["--role", "user", "  "], "TEXT: it is empty"),
    "no-call": (["--role", "tool", "42"], "a tool result without a tool_call_id"),
    "unknown-call": (["--role", "tool", "--tool-call-id", "call_9", "42"], "no open tool call"),
    "call-of-a-user": (["--role", "user", "--tool-call-id", "call_1", "42"], "a user with"),
    "error-of-a-user": (["--role", "user", "--error", "42"], "--error needs --tool-call-id"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_one_line_and_the_session_stays_usable(cli, talk, wrong):
    words, problem = WRONG[wrong]
    before = messages(talk)
    told = cli("say", "talk", *words)

    assert told.code == 2
    assert told.err.count("error: ") == 1
    assert problem in told.err
    assert messages(talk) == before
    assert cli("say", "talk", "--role", "user", "go on").code == 0


def test_five_megabytes_are_refused_and_the_session_stays_usable(cli, talk, piped):
    piped(b"x" * (5 << 20))
    told = cli("say", "talk", "--role", "user", "-")

    assert told.code == 2
    assert "a message of 5,242,880 bytes" in told.err
    assert cli("say", "talk", "--role", "user", "go on").code == 0


def test_bytes_that_are_no_text_are_refused(cli, talk, piped):
    piped(b"\xff\xfe")
    told = cli("say", "talk", "--role", "user", "-")

    assert told.code == 2
    assert "not UTF-8" in told.err


def test_a_session_that_is_not_there_is_not_made(cli, talk):
    told = cli("say", "nobody", "--role", "user", "hello")

    assert told.code == 4
    assert talk.names() == ["talk"]


def test_a_conversation_that_is_over_is_followed_by_a_new_one(cli, talk):
    talk.append("talk", [Change("status", "inactive")])
    cli("say", "talk", "--role", "user", "hello again")

    assert messages(talk) == [("user", "hello again")]
    assert talk.read("talk.1").totals.messages == 2


def test_it_waits_for_a_turn_as_others_do(cli, talk):
    with talk.turn("talk", 0):
        told = cli("say", "talk", "--role", "user", "hello", "--wait", "0")

    assert told.code == 8
    assert "session talk is in use by pid" in told.err


def test_without_sessions_nothing_is_said(cli, talk, monkeypatch):
    monkeypatch.setenv("USE_SESSIONS", "false")
    told = cli("say", "talk", "--role", "user", "hello")

    assert told.code == 2
    assert "USE_SESSIONS is off" in told.err


def test_a_terminal_without_a_text_is_not_waited_for(cli, talk, monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    told = cli("say", "talk", "--role", "user")

    assert told.code == 2
    assert "what was said?" in told.err


@pytest.mark.parametrize(
    ("tokenizer", "told"),
    [
        ("auto", "user, 1 token\n"),
        ("cl100k", "user, 2 tokens\n"),
        ("estimate", "about 2 tokens\n"),
    ],
)
def test_tokens_are_told_and_whether_they_are_an_estimate(cli, monkeypatch, tokenizer, told):
    monkeypatch.setenv("TOKENIZER", tokenizer)
    cli("create", "support")

    assert cli("say", "support", "--role", "user", "😀").out.endswith(told)


def test_a_single_token_is_told_in_the_singular(cli):
    cli("create", "support")

    assert cli("say", "support", "--role", "user", "a").out.endswith("user, 1 token\n")


def test_a_tokenizer_that_is_not_installed_adds_nothing(cli, talk, monkeypatch):
    monkeypatch.setenv("TOKENIZER", "o200k")
    monkeypatch.setattr("ai_sessions.tokenizer._PACKAGE", "no_such_package_of_ours")
    before = talk.read("talk").last_seq

    told = cli("say", "talk", "--role", "user", "hello")

    assert (told.code, talk.read("talk").last_seq) == (3, before)
    assert "TOKENIZER=o200k needs the extra `tokens`" in told.err
    assert "--tokens" in told.err
