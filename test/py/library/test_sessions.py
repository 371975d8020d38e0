"""A tracked session, without an event loop."""

import subprocess
import sys
from pathlib import Path

import pytest

import ai_sessions
from ai_sessions import config
from ai_sessions.conversations.service import Conversations
from ai_sessions.library.errors import (
    InvalidSessionOperation,
    SessionAlreadyExists,
    SessionManagerError,
    SessionNotFound,
)
from ai_sessions.library.sessions import Tracked
from ai_sessions.records import Usage
from ai_sessions.store.files import FileStore

READS = (
    *("get_stats", "get_conversation", "get_messages_for_llm"),
    *("get_session_chain", "load_session_chain", "get_children", "fork"),
)


def contents(session):
    return [one["content"] for one in session.get_conversation()]


@pytest.mark.parametrize("verb", READS)
def test_reading_an_unknown_session_makes_no_ghost(tracked, core, verb):
    with pytest.raises(SessionNotFound, match="no session 'gone'") as caught:
        getattr(tracked("gone"), verb)()

    assert caught.value.session_id == "gone"
    assert core.store.names() == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"session_id": 7}, "a session's id is a text, not 7"),
        ({"session_id": ""}, "a conversation without an id"),
        ({"session_id": "\ud800"}, "not UTF-8 text"),
        ({"session_id": "x" * 1001}, "an id of 1,001 characters"),
        ({"parent_id": 7}, "a session's id is a text, not 7"),
        ({"system_prompt": 7}, "a system prompt is a text, not 7"),
        ({"system_prompt": "x" * 50_000}, "a system prompt of 50,000 bytes"),
        ({"metadata": [1]}, r"metadata is a dict, not \[1\]"),
        ({"token_threshold": 0}, "token_threshold is a whole number above 0, not 0"),
        (
            {"max_turns_per_segment": "3"},
            "max_turns_per_segment is a whole number above 0, not '3'",
        ),
        ({"default_model": None}, "default_model is a text, not None"),
    ],
)
def test_a_session_that_cannot_be_is_refused(tracked, core, given, told):
    with pytest.raises(InvalidSessionOperation, match=told):
        tracked(**given)

    assert core.store.names() == []


@pytest.mark.parametrize(
    ("verb", "args", "named", "told"),
    [
        ("user_says", (None,), {}, "what the user says is a text, not None"),
        ("user_says", ("x" * (1 << 20) + "y",), {}, "a message of 1,048,577 bytes"),
        ("ai_responds", (None,), {}, "an answer is a text or the response of an SDK"),
        ("ai_responds", ("a",), {"model": ""}, "a model is a name, not ''"),
        ("ai_responds", ("a",), {"provider": 3}, "a provider is a name, not 3"),
        ("ai_responds", ("a",), {"status": "good"}, "no status 'good'"),
        ("ai_responds", ("a",), {"cost": -1}, "a cost is a number of dollars, not -1"),
        ("ai_responds", ("a",), {"duration_ms": "1"}, "a duration is a number of milliseconds"),
        ("ai_responds", ("a",), {"error": 1}, "an error is a text, not 1"),
        ("track", ("q", None), {}, "an answer is a text or the response of an SDK"),
        ("track", (1, "a"), {}, "what the user says is a text, not 1"),
        ("tool_used", ("",), {}, "a tool is a name, not ''"),
        ("tool_used", ("t",), {"error": 1}, "an error is a text, not 1"),
        ("set_summary_callback", ("no",), {}, "a summary callback is a function, not 'no'"),
        ("update_system_prompt", (1,), {}, "a system prompt is a text, not 1"),
    ],
)
def test_a_bad_value_is_refused_before_anything_is_stored(tracked, core, verb, args, named, told):
    with pytest.raises(InvalidSessionOperation, match=told) as caught:
        getattr(tracked("one"), verb)(*args, **named)

    assert caught.value.operation == verb
    assert core.store.names() == []


def test_a_parent_that_is_not_there_is_told_and_makes_no_session(tracked, core):
    with pytest.raises(SessionNotFound, match="no session 'nobody'"):
        tracked("child", parent_id="nobody").user_says("hi")

    assert core.store.names() == []


def test_what_json_does_not_have_is_kept_as_text_and_harms_nothing(tracked):
    session = tracked("one")
    loop = []
    loop.append(loop)
    with pytest.raises(InvalidSessionOperation, match="the result of a tool cannot become JSON"):
        session.tool_used("t", {}, loop)
    session.tool_used("t", {"at": object()}, {"raw": b"\xff", "half": "\ud800"})
    session.user_says("and on", when=object())

    assert contents(tracked("one")) == ["and on"]


@pytest.mark.parametrize(
    "session_id",
    [
        *("any id: Ω/..", "../../etc", "A", "a.1", "x" * 1000, "a\x00\nb", "plan-a"),
        *("sk-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ", "ghp_" + "a1b2c3" * 6),
    ],
)
def test_any_text_is_an_id(tracked, core, session_id):
    tracked(session_id).user_says("Hello!")
    assert tracked(session_id).ai_responds("Hi there!") == session_id

    assert contents(tracked(session_id)) == ["Hello!", "Hi there!"]
    assert len(core.store.names()) == 1


def test_ids_that_look_alike_are_different_sessions(tracked):
    tracked("a").user_says("small")
    tracked("A").user_says("large")

    assert (contents(tracked("a")), contents(tracked("A"))) == (["small"], ["large"])


def test_a_turn_says_who_answered(tracked):
    session = tracked()
    session.user_says("Hello!", language="en")
    session.ai_responds("Hi there!", model="gpt-4", provider="openai")

    asked, answered = session.get_conversation()

    assert (asked["role"], asked["metadata"]) == ("user", {"language": "en"})
    assert (answered["role"], answered["model"], answered["provider"]) == (
        *("assistant", "gpt-4"),
        "openai",
    )


def test_a_session_without_an_id_can_be_read_before_it_is_written(tracked, core):
    session = tracked()

    assert session.get_conversation() == session.get_messages_for_llm() == []
    assert session.get_stats()["total_tokens"] == 0
    assert core.store.names() == []


def test_a_result_of_a_tool_reaches_the_next_prompt(tracked):
    session = tracked()
    session.user_says("5 + 3?")
    session.tool_used("calculator", {"a": 5, "b": 3}, {"result": 8})

    _asked, call, result = session.get_messages_for_llm()

    function = {"name": "calculator", "arguments": '{"a": 5, "b": 3}'}
    assert call["tool_calls"][0]["function"] == function
    assert (result["role"], result["content"]) == ("tool", '{"result": 8}')
    assert result["tool_call_id"] == call["tool_calls"][0]["id"]
    assert session.get_stats()["total_messages"] == 1


def test_a_tool_that_failed_is_counted_and_told(tracked):
    session = tracked()
    session.tool_used("search", {}, error="no network")

    assert session.get_messages_for_llm()[-1]["content"] == "no network"
    assert session.get_stats()["tool_errors"] == 1


def test_a_failed_call_is_on_record_and_said_nothing(tracked):
    session = tracked()
    session.user_says("Hello?")
    session.ai_responds("", model="gpt-4", status="timeout", error="60 s")

    stats = session.get_stats()

    assert (stats["failed_calls"], stats["unpriced"], stats["ai_messages"]) == (1, 1, 0)
    assert contents(session) == ["Hello?"]


def test_a_call_that_was_refused_cost_nothing(tracked):
    session = tracked()
    session.ai_responds("", model="gpt-4", status="rate_limit")

    assert (session.get_stats()["unpriced"], session.get_stats()["estimated_cost"]) == (0, 0)


def test_an_answer_that_was_stopped_belongs_to_the_conversation(tracked):
    session = tracked()
    session.user_says("Count.")
    session.ai_responds("1, 2,", model="gpt-4", status="interrupted")

    assert session.get_messages_for_llm()[-1]["content"] == "1, 2,"


def test_the_usage_that_is_reported_counts_and_is_priced(tracked):
    session = tracked()
    session.user_says("Hello!")
    session.ai_responds(
        "Hi!", model="gpt-4", usage={"prompt_tokens": 1000, "completion_tokens": 10}
    )

    stats = session.get_stats()

    assert (stats["input_tokens"], stats["output_tokens"]) == (1000, 10)
    assert stats["estimated_cost"] == pytest.approx(0.03 + 0.0006)


def test_without_a_report_the_history_that_is_sent_again_is_counted(tracked):
    session = tracked(system_prompt="one two three four five")
    for _turn in range(2):
        session.track("a b c", "d e f", model="gpt-4")

    calls = session.core.store.entries(session.core.store.names()[0])
    first, second = [one.usage for one in calls if hasattr(one, "usage")]

    count = session.core.memory.rules.count
    asked, answered = count("a b c"), count("d e f")
    assert first == Usage(count("one two three four five") + asked, answered, estimated=True)
    assert second.input_tokens == first.input_tokens + answered + asked


def test_a_price_that_nobody_knows_is_none_and_the_sum_a_number(tracked):
    session = tracked()
    session.ai_responds("Hi!", model="nobody-knows-this-1", usage=Usage(5, 5))

    assert f"{session.get_stats()['estimated_cost']:.4f}" == "0.0000"
    assert session.get_stats()["unpriced"] == 1


def test_a_cost_in_dollars_is_taken_as_it_is(tracked):
    session = tracked()
    session.ai_responds("Hi!", model="nobody-knows-this-1", cost=0.25)

    assert session.get_stats()["estimated_cost"] == 0.25


def test_the_default_model_is_that_of_answers_that_name_none(tracked):
    session = tracked(default_model="gpt-4")
    session.ai_responds("Hi!")

    assert session.get_conversation()[0]["model"] == "gpt-4"


def test_the_response_of_an_sdk_tells_the_rest(tracked):
    session = tracked()
    message = {"role": "assistant", "content": "Hi!"}
    usage = {"prompt_tokens": 7, "completion_tokens": 2}
    session.ai_responds({"model": "gpt-4", "choices": [{"message": message}], "usage": usage})

    assert session.get_conversation()[0]["content"] == "Hi!"
    assert session.get_stats()["by_model"]["gpt-4"]["input_tokens"] == 7


def test_question_and_answer_can_be_one_write(tracked, core):
    session = tracked("one")
    session.track("Hello!", "Hi!", model="gpt-4", usage=Usage(9, 1))

    assert contents(session) == ["Hello!", "Hi!"]
    assert session.get_stats()["total_tokens"] == 10


def test_the_system_prompt_stays_with_the_session_and_can_be_replaced(tracked):
    tracked("one", system_prompt="Be brief").user_says("Hi")
    assert tracked("one").get_messages_for_llm()[0] == {"role": "system", "content": "Be brief"}

    other = tracked("one")
    other.update_system_prompt("Be polite")

    assert tracked("one").system_prompt == "Be polite"
    assert tracked("one").get_messages_for_llm(include_system=False)[0]["role"] == "user"
    other.update_system_prompt(None)
    assert tracked("one").system_prompt is None


def test_a_system_prompt_with_a_key_in_it_is_written_once(tracked, core):
    session = tracked("one", system_prompt="Use sk-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ")
    session.user_says("a")
    before = core.store.read("python-one").last_seq
    session.user_says("b")

    assert core.store.read("python-one").last_seq == before + 1


def test_metadata_is_kept_with_the_session(tracked, core):
    session = tracked("one", metadata={"user": 7})
    session.user_says("a")
    session.user_says("b")

    notes = [one for one in core.store.entries("python-one") if hasattr(one, "topic")]
    assert [one.body for one in notes] == [{"user": 7}]


def test_metadata_is_kept_with_a_session_that_is_there_too(tracked, core):
    tracked("one").user_says("a")
    tracked("one", metadata={"user": 7}).user_says("b")

    assert [one.body for one in core.store.entries("python-one") if hasattr(one, "topic")]


def test_a_child_knows_its_parent_and_the_parent_its_child(tracked):
    tracked("parent").user_says("Go")
    tracked("child", parent_id="parent").user_says("Going")

    assert tracked("parent").get_children() == ["child"]
    assert tracked("child").get_session_chain() == ["parent", "child"]
    assert contents(tracked("child")) == ["Going"]


def test_a_fork_has_what_was_said_until_then(tracked):
    session = tracked("one", system_prompt="Be brief")
    session.user_says("a")
    session.ai_responds("b")
    at = session.get_conversation()[0]["id"]

    whole, part = session.fork("two"), session.fork(message_id=at)
    session.user_says("c")
    part.user_says("d")

    assert (contents(whole), contents(part)) == (["a", "b"], ["a", "d"])
    assert part.get_messages_for_llm()[0]["content"] == "Be brief"
    assert tracked("two").get_session_chain() == ["one", "two"]


def test_a_fork_is_given_no_id_that_is_taken(tracked):
    session = tracked("one")
    session.user_says("a")

    with pytest.raises(SessionAlreadyExists, match="session 'one' exists already"):
        session.fork("one")


def test_a_fork_at_a_message_that_is_not_there_is_refused(tracked, core):
    session = tracked("one")
    session.user_says("a")

    with pytest.raises(SessionNotFound, match=r"no message '99\.0'"):
        session.fork("two", message_id="99.0")
    assert core.store.names() == ["python-one"]


def test_what_is_closed_records_nothing_more(tracked):
    with tracked("one") as session:
        session.user_says("a")

    for write in (lambda: session.user_says("b"), lambda: session.ai_responds("b")):
        with pytest.raises(InvalidSessionOperation, match="is closed"):
            write()
    assert contents(session) == ["a"]
    assert tracked("one").user_says("b") == "one"


def test_a_session_that_was_ended_is_followed_by_a_new_one(tracked, core):
    session = tracked("one", system_prompt="Be brief")
    session.user_says("a")
    core.deactivate("python-one")
    session.user_says("b")

    assert contents(tracked("one")) == ["b"]
    assert tracked("one").system_prompt == "Be brief"


def test_a_session_that_was_removed_is_begun_anew(tracked, core):
    session = tracked("one")
    session.user_says("a")
    core.store.discard("python-one")

    assert session.user_says("b") == "one"
    assert contents(session) == ["b"]


def test_what_others_wrote_meanwhile_is_counted(tracked):
    mine, other = tracked("one"), tracked("one")
    for number in range(5):
        mine.user_says(f"{number}")
        other.ai_responds(f"{number}", model="gpt-4")

    stats = mine.get_stats()
    assert (stats["user_messages"], stats["ai_messages"]) == (5, 5)
    totals = mine.core.read("python-one").totals
    assert totals.covered_tokens == totals.said_input_tokens


TALK = """
import sys
from pathlib import Path
from ai_sessions import config
from ai_sessions.conversations.service import Conversations
from ai_sessions.library.sessions import Tracked
from ai_sessions.store.files import FileStore

root, who = sys.argv[1:]
session = Tracked("shared", store=Conversations(FileStore(root, fsync="none"), config.load({})))
for number in range(25):
    session.user_says(f"{who} {number}")
    session.ai_responds("ok", model="gpt-4")
"""


def test_two_processes_see_each_other_and_lose_nothing(root):
    where = {"PYTHONPATH": str(Path(ai_sessions.__file__).parents[1])}
    program = [sys.executable, "-c", TALK, str(root)]
    others = [subprocess.Popen([*program, who], env=where) for who in "ab"]
    assert [one.wait() for one in others] == [0, 0]

    session = Tracked("shared", store=Conversations(FileStore(root), config.load({})))
    said = contents(session)

    assert [one for one in said if one[0] == "a"] == [f"a {number}" for number in range(25)]
    assert [one for one in said if one[0] == "b"] == [f"b {number}" for number in range(25)]
    assert (session.get_stats()["ai_messages"], len(said)) == (50, 100)
    totals = session.core.read("python-shared").totals
    assert totals.covered_tokens <= totals.said_input_tokens


def test_every_error_of_the_ladder_is_the_librarys(tracked):
    with pytest.raises(SessionManagerError):
        tracked("gone").get_stats()
