"""`show` of a conversation: its facts, its last messages, the marks between. Work is as before."""

import json
import re
from datetime import UTC, datetime

import pytest

from ai_sessions.conversations import forking
from ai_sessions.records import About, Change, Message, Parent, Pin, Said, Segment, ToolCall
from ai_sessions.sessions import latest
from ai_sessions.store.files import FileStore

THEN = datetime(2026, 1, 1, tzinfo=UTC)
CALL = ToolCall("c1", "weather", {"city": "Rome"})


@pytest.fixture
def talk(root):
    """A chat with a tool call, a break and a pin; entries 1 to 7."""
    store = FileStore(root, fsync="none", now=lambda: THEN)
    about = About(title="Weather", token_limit=8000, interface="telegram", conversation_id="7")
    store.ensure("talk", about)
    store.append(
        "talk",
        [
            Said(Message("user", "And\nRome?")),
            Said(Message("assistant", "", tool_calls=(CALL,))),
            Said(Message("tool", "no net", name="weather", tool_call_id="c1", is_error=True)),
            Said(Message("assistant", "I cannot know.")),
            Segment("clear"),
            Pin("tone", "Be\nkind."),
            Change("state.plan", {"name": "pro"}),
        ],
    )
    return store


def rows(answer):
    """First and last cell of each line of the messages."""
    table = re.split(r"\n\nLast \d+ of \d+ messages?:\n", answer.out)[1].splitlines()[1:]
    cells = [re.split(" {2,}", line) for line in table]
    return [f"{row[0]}|{row[-1]}" for row in cells]


def test_a_chat_is_shown_with_its_facts_messages_and_marks(cli, talk):
    answer = cli("show", "ta")
    facts = dict(line.split(maxsplit=1) for line in answer.out.split("\n\n")[0].splitlines())

    assert facts["Title"] == "Weather"
    assert facts["Limit"] == "8,000 tokens"
    assert facts["Interface"] == "telegram 7"
    assert facts["Pin"] == "tone: Be kind."
    assert facts["State"] == 'plan={"name": "pro"}'
    assert facts["Messages"].endswith("1 tool call, 1 failed)")
    assert "Last 4 of 4 messages:\n" in answer.out
    assert rows(answer) == [
        *("1.0|And Rome?", '2.0|calls weather {"city": "Rome"}'),
        *("3.0|weather: failed: no net", "4.0|I cannot know."),
        *("5|cleared; a model is told what follows", "6|tone: Be kind."),
    ]


def test_programs_get_whole_messages_and_the_marks(cli, talk):
    found = json.loads(cli("show", "talk", "--messages", "2", "--json").out)

    assert [one["id"] for one in found["messages"]] == ["3.0", "4.0"]
    assert found["messages"][0]["tool_call_id"] == "c1"
    assert found["messages"][0]["is_error"] is True
    assert [(one["kind"], one["seq"]) for one in found["marks"]] == [("segment", "5"), ("pin", "6")]
    assert found["session"]["state"] == {"plan": {"name": "pro"}}


@pytest.mark.parametrize(("asked", "ids"), [("0", []), ("1", ["4.0"]), ("99", None)])
def test_as_many_messages_as_asked(cli, talk, asked, ids):
    found = json.loads(cli("show", "talk", "--messages", asked, "--json").out)
    shown = [one["id"] for one in found.get("messages", [])]

    assert shown == (["1.0", "2.0", "3.0", "4.0"] if ids is None else ids)
    assert ("marks" in found) == (asked != "0")


def test_the_end_of_a_long_chat_is_found_behind_many_marks(cli, talk):
    talk.append("talk", [Change("state.n", number) for number in range(200)])

    assert rows(cli("show", "talk", "--messages", "1"))[0] == "4.0|I cannot know."


def test_one_that_has_expired_says_so(cli, talk):
    talk.append("talk", [Change("expires_in_ms", 1000)])
    answer = cli("show", "talk")

    assert "\nStatus         expired\n" in answer.out
    assert rows(answer)[-1].endswith("the next message begins a new conversation")
    assert "2026-01-01T00:00:01Z  expired" in answer.out
    assert json.loads(cli("show", "talk", "--json").out)["session"]["status"] == "expired"


def test_forks_are_told_where_they_left_and_where_they_come_from(cli, talk):
    forking.fork(talk, "talk", "other", THEN, "2.0")
    uid = talk.read("talk").uid

    assert rows(cli("show", "talk"))[2] == "2|other begins here"
    assert rows(cli("show", "other")) == [
        *(f"{uid}:1.0|And Rome?", f'{uid}:2.0|calls weather {{"city": "Rome"}}'),
        "1|from talk: what is above was said there",
    ]
    assert "\nFork of        talk\n" in cli("show", "other").out


def test_a_fork_whose_parent_is_gone_shows_what_is_its_own(cli, talk):
    forking.fork(talk, "talk", "other", THEN)
    talk.append("other", [Said(Message("user", "alone"))])
    talk.discard("talk")
    answer = cli("show", "other")

    assert answer.code == 0
    assert rows(answer)[-1].endswith("|alone")


def test_work_is_shown_as_before_unless_messages_are_asked_for(cli, store):
    assert "who" not in cli("show", "implement-payment").out
    assert "messages" not in json.loads(cli("show", "implement-payment", "--json").out)
    answer = cli("show", "implement-payment", "--messages", "1")

    assert rows(answer) == ["2.1|Done."]


def test_a_long_line_is_cut_and_whole_for_programs(cli, talk):
    talk.append("talk", [Said(Message("user", "x" * 500))])

    assert rows(cli("show", "talk"))[-1] == f"8.0|{'x' * 199}…"
    assert len(json.loads(cli("show", "talk", "--json").out)["messages"][-1]["text"]) == 500


def test_the_transcript_has_tools_marks_and_the_shared_past(cli, talk):
    forking.fork(talk, "talk", "other", THEN)
    page = cli("show", "other", "--transcript").out

    assert '"name": "weather", "arguments": {"city": "Rome"}' in page
    assert '> no net\n\n**Metadata:**\n- name: `"weather"`\n' in page
    assert "*segment* cleared; a model is told what follows\n" in page
    assert cli("show", "other", "--transcript", "--messages", "1").code == 2


def test_a_conversation_that_follows_is_no_fork(cli, talk):
    parent = Parent("talk", talk.read("talk").uid)
    talk.ensure("next", About(parent=parent))

    assert "begins here" not in cli("show", "talk").out
    assert "\nFollows        talk\n" in cli("show", "next").out


def test_a_chat_without_calls_is_not_searched_for_them(cli, talk, monkeypatch):
    def read(*_arguments):
        raise AssertionError("all of it was read")
        yield

    monkeypatch.setattr(latest, "backwards", read)

    assert cli("show", "talk").code == 0


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (Message("user", "hi"), "1"),
        (Message("user", "hi", tokens=3), "1 (3 tokens in, 0 out without a call)"),
        (Message("assistant", "hi", tokens=2), "1 (0 tokens in, 2 out without a call)"),
        (
            Message("user", "hi", tokens=1, tokens_source="estimate"),
            "1 (1 tokens in, 0 out without a call; 1 token estimated)",
        ),
        (Message("assistant", "", tool_calls=(CALL,)), "1 (1 tool call)"),
    ],
    ids=["uncounted", "in", "out", "estimated", "tool"],
)
def test_messages_are_shown_with_what_is_known_of_them_alone(cli, root, said, line):
    FileStore(root, fsync="none").append("talk", [Said(said)])

    assert f"\nMessages       {line}\n" in cli("show", "talk").out


def test_a_session_is_shown_by_its_id(cli, talk):
    answer = cli("show", "--session-id", talk.read("talk").uid[:13])

    assert (answer.code, "Weather" in answer.out) == (0, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [((), "NAME or --session-id is missing"), (("talk", "--session-id", "7"), "--session-id")],
)
def test_a_session_is_named_once(cli, talk, words, told):
    answer = cli("show", *words)

    assert (answer.code, told in answer.err) == (2, True)
