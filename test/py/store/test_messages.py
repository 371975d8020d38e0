"""Messages as journals have them."""

import pytest

from ai_sessions.records import Message, ToolCall
from ai_sessions.store.masking import storable
from ai_sessions.store.messages import message_of, plain_message, without_words

AT = "2026-11-29T07:00:00.000Z"


def test_a_plain_message_has_no_more_than_it_needs():
    assert plain_message(Message("user", "hi"), AT, storable) == {
        "role": "user",
        "text": "hi",
        "at": AT,
    }


def test_no_tokens_are_not_nobody_knows():
    assert plain_message(Message("user", "", tokens=0), AT, storable)["tokens"] == 0
    assert message_of({"role": "user", "text": "", "tokens": 0}).tokens == 0
    assert message_of({"role": "user", "text": ""}).tokens is None


@pytest.mark.parametrize(
    "edited",
    [
        {"tokens": "many"},
        {"tokens_source": "god"},
        {"tool_calls": {"id": 1}},
        {"tool_calls": ["x"]},
        {"parts": "x"},
        {"metadata": []},
        {"is_error": "yes"},
        {"name": 5, "tool_call_id": None},
    ],
    ids="-".join,
)
def test_what_was_edited_to_another_type_is_left_out(edited):
    assert message_of({"role": "user", "text": "hi", **edited}) == Message("user", "hi")


def test_without_words_only_who_spoke_is_left():
    call = ToolCall("c1", "login", {"password": "x"})
    said = Message(
        "assistant", "x", name="n", tool_calls=(call,), parts=({"x": "x"},), metadata={"x": "x"}
    )

    left = without_words(said)
    assert left == Message("assistant", "", name="n", tool_calls=(ToolCall("c1", "login"),))
