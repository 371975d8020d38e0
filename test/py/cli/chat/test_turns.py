"""The turns of a sitting: what is warned about, what they came to, and what goes on after them."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from scripted import Agent

from ai_sessions.cli.app import App
from ai_sessions.cli.chat.turns import Turns, facts
from ai_sessions.cli.output import Output
from ai_sessions.conversations.chat import Chat
from ai_sessions.errors import ProviderError
from ai_sessions.providers.contract import Failure, Reply
from ai_sessions.records import About, Resume, Usage


@pytest.fixture
def turns(root, tmp_path):
    """Turns with an agent that takes these steps; `turns.said()` is what both streams have."""

    def begin(*steps):
        out = Output(stdout=io.StringIO(), stderr=io.StringIO())
        app = App(out, {"SESSION_DIR": str(root), "SESSION_FSYNC": "none"}, tmp_path)
        made = Turns(app, Chat("notes", About(), Agent(*steps), Path(tmp_path)))
        made.said = lambda: (out.stdout.getvalue(), out.stderr.getvalue())
        return made

    return begin


def test_what_the_turns_came_to_is_told_once_in_all(turns):
    made = turns("one", "two")
    made.ask("a")
    made.ask("b")
    made.told()

    assert made.said() == ("one\ntwo\n", "notes: 2 calls, 240 tokens, $0.0200\n")


def test_nothing_is_told_of_no_turn(turns):
    made = turns()
    made.told()

    assert made.said() == ("", "")


def test_a_failed_call_counts_and_is_no_stopped_one(turns):
    failure = Failure("server", "broken")
    made = turns(Reply("", "model-1", Usage(10, 2), failure=failure))
    with pytest.raises(ProviderError, match="broken"):
        made.ask("a")
    made.told()

    assert not made.was_stopped
    assert "notes: 1 call, 12 tokens" in made.said()[1]


def test_another_conversation_than_before_is_warned_about(turns):
    made = turns("one", Reply("two", "model-1", resume=Resume("another")))
    made.ask("a")
    made.ask("b")

    assert "warning: the agent began a new conversation (context lost)" in made.said()[1]


def test_what_was_denied_is_said_without_advice_to_who_followed_it(turns):
    made = turns(Reply("no", "model-1", resume=Resume("c"), denied=("Bash",)))
    made.chat = replace(made.chat, access="edit")
    made.ask("a")

    assert made.said()[1] == "warning: the agent was not allowed to use Bash\n"


def test_a_turn_as_json_has_its_call(turns):
    told = facts(turns("one").ask("a"))

    assert (told["session"], told["text"], told["denied"]) == ("notes", "one", [])
    assert told["interaction"]["purpose"] == "chat"
