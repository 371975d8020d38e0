"""What of a conversation was folded away, and what of it is looked at for a question."""

import pytest

from ai_sessions.conversations import folded
from ai_sessions.conversations.folded import Part, find, parts
from ai_sessions.conversations.forking import fork
from ai_sessions.conversations.segments import clear
from ai_sessions.index import Index
from ai_sessions.memory.questions import asked
from ai_sessions.records import About, Message, Said, Summary, ToolCall

CHAT = "chat"


@pytest.fixture
def say(store):
    store.ensure(CHAT, About(kind="chat"))

    def more(*texts, name=CHAT):
        store.append(name, [Said(Message("user", text)) for text in texts])

    return more


@pytest.fixture
def looked_up(store, root):
    index = Index(store.source(), str(root) if store.lasting else "")

    def look(question, until=99, name=CHAT):
        return find(store, index, store.read(name), asked(question), until)

    return look


def told(store, until, name=CHAT):
    """Each part as name, numbers of its first and last entry, and whether a model is told it."""
    found = parts(store, store.read(name), until)
    return [(one.name, one.after + 1, one.until, one.is_told) for one in found]


def test_the_log_is_parted_where_it_was_folded(store, say):
    say("one", "two", "three")

    assert told(store, 2) == [(CHAT, 0, 2, False), (CHAT, 3, 3, True)]
    assert told(store, 99) == [(CHAT, 0, 3, False)]
    assert told(store, -1) == [(CHAT, 0, 3, True)]


def test_it_begins_behind_the_last_break(store, say):
    say("one", "two")
    clear(store, CHAT)
    say("three", "four")

    assert told(store, 4) == [(CHAT, 4, 4, False), (CHAT, 5, 5, True)]
    assert told(store, 1) == [(CHAT, 4, 5, True)]


def test_a_fork_has_the_past_of_its_parents_before_its_own(store, say, now):
    say("one", "two", "three")
    fork(store, CHAT, "other", now, "2.0")
    say("four", name="other")
    fork(store, "other", "last", now)
    ends = store.read("other").last_seq, store.read("last").last_seq

    assert told(store, 99, "last") == [
        (CHAT, 0, 2, False),
        ("other", 0, ends[0], False),
        ("last", 0, ends[1], False),
    ]
    assert told(store, {CHAT: 1}, "last")[:2] == [(CHAT, 0, 1, False), (CHAT, 2, 2, True)]


def test_only_the_messages_of_the_past_that_a_fork_shares_count():
    entry = Said(Message("user", "one", id="1.0"), seq=1)
    whole = Part(0, CHAT, -1, 1, uid="u", number=0)

    assert [one.id for one in folded._said(whole, entry)] == ["u:1.0"]


def test_what_a_model_is_told_anyway_comes_apart_with_the_question(say, looked_up):
    say("no", "the port is 1", "the port is 2")
    found = looked_up("Which port?", 2)

    assert [one.text for one in found.messages] == ["the port is 1"]
    assert [one.text for one in found.newer] == ["the port is 2", "Which port?"]


def test_messages_come_in_order_and_once(say, looked_up):
    say("port?", "the port and the port", "a port")

    assert [one.id for one in looked_up("Which port?").messages] == ["1.0", "2.0", "3.0"]


def test_what_came_of_a_call_of_a_tool_is_looked_at(store, say, looked_up):
    call = ToolCall("c1", "bash", {"command": "pytest -m integration"})
    say("go")
    store.append(CHAT, [Said(Message("assistant", "", tool_calls=(call,)))])
    store.append(CHAT, [Said(Message("tool", "ok", tool_call_id="c1"))])
    say("thanks")

    assert [one.role for one in looked_up("integration tests").messages][:2] == [
        "assistant",
        "tool",
    ]


def test_commands_of_the_summary_are_known(store, say, looked_up):
    say("one", "two")
    items = ({"kind": "command", "text": "make"}, {"kind": "fact", "text": "x"})
    store.append(CHAT, [Summary("s", covers_to=1, items=items)])

    assert [one.text for one in looked_up("anything two").commands] == ["make"]


def test_without_an_index_only_so_many_of_the_newest_are_read(store, say, monkeypatch):
    monkeypatch.setattr(folded, "_MOST_READ", 2)
    say("port one", "port two", "port three")
    found = find(store, Index(store.source()), store.read(CHAT), asked("port"), 99)

    assert [one.text for one in found.messages] == ["port two", "port three"]


def test_a_break_of_a_fork_ends_the_past_that_it_shares(store, say, now):
    say("one")
    fork(store, CHAT, "other", now)
    clear(store, "other")
    say("two", name="other")
    last = store.read("other").last_seq

    assert told(store, 99, "other") == [("other", last, last, False)]
