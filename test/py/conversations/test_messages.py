"""Messages are added, counted and read back; what is wrong is refused, and nothing is lost."""

import dataclasses
import multiprocessing
from functools import partial

import pytest

from ai_sessions import tokens
from ai_sessions.conversations.messages import (
    MOST_OPEN,
    add_message,
    record_error,
    record_tool_call,
    said,
)
from ai_sessions.errors import Conflict, NotFound, UsageError
from ai_sessions.memory import tool_calls
from ai_sessions.memory.parts import FILE_TOKENS
from ai_sessions.records import About, Change, Interaction, Message, Note, Said, ToolCall
from ai_sessions.store.files import FileStore

NAME = "weather"
CALL = Message("assistant", "let me see", tool_calls=(ToolCall("call-1", "forecast", {"day": 1}),))
RESULT = Message("tool", "sunny", tool_call_id="call-1")


@pytest.fixture
def add(store, now):
    """Adds a message to a session that is there."""
    store.ensure(NAME, About())
    return partial(add_message, store, now, NAME)


def letters(text):
    """A tokenizer: each letter is a token."""
    return len(text)


letters.source = "tokenizer"


def texts(store, **how):
    return [message.text for message in said(store, NAME, **how)]


def test_a_session_that_is_not_there_takes_no_message(store, now):
    with pytest.raises(NotFound, match="no session weather"):
        add_message(store, now, NAME, Message("user", "hi"))
    for record in (record_tool_call, partial(record_error, error="x")):
        with pytest.raises(NotFound):
            record(store, now, NAME)
    with pytest.raises(NotFound):
        said(store, NAME, last=0)
    assert store.names() == []


def test_after_a_message_that_is_refused_the_session_goes_on(store, add):
    for wrong in (Message("bot", "hi"), Message("user", "x" * (5 << 20)), RESULT):
        with pytest.raises(UsageError):
            add(wrong)

    add(Message("user", "hi"))
    assert texts(store) == ["hi"]
    assert store.read(NAME).totals.messages == 1


def test_a_message_comes_back_with_its_id_time_and_tokens(store, add):
    first = add(Message("user", "What is the weather?"))
    second = add(Message("assistant", "Sunny.", tokens=3))

    assert said(store, NAME) == (first, second)
    assert [message.id for message in said(store, NAME)] == [first.id, second.id] == ["1.0", "2.0"]
    assert (first.at, first.tokens_source) == ("2026-11-29T00:00:00.000Z", "estimate")
    assert first.tokens == tokens.estimate("What is the weather?")
    assert (second.tokens, second.tokens_source) == (3, "provider")
    sums = store.read(NAME).totals
    assert (sums.said_input_tokens, sums.said_output_tokens) == (first.tokens, 3)


def test_arguments_of_tools_are_counted_too(add):
    assert add(CALL).tokens > tokens.estimate(CALL.text)


def test_what_counts_is_said_with_what_it_counted(store, add):
    kept = add(Message("user", "hello"), count=letters)

    assert (kept.tokens, kept.tokens_source) == (5, "tokenizer")
    assert said(store, NAME) == (kept,)


def test_the_result_of_a_call_that_was_cut_off_is_counted_alike(store, add):
    add(CALL, count=letters)
    add(Message("user", "and now?"), count=letters)

    _call, result, _last = said(store, NAME)
    assert (result.tokens, result.tokens_source) == (len(tool_calls.CUT_OFF), "tokenizer")


def test_a_tool_and_its_result_are_counted_alike(store, add, now):
    record_tool_call(store, now, NAME, "add", {"a": 1}, result="two", count=letters)

    call, result = said(store, NAME)
    assert (call.tokens, result.tokens) == (len('\nadd {"a": 1}'), len("two"))
    assert (call.tokens_source, result.tokens_source) == ("tokenizer", "tokenizer")


def test_what_its_provider_counted_is_not_counted_again(add):
    kept = add(Message("user", "hello", tokens=2), count=letters)

    assert (kept.tokens, kept.tokens_source) == (2, "provider")


def test_an_image_is_estimated_and_its_bytes_are_no_words(add):
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 4000}}

    kept = add(Message("user", "look", parts=(part,)), count=letters)

    assert FILE_TOKENS < kept.tokens < FILE_TOKENS + 100
    assert kept.tokens_source == "estimate"


def test_the_same_id_adds_nothing_again(store, add):
    first = add(Message("user", "hi"), entry_id="m-1")
    add(Message("assistant", "hello"))

    assert add(Message("user", "hi"), entry_id="m-1") == first
    assert texts(store) == ["hi", "hello"]


def test_a_tool_result_needs_an_open_call(store, add):
    add(CALL)
    with pytest.raises(UsageError, match="weather: no open tool call 'other'") as caught:
        add(Message("tool", "x", name="forecast", tool_call_id="other"))
    assert caught.value.hint == "open calls: call-1"

    assert add(RESULT).name == "forecast"
    with pytest.raises(UsageError, match="no open tool call 'call-1'"):
        add(RESULT)
    assert texts(store) == ["let me see", "sunny"]


def test_a_result_with_an_id_may_be_told_again(store, add):
    add(CALL)
    first = add(RESULT, entry_id="r-1")

    assert add(RESULT, entry_id="r-1") == first
    assert store.read(NAME).totals.messages == 2


def test_an_id_of_a_call_is_free_again_after_its_result(store, add):
    for _turn in range(2):
        add(CALL)
        with pytest.raises(UsageError, match="tool call 'call-1' has no result yet"):
            add(CALL)
        add(RESULT)

    assert store.read(NAME).open_calls == {}
    assert len(said(store, NAME)) == 4


def test_an_id_twice_in_one_message_is_refused(store, add):
    with pytest.raises(UsageError, match="has no result yet"):
        add(dataclasses.replace(CALL, tool_calls=CALL.tool_calls * 2))
    assert texts(store) == []


def test_a_call_that_was_cut_off_is_closed_for_the_reader_at_once(store, add):
    add(CALL)

    call, closing = said(store, NAME)
    assert (call.text, closing.text, closing.id) == ("let me see", tool_calls.CUT_OFF, "")
    assert closing.is_error
    assert texts(store, is_open=True) == ["let me see"]
    assert store.read(NAME).totals.messages == 1


def test_the_next_message_writes_the_missing_result_first(store, add):
    add(CALL)
    added = add(Message("user", "are you there?"))

    assert [(one.role, one.id) for one in said(store, NAME)] == [
        ("assistant", "1.0"),
        ("tool", "2.0"),
        ("user", "3.0"),
    ]
    assert added.id == "3.0"
    assert said(store, NAME)[1].tool_call_id == "call-1"
    assert store.read(NAME).totals.tool_errors == 1


def test_a_message_told_again_closes_no_later_call(store, add):
    add(Message("user", "hi"), entry_id="m-1")
    add(CALL)
    add(Message("user", "hi"), entry_id="m-1")

    assert list(store.read(NAME).open_calls) == ["call-1"]


def test_open_calls_are_known_after_a_restart_and_a_rebuild(store, add, root):
    add(CALL)
    if isinstance(store, FileStore):
        (root / NAME / "metadata.json").unlink()

    assert store.read(NAME).open_calls == {"call-1": "forecast"}


def test_calls_without_end_are_refused(store, add):
    calls = tuple(ToolCall(f"c{number}", "x") for number in range(MOST_OPEN + 1))
    with pytest.raises(UsageError, match="129 tool calls without a result"):
        add(Message("assistant", "", tool_calls=calls))

    add(Message("assistant", "", tool_calls=calls[1:]))


def test_a_tool_call_is_recorded_with_what_came_of_it(store, add, now):
    record = partial(record_tool_call, store, now, NAME)
    record("forecast", {"day": 1}, result={"sky": "blue"})
    record("forecast", {"day": 2}, error="no network")
    call = record("forecast")

    assert [(one.text, one.is_error) for one in said(store, NAME)[1::2]] == [
        ('{"sky": "blue"}', False),
        ("no network", True),
        ("", False),
    ]
    assert said(store, NAME)[5].tool_call_id == call.id
    sums = store.read(NAME).totals
    assert (sums.tool_calls, sums.tool_errors) == (3, 1)


def test_the_result_of_a_recorded_call_may_follow(store, add, now):
    for id_ in ("a", "b"):
        record_tool_call(store, now, NAME, "forecast", call_id=id_)
    record_tool_call(store, now, NAME, "forecast", call_id="a", result="sunny")
    add(Message("tool", "rain", tool_call_id="b"))

    assert texts(store) == ["", "sunny", "", "rain"]
    assert store.read(NAME).totals.tool_calls == 2


def test_a_tool_call_with_two_ends_is_refused(store, add, now):
    with pytest.raises(UsageError, match="tool x: both a result and an error"):
        record_tool_call(store, now, NAME, "x", result="1", error="2")


def test_errors_are_counted_and_kept(store, add, now):
    record_error(store, now, NAME, "timed out", {"after_s": 30})
    record_error(store, now, NAME, ValueError())

    bodies = [entry.body for entry in store.entries(NAME) if isinstance(entry, Note)]
    assert bodies == [{"message": "timed out", "after_s": 30}, {"message": "ValueError"}]
    assert store.read(NAME).totals.errors == 2
    assert texts(store) == []


def test_the_newest_messages_are_found_behind_other_entries(store, add):
    for number in range(40):
        add(Message("user", f"{number}"))
    store.append(NAME, [Change("state.n", number) for number in range(300)])

    assert texts(store, last=3) == ["37", "38", "39"]
    assert len(texts(store, last=100)) == 40
    assert texts(store, last=0) == []
    assert texts(store, after=39) == ["39"]


def test_reading_the_newest_costs_no_more_in_a_long_log(store, add, monkeypatch):
    store.append(NAME, [Said(Message("user", f"{number}")) for number in range(3000)])
    asked = []
    entries = store.entries

    def counted(name, after=-1, last=None):
        found = list(entries(name, after, last))
        asked.append(len(found))
        return iter(found)

    monkeypatch.setattr(store, "entries", counted)
    assert texts(store, last=20)[-1] == "2999"
    assert sum(asked) < 50


def test_where_fewer_are_behind_a_summary_the_log_is_read_once(store, add, monkeypatch):
    store.append(NAME, [Said(Message("user", f"{number}")) for number in range(300)])
    asked = []
    entries = store.entries

    def counted(name, after=-1, last=None):
        asked.append(last)
        return entries(name, after, last)

    monkeypatch.setattr(store, "entries", counted)
    assert texts(store, last=64, after=290) == [str(number) for number in range(290, 300)]
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("status", "kept"), [("ok", 2), ("interrupted", 2), ("rate_limit", 0)], ids=str
)
def test_calls_that_failed_say_nothing(store, add, status, kept):
    both = (Message("user", "hi"), Message("assistant", "hello"))
    call = Interaction("i-1", "2026-11-29T08:00:00.000Z", "echo", "echo", both, status=status)
    store.append(NAME, [call])

    assert len(said(store, NAME)) == kept


def test_a_turn_that_was_lost_takes_no_message(store, add):
    with store.turn(NAME, 0) as turn:
        add(Message("user", "hi"), turn=turn)
    with pytest.raises(Conflict, match="the turn in session weather was lost"):
        add(CALL, turn=turn)
    assert texts(store) == ["hi"]


def _call_tools(root, now, mark, count):
    store = FileStore(root, fsync="none", lock_timeout_s=30)
    for number in range(count):
        record_tool_call(store, now, NAME, "x", call_id=f"{mark}-{number}")
        record_tool_call(store, now, NAME, "x", call_id=f"{mark}-{number}", result="y")


def test_processes_that_call_tools_at_once_lose_no_result(root, now):
    store = FileStore(root, fsync="none")
    store.ensure(NAME, About())
    forking = multiprocessing.get_context("fork")
    workers = [forking.Process(target=_call_tools, args=(root, now, m, 25)) for m in "abc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert store.read(NAME).open_calls == {}
    assert store.read(NAME).totals.messages == 150
    assert all(not message.is_error for message in said(store, NAME))


def test_a_call_is_closed_once_when_another_was_first(store, add, now, monkeypatch):
    add(CALL)
    read = store.read
    seen = iter([read(NAME)])
    add(RESULT)
    monkeypatch.setattr(store, "read", lambda name: next(seen, None) or read(name))
    add(Message("user", "thanks"))

    assert texts(store) == ["let me see", "sunny", "thanks"]


def test_each_call_is_told_with_its_result_when_the_one_before_was_cut_off(store, now):
    store.ensure(NAME, About())
    for id_ in ("a", "b"):
        record_tool_call(store, now, NAME, "x", call_id=id_)
    record_tool_call(store, now, NAME, "x", call_id="b", result="found")
    order = ["a", "a", "b", "b"]

    def told():
        found = said(store, NAME)
        return [one.tool_call_id or one.tool_calls[0].id for one in found if one.role != "user"]

    assert told() == order
    add_message(store, now, NAME, Message("user", "and?"))
    assert told() == order
