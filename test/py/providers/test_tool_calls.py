"""Tool calls that come in pieces."""

from ai_sessions.providers.contract import CallPiece
from ai_sessions.providers.tool_calls import ToolCalls
from ai_sessions.records import ToolCall


def heard(*pieces):
    """The calls that these pieces make, and what was heard of them."""
    seen = []
    calls = ToolCalls(seen.append)
    for one in pieces:
        calls.add(*one)
    return calls.end(), [one.call for one in seen]


def test_pieces_of_several_calls_are_told_apart_by_their_place():
    calls, seen = heard(
        *((0, "a", "add", '{"x"'), (1, "b", "sub", ""), (0, "", "", ": 1}"), (1, "", "", "[2]"))
    )

    assert calls == (ToolCall("a", "add", {"x": 1}), ToolCall("b", "sub", [2]))
    assert seen == [
        CallPiece(0, '{"x"', "a", "add"),
        CallPiece(1, "", "b", "sub"),
        CallPiece(0, ": 1}"),
        CallPiece(1, "[2]"),
    ]


def test_a_new_id_begins_a_call_where_all_have_the_same_place_or_none():
    calls, seen = heard((None, "a", "add", "{}"), (None, "b", "add", "{}"), (None, "b", "add", ""))

    assert [one.id for one in calls] == ["a", "b"]
    assert [one.index for one in seen] == [0, 1]


def test_a_call_without_arguments_has_an_empty_object():
    calls, seen = heard((0, "a", "now", ""))

    assert calls == (ToolCall("a", "now", {}),)
    assert seen[-1] == CallPiece(0, "{}")


def test_a_call_without_an_id_gets_one_that_all_are_told():
    calls, seen = heard((0, "", "add", "{}"), (1, "", "add", "{}"))

    assert [one.id for one in calls] == [one.id for one in seen]
    assert len({one.id for one in calls}) == 2
    assert all(one.id.startswith("call_") for one in calls)


def test_nothing_is_heard_of_a_call_before_its_name():
    calls, seen = heard((0, "a", "", '{"x":'), (0, "", "add", " 1}"), (1, "b", "", "{}"))

    assert calls == (ToolCall("a", "add", {"x": 1}),)
    assert seen == [CallPiece(0, '{"x": 1}', "a", "add")]


def test_arguments_that_are_cut_stay_a_text_and_an_object_is_taken_as_it_is():
    calls, _seen = heard((0, "a", "add", '{"x": '), (1, "b", "add", {"x": 1}), (2, "c", "add", 7))

    assert [one.arguments for one in calls] == ['{"x": ', {"x": 1}, {}]


def test_an_id_and_a_name_are_no_longer_than_a_record_can_have():
    (call,), _seen = heard((0, "a" * 600, "n" * 600, ""))

    assert (len(call.id), len(call.name)) == (512, 512)
