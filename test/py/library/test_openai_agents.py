"""The session protocol of the package `openai-agents`, without the package."""

import asyncio
import sys
from types import SimpleNamespace

import pytest

from ai_sessions import InvalidSessionOperation
from ai_sessions.library.openai_agents import AgentsSession
from ai_sessions.library.session_manager import SessionManager
from ai_sessions.records import Interaction, Message, ToolCall

#: A run with a tool, as agents add it.
RUN = [
    {"role": "user", "content": "What is 1 + 1?"},
    {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"},
    {"type": "function_call", "call_id": "c1", "name": "add", "arguments": '{"a": 1}', "id": "fc"},
    {"type": "function_call_output", "call_id": "c1", "output": "2"},
    {
        "type": "message",
        "role": "assistant",
        "id": "msg_1",
        "content": [{"type": "output_text", "text": "It is 2.", "annotations": []}],
    },
]


def asked(number):
    return {"role": "user", "content": f"question {number}"}


@pytest.fixture
def session(core):
    return AgentsSession("chat", core)


@pytest.fixture
def do(session):
    """Runs one verb in a loop of its own."""
    return lambda verb, *args: asyncio.run(getattr(session, verb)(*args))


def test_items_come_back_as_they_were(do):
    do("add_items", RUN)

    assert do("get_items") == RUN


def test_a_session_that_nobody_has_used_is_empty_and_not_made(do, core):
    assert do("get_items") == []
    assert do("pop_item") is None
    do("clear_session")
    do("add_items", [])

    assert core.store.names() == []


@pytest.mark.parametrize(("limit", "first"), [(1, 4), (3, 2), (5, 0), (9, 0)])
def test_a_limit_means_the_newest(do, limit, first):
    do("add_items", RUN)

    assert do("get_items", limit) == RUN[first:]


@pytest.mark.parametrize("limit", [0, -1])
def test_no_limit_above_zero_means_nothing(do, limit):
    do("add_items", RUN)

    assert do("get_items", limit) == []


@pytest.mark.parametrize("settings", [{"limit": 2}, SimpleNamespace(limit=2)])
def test_the_settings_limit_what_no_call_limits(core, settings):
    session = AgentsSession("chat", core, settings)
    asyncio.run(session.add_items(RUN))

    assert asyncio.run(session.get_items()) == RUN[-2:]
    assert asyncio.run(session.get_items(3)) == RUN[-3:]


def test_settings_are_those_of_the_package_where_it_is_used(core, monkeypatch):
    theirs = SimpleNamespace(
        SessionSettings=lambda: SimpleNamespace(resolve=lambda given: (given,))
    )
    monkeypatch.setitem(sys.modules, "agents", theirs)

    assert AgentsSession("chat", core, {"limit": 1}).session_settings == ({"limit": 1},)


def test_the_newest_item_is_taken_away(do):
    do("add_items", RUN)

    assert [do("pop_item") for _ in range(6)] == [*reversed(RUN), None]
    assert do("get_items") == []
    do("add_items", [asked(1)])
    assert do("get_items") == [asked(1)]


def test_two_who_take_away_get_two_items(session):
    async def main():
        await session.add_items([asked(number) for number in range(10)])
        other = AgentsSession("chat", session._tracked.core)
        taken = await asyncio.gather(*(one.pop_item() for one in (session, other) * 5))
        return taken, await session.get_items()

    taken, rest = asyncio.run(main())
    assert sorted(one["content"] for one in taken) == [asked(n)["content"] for n in range(10)]
    assert rest == []


def test_what_was_cleared_is_told_no_more(do, core):
    do("add_items", RUN)
    do("clear_session")
    do("add_items", [asked(1)])

    assert do("get_items") == do("get_items", 9) == [asked(1)]
    (name,) = core.store.names()
    assert len(core.messages(name)) == len(RUN)  # the log keeps them, and reasoning as a note


def test_a_limit_reads_beyond_what_was_taken_away(do):
    do("add_items", [asked(number) for number in range(60)])
    for _ in range(40):
        do("pop_item")

    assert do("get_items", 3) == [asked(17), asked(18), asked(19)]


def test_what_was_said_otherwise_are_items(do, core, tracked):
    call = Message("assistant", "Wait.", tool_calls=(ToolCall("c1", "add", {"a": 1}),))
    said = (Message("user", "hi"), call, Message("tool", "2", tool_call_id="c1"))
    tracked("chat").add(Interaction("1", "", "p", "m", said))

    assert do("get_items") == [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "Wait."},
        {"type": "function_call", "call_id": "c1", "name": "add", "arguments": '{"a": 1}'},
        {"type": "function_call_output", "call_id": "c1", "output": "2"},
    ]


def test_a_program_sees_the_messages_of_the_agents(do, core):
    do("add_items", RUN)

    said = asyncio.run(SessionManager("chat", store=core).get_conversation())
    assert [one["content"] for one in said] == ["What is 1 + 1?", "It is 2."]


@pytest.mark.parametrize("item", [{"role": "user", "content": object()}, ["no"], "text"])
def test_an_item_that_is_no_json_is_refused_with_all_others(do, core, item):
    with pytest.raises(InvalidSessionOperation, match="an item"):
        do("add_items", [asked(1), item])

    assert do("get_items") == []


def test_words_of_any_kind_come_back(do):
    items = [{"role": "user", "content": text} for text in ("", "'; DROP --", "日本 🎉", "a\nb\0")]
    do("add_items", items)

    assert do("get_items") == items


def test_messages_of_many_tasks_are_all_there(session):
    async def main():
        await asyncio.gather(*(session.add_items([asked(number)]) for number in range(50)))
        return await session.get_items()

    found = asyncio.run(main())
    assert found == [asked(number) for number in range(50)]
    session.close()
