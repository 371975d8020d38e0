"""`assistant.sh ask` and `chat`: one conversation wherever we are, in the session assistant."""

import io
import sys

import pytest
from scripted import Plain

from ai_sessions.assemble import providers
from ai_sessions.records import Interaction
from ai_sessions.store.files import FileStore


@pytest.fixture
def plain(monkeypatch):
    """A model that is asked, and the way to give its answers."""
    made = Plain()
    monkeypatch.setitem(providers.PROVIDERS, "plain", lambda _settings, _environment: made)
    monkeypatch.setenv("AI_PROVIDER", "plain")
    return made


@pytest.fixture
def here(root, tmp_path, monkeypatch):
    """A person whose home folder is empty."""
    monkeypatch.setenv("ASSISTANT_DIR", str(tmp_path / "me"))
    return tmp_path


def calls(root):
    return [one for one in FileStore(root).entries("assistant") if isinstance(one, Interaction)]


def repository(folder, monkeypatch):
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)


@pytest.mark.usefixtures("here", "plain")
def test_the_answer_is_stdout_and_the_call_is_on_record(cli, root):
    answer = cli("assistant", "ask", "What is a closure?")

    assert (answer.code, answer.out) == (0, "success\n")
    assert [one.purpose for one in calls(root)] == ["chat"]


def test_two_repositories_share_the_conversation(cli, root, here, plain, monkeypatch):
    for name in ("shop", "wiki"):
        repository(here / name, monkeypatch)
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
