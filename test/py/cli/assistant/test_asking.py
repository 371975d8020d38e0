"""`assistant.sh ask` and `chat`: one conversation wherever we are, in the session assistant."""

import io
import json
import sys

import pytest

from ai_sessions.assemble.assistant import assistant
from ai_sessions.assistant.service import Assistant
from ai_sessions.cli.app import App
from ai_sessions.cli.assistant import asking
from ai_sessions.cli.output import Output
from ai_sessions.errors import StorageError
from ai_sessions.records import Interaction
from ai_sessions.store.files import FileStore
from loopback import Turn

PIN = "profile"
LLAMA, NEMOTRON, R1 = (
    "meta-llama/llama-3.2-3b-instruct:free",
    "nvidia/llama-3.1-nemotron-70b-instruct:free",
    "deepseek/deepseek-r1:free",
)


def calls(root):
    return [one for one in FileStore(root).entries("assistant") if isinstance(one, Interaction)]


def pinned(root):
    return {key: pin.text for key, pin in FileStore(root).read("assistant").pins.items()}


def conversations(folder):
    return json.loads((folder / "user_session.json").read_text())["total_conversations"]


def repository(folder, monkeypatch):
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)


@pytest.mark.usefixtures("here", "plain")
def test_the_answer_is_stdout_and_the_call_is_on_record(cli, root):
    answer = cli("assistant", "ask", "What is a closure?")

    assert (answer.code, answer.out) == (0, "success\n")
    assert [one.purpose for one in calls(root)] == ["chat"]


@pytest.mark.usefixtures("here")
def test_two_repositories_share_the_conversation(cli, root, tmp_path, plain, monkeypatch):
    for name in ("shop", "wiki"):
        repository(tmp_path / name, monkeypatch)
        assert cli("assistant", "ask", f"I am in {name}").code == 0

    assert len(calls(root)) == 2
    assert "I am in shop" in str(plain.requests[-1].history)


@pytest.mark.usefixtures("here", "plain")
def test_what_is_piped_in_is_the_question(cli, root, monkeypatch):
    for words in (("ask",), ("ask", "-"), ("chat",)):
        monkeypatch.setattr(sys, "stdin", io.StringIO("one\ntwo\n"))
        assert cli("assistant", *words).code == 0

    assert [one.messages[0].text for one in calls(root)] == ["one\ntwo\n"] * 3


@pytest.mark.usefixtures("here", "plain")
@pytest.mark.parametrize("words", [("ask", " "), ("ask", "-"), ("chat",)])
def test_nothing_to_ask_is_one_line_and_makes_no_session(cli, root, monkeypatch, words):
    monkeypatch.setattr(sys, "stdin", io.StringIO(" \n"))

    answer = cli("assistant", *words)

    assert answer.code == 2
    assert answer.err.startswith("error: what should be asked?")
    assert not (root / "assistant").exists()


@pytest.mark.usefixtures("met")
def test_every_model_is_told_who_asks(cli, plain):
    cli("assistant", "ask", "Who am I?")

    told = str(plain.requests[0].history)
    assert "Your name is Brakel" in told
    assert "assistant of Declan" in told


@pytest.mark.usefixtures("here")
def test_an_answer_may_take_as_long_as_is_said(cli, plain):
    cli("assistant", "ask", "Hello?", "--timeout", "7")

    assert plain.requests[0].timeout_s <= 7


@pytest.mark.usefixtures("met", "plain")
def test_a_new_name_takes_the_place_of_the_old_one(cli, root):
    cli("assistant", "ask", "Who am I?")
    cli("assistant", "--init", "--name", "Ada", "--assistant", "Brakel", "--model", "2")
    cli("assistant", "ask", "And now?")

    assert list(pinned(root)) == [PIN]
    assert FileStore(root).read("assistant").pins[PIN].reason == "assistant.sh"
    assert "Ada" in pinned(root)[PIN]


@pytest.mark.usefixtures("met", "plain")
def test_who_was_forgotten_is_told_to_nobody(cli, root):
    cli("assistant", "ask", "Who am I?")
    cli("assistant", "--reset")
    answer = cli("assistant", "ask", "And now?")

    assert pinned(root) == {}
    assert "it does not know who you are: assistant.sh --init" in answer.err


@pytest.mark.usefixtures("plain")
def test_a_conversation_counts_when_something_was_answered(cli, met, plain):
    cli("assistant", "ask", "One?")
    plain.steps = [RuntimeError]
    cli("assistant", "ask", " ")

    assert conversations(met) == 1


@pytest.mark.usefixtures("plain")
def test_an_answer_is_an_answer_where_the_profile_cannot_be_written(cli, met, monkeypatch):
    def full(_self):
        raise StorageError("disk full")

    monkeypatch.setattr(Assistant, "begin_conversation", full)
    answer = cli("assistant", "ask", "One?")

    assert (answer.code, answer.out) == (0, "success\n")
    assert "warning: disk full" in answer.err


@pytest.mark.usefixtures("here")
def test_where_nobody_can_be_asked_keys_and_agents_are_named(cli, root, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    answer = cli("assistant", "ask", "Hello?")

    assert answer.code == 3
    assert answer.err.startswith("error: there is nobody to ask: no pool's key is set")
    assert "OPENROUTER_API_KEY" in answer.err
    assert "npm install" in answer.err
    assert not (root / "assistant").exists()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("model", "code", "told"),
    [
        ("2", 3, "openrouter needs a key"),
        ("meta-llama/llama-3.2-3b-instruct:free", 3, "openrouter needs a key"),
        ("99", 2, "no model has the number '99'"),
    ],
)
def test_a_model_is_named_as_in_the_profile(cli, model, code, told):
    answer = cli("assistant", "ask", "Hello?", "--model", model)

    assert (answer.code, told in answer.err) == (code, True)


@pytest.mark.usefixtures("here")
def test_a_model_of_no_catalog_is_of_the_provider_that_is_set(cli, plain):
    cli("assistant", "ask", "Hello?", "--model", "mine")

    assert plain.requests[0].model == "mine"


def asked(server):
    return [one.body["model"] for one in server.seen if one.method == "POST"]


@pytest.mark.usefixtures("met")
def test_the_favorite_is_asked_first_and_then_the_others(cli, openrouter, monkeypatch):
    monkeypatch.setenv("AI_STRATEGY", "seed")
    server = openrouter({LLAMA: [Turn("Hello")], R1: [Turn(status=502)]})
    answer = cli("assistant", "ask", "Hello?")

    assert (answer.code, answer.out) == (0, "Hello\n")
    assert asked(server) == [R1, LLAMA]
    assert f"openrouter:{R1}: 502" in answer.err


@pytest.mark.usefixtures("met")
def test_a_call_is_counted_once_in_the_file_for_other_programs(cli, met, openrouter):
    openrouter({R1: [Turn("Hello", usage={"prompt_tokens": 30, "completion_tokens": 12})]})
    cli("assistant", "ask", "Hello?")

    used = json.loads((met / "model_usage.json").read_text())[R1]
    assert (used["requests_today"], used["total_requests"]) == (1, 1)
    assert used["total_tokens"] == 42


@pytest.mark.usefixtures("met")
def test_a_call_that_failed_is_counted_in_the_file_and_as_no_conversation(cli, met, openrouter):
    openrouter({R1: [Turn(status=502)]})
    assert cli("assistant", "ask", "Hello?").code == 9

    assert json.loads((met / "model_usage.json").read_text())[R1]["total_requests"] == 1
    assert conversations(met) == 0


@pytest.mark.usefixtures("plain")
def test_a_call_of_a_server_that_is_no_pool_is_counted_once_too(cli, met):
    cli("assistant", "ask", "Hello?")

    used = json.loads((met / "model_usage.json").read_text())
    assert [(one["total_requests"], one["total_tokens"]) for one in used.values()] == [(1, 120)]


@pytest.mark.usefixtures("plain")
def test_a_chat_of_several_turns_is_one_conversation(cli, met):
    app = App(Output())
    helper = assistant(app.settings, app.environment, app.out.note)
    given = {"provider": None, "model": None, "timeout": None, "lock_wait": None}
    turns = asking.opened(app, helper, helper.profile(), given)
    for text in ("One", "Two"):
        turns.ask(text)

    assert conversations(met) == 1


@pytest.mark.usefixtures("met")
def test_a_model_that_is_named_is_the_only_one_that_is_asked(cli, openrouter):
    server = openrouter({LLAMA: [Turn("Hello")], NEMOTRON: [Turn("No")]})

    assert cli("assistant", "ask", "Hello?", "--model", "3").out == "Hello\n"
    assert asked(server) == [LLAMA]


@pytest.mark.usefixtures("met")
def test_auto_within_a_chat_gives_the_choice_back(cli, openrouter):
    server = openrouter({LLAMA: [Turn("Hello")], R1: [Turn("Hi")]})
    app = App(Output())
    helper = assistant(app.settings, app.environment, app.out.note)
    given = {"provider": None, "model": "3", "timeout": None, "lock_wait": None}
    turns = asking.opened(app, helper, helper.profile(), given)

    assert turns.chat.provider.name == "openrouter"
    turns.take("auto")
    assert turns.chat.provider.favourites == {f"openrouter:{R1}"}
    assert asked(server) == []


@pytest.mark.usefixtures("here", "plain")
def test_it_says_when_nothing_of_it_is_kept(cli, root, monkeypatch):
    monkeypatch.setenv("USE_SESSIONS", "false")
    answer = cli("assistant", "ask", "Hello?")

    assert (answer.code, answer.out) == (0, "success\n")
    assert "nothing of this is kept" in answer.err
    assert not (root / "assistant").exists()
