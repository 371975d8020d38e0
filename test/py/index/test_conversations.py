"""Sums over conversations are the same from the index and from the sessions themselves."""

from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import Mock

import pytest

from ai_sessions.index import Index, conversations
from ai_sessions.records import About, Change, Interaction, Message, Parent, Said, ToolCall, Usage
from ai_sessions.store.memory import MemoryStore

NOW = "2026-11-29T12:00:00.000Z"
CALLED = Message("assistant", "", tool_calls=(ToolCall("c", "x"),), tokens=5)


@pytest.fixture
def store():
    made = MemoryStore(now=lambda: datetime(2026, 11, 29, tzinfo=UTC))
    telegram = About(interface="telegram", expires_in_ms=60_000)
    for name, about, at in [
        ("a", telegram, "2026-11-29T11:59:30.000Z"),
        ("b", telegram, "2026-11-29T11:59:00.000Z"),
        ("c", About(interface="api"), ""),
        ("d", About("plan", "d"), ""),
    ]:
        said = [Said(Message("user", "hi", at, tokens=2)), Said(CALLED)]
        made.append(name, said, about=about)
    made.append("c", [Change("status", "inactive")])
    usage = Usage(input_tokens=100, output_tokens=10)
    made.append("d", [Interaction("i", NOW, "echo", "echo", (), usage, status="timeout")])
    return made


@pytest.fixture(params=["index", "rows"])
def index(request, store, tmp_path):
    if request.param == "rows":
        return Index(store.source())
    return Index(store.source(), str(tmp_path), worthwhile=0)


def test_an_empty_store_has_no_sums(tmp_path):
    index = Index(MemoryStore().source(), str(tmp_path), worthwhile=0)

    assert conversations.by_interface(index, NOW) == {}
    assert conversations.over(index, NOW) == []


def test_messages_tools_and_tokens_are_summed_by_interface(index):
    found = conversations.by_interface(index, NOW)

    assert list(found) == ["", "api", "telegram"]
    sums = found["telegram"]
    assert (sums.sessions, sums.messages, sums.tool_calls) == (2, 4, 2)
    assert (sums.said_input_tokens, sums.said_output_tokens) == (4, 10)
    work = found[""]
    assert (work.errors, work.input_tokens, work.output_tokens) == (1, 100, 10)
    assert (work.cost_nusd, work.unknown_costs) == (0, 1)


def test_who_was_ended_or_has_expired_is_over(index):
    assert conversations.over(index, NOW) == ["b", "c"]
    assert conversations.over(index, "2999-01-01T00:00:00.000Z") == ["a", "b", "c"]
    found = conversations.by_interface(index, NOW)
    assert [sums.over for sums in found.values()] == [0, 1, 1]


def test_children_are_known_by_the_uid_of_their_parent(store, index):
    parent = Parent("a", store.read("a").uid)
    store.ensure("child", About(parent=parent))
    store.ensure("a-fork", About(parent=replace(parent, seq=1)))

    assert conversations.children(index, parent.uid) == ["a-fork", "child"]
    assert conversations.children(index, "") == []


def test_conversations_are_known_by_their_ids_the_newest_first(store, index):
    for name, interface in (("x", "api"), ("y", "telegram")):
        store.append(name, [Said(CALLED)], about=About(interface=interface, conversation_id="7"))
    store.append("x", [Said(Message("user", "later", "2998-01-01T00:00:00.000Z"))])

    assert conversations.of_conversation(index, "7") == ["x", "y"]
    assert conversations.of_conversation(index, "") == []


def test_what_changes_is_seen(store, index):
    conversations.by_interface(index, NOW)
    store.discard("c")
    store.append("d", [Said(CALLED)])

    found = conversations.by_interface(index, NOW)
    assert list(found) == ["", "telegram"]
    assert found[""].messages == 3


def test_a_session_is_found_by_its_uid(store, index):
    assert conversations.named(index, store.read("c").uid) == "c"
    assert conversations.named(index, "nobody's") == ""


def test_a_session_that_is_known_is_found_without_a_look_at_all_others(store, tmp_path):
    index, uid = Index(store.source(), str(tmp_path), worthwhile=0), store.read("c").uid
    conversations.named(index, uid)
    index.source = Mock(wraps=index.source)

    assert conversations.named(index, uid) == "c"
    assert not index.source.changes.called


def test_a_name_that_another_session_has_by_now_is_not_told(store, index):
    uid = store.read("c").uid
    conversations.named(index, uid)
    store.discard("c")
    store.append("c", [Said(Message("user", "hi"))], about=About(interface="api"))

    assert conversations.named(index, uid) == ""
    assert conversations.named(index, store.read("c").uid) == "c"
