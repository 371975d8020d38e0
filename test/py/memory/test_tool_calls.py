"""A call without a result gets an error in its place, and nothing else changes."""

from ai_sessions.memory import tool_calls
from ai_sessions.records import Message, ToolCall

ASK, ANSWER = Message("user", "?"), Message("assistant", "!")


def call(*ids):
    return Message("assistant", "", tool_calls=tuple(ToolCall(one, f"tool-{one}") for one in ids))


def result(id_):
    return Message("tool", "done", tool_call_id=id_)


def missing(id_):
    (one,) = tool_calls.closing({id_: f"tool-{id_}"})
    return one


def closed(*messages):
    return list(tool_calls.closed(messages))


def test_what_has_its_results_stays_as_it_is():
    whole = [ASK, call("a", "b"), result("b"), result("a"), ANSWER, ASK, call("a"), result("a")]

    assert closed(*whole) == whole


def test_a_call_that_was_cut_off_ends_in_an_error():
    assert closed(ASK, call("a")) == [ASK, call("a"), missing("a")]
    assert missing("a").is_error
    assert (missing("a").name, missing("a").tokens_source) == ("tool-a", "estimate")


def test_of_several_calls_only_the_missing_result_is_made():
    told = closed(ASK, call("a", "b", "c"), result("b"), ASK)

    assert told == [ASK, call("a", "b", "c"), result("b"), missing("a"), missing("c"), ASK]


def test_calls_that_are_told_one_by_one_have_each_its_result():
    told = closed(call("a"), call("b"), result("b"), result("a"), ANSWER)

    assert told == [call("a"), result("a"), call("b"), result("b"), ANSWER]


def test_a_call_that_was_cut_off_before_another_one_ends_in_an_error_at_once():
    told = closed(call("a"), call("b"), result("b"), missing("a"), ANSWER)

    assert told == [call("a"), missing("a"), call("b"), result("b"), ANSWER]
    assert closed(call("a"), call("b"), result("b")) == told[:-1]


def test_messages_are_parted_where_no_call_waits():
    told = [ASK, call("a"), call("b"), result("b"), result("a"), ANSWER, call("c"), ASK]

    assert list(tool_calls.partings(told)) == [0, 1, 5, 6, 7]


def test_a_result_that_came_after_somebody_else_spoke_is_told_in_its_place():
    told = closed(call("a", "b"), ASK, result("a"), ANSWER, result("b"))

    assert told == [call("a", "b"), result("a"), result("b"), ASK, ANSWER]


def test_a_later_call_of_the_same_id_keeps_its_result():
    told = closed(call("a"), ASK, call("a"), result("a"))

    assert told == [call("a"), missing("a"), ASK, call("a"), result("a")]


def test_two_calls_of_one_id_have_each_a_result():
    first, second = Message("tool", "1", tool_call_id="a"), Message("tool", "2", tool_call_id="a")

    assert closed(call("a", "a"), ASK, first, second) == [call("a", "a"), first, second, ASK]
    assert closed(call("a", "a"), first) == [call("a", "a"), first, missing("a")]


def test_a_result_that_belongs_to_no_call_is_left_out_of_pairs():
    told = [result("a"), ASK, call("a"), result("a"), result("a"), result("b")]

    assert list(tool_calls.paired(told)) == [ASK, call("a"), result("a")]
    assert closed(*told) == told


def test_no_message_is_parted_from_a_call_that_has_its_result_later():
    assert list(tool_calls.partings([call("a", "a"), result("a"), ASK, result("a"), ASK])) == [0, 4]
