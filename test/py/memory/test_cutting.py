"""A message without its middle: never too heavy, both ends there, no letter broken."""

import unicodedata

import pytest

from ai_sessions.memory.cutting import cut, cut_text, shortest
from ai_sessions.memory.weights import weigh
from ai_sessions.records import Message, ToolCall

LOG = "\n".join(f"line {number} of the log" for number in range(5000))


def result(text, **more):
    return Message("tool", text, tool_call_id="a", id="17.0", **more)


def test_a_message_that_has_room_is_the_same():
    message = result("short")

    assert cut(message, weigh(message)) is message


@pytest.mark.parametrize("most", [60, 200, 1000, 10_000])
def test_both_ends_stay_and_whole_lines_of_them(most):
    shown = cut(result(LOG), most)

    lines = shown.text.splitlines()
    assert weigh(shown) <= most
    assert weigh(shown) > most * 0.7
    assert lines[0] == "line 0 of the log"
    assert lines[-1] == "line 4999 of the log"
    (marker,) = [one for one in lines if one not in LOG.splitlines()]
    assert marker == f"[... {weigh(result(LOG)) - most:,} tokens left out; message 17.0 ...]"


def test_what_is_too_small_for_any_end_has_the_marker_alone():
    shown = cut(result(LOG), 1)

    assert shown == shortest(result(LOG))
    assert shown.text.startswith("[... ")
    assert shown.tool_call_id == "a"


def test_a_message_that_is_shorter_than_the_marker_is_never_cut():
    message = result("yes, that is what I want")

    assert cut(message, 1) is message


def test_the_arguments_of_a_call_are_cut_and_stay_json():
    call = ToolCall("a", "write", {"path": "src/app.py", "lines": [LOG, 1], "text": LOG})
    message = Message("assistant", "I write it.", tool_calls=(call,), id="16.0")

    shown = cut(message, 400)
    (short,) = shown.tool_calls
    assert weigh(shown) <= 400
    assert (short.id, short.name, shown.text) == ("a", "write", "I write it.")
    assert short.arguments["path"] == "src/app.py"
    assert short.arguments["lines"][1] == 1
    assert "[... left out; message 16.0 ...]" in short.arguments["text"]


def test_arguments_without_a_text_to_cut_go_as_a_whole():
    call = ToolCall("a", "plot", list(range(9999)))

    (short,) = cut(Message("assistant", "", tool_calls=(call,)), 200).tool_calls
    assert short == ToolCall("a", "plot", {})


def test_arguments_in_arguments_without_end_are_left_out():
    deep = "x"
    for _level in range(60):
        deep = [deep]
    message = Message("assistant", LOG, tool_calls=(ToolCall("a", "b", deep),))

    assert weigh(cut(message, 600)) <= 600


def test_images_that_are_large_are_left_out_and_small_ones_stay():
    image = {"type": "image", "data": "x" * 40_000}
    small = {"type": "image", "url": "a.png"}

    shown = cut(Message("user", "what is this?", parts=(image,), id="3.0"), 200)
    assert shown.parts == ()
    assert shown.text.startswith("what is this?\n[... ")
    assert cut(Message("user", LOG, parts=(small,)), 5000).parts == (small,)


def test_what_a_provider_counted_too_high_is_told_whole():
    shown = cut(Message("assistant", "hi", tokens=9000, tokens_source="provider"), 100)

    assert (shown.text, shown.tokens_source) == ("hi", "estimate")


def test_a_message_of_megabytes_is_cut_by_a_look_at_its_ends():
    seen = []

    def count(text):
        seen.append(len(text))
        return len(text) // 4

    count.source = "tokenizer"
    cut(Message("tool", "x y " * 1_000_000, tokens=1_000_000, id="1.0"), 500, count)
    assert max(seen) < 10_000


@pytest.mark.parametrize("letter", ["e\u0301", "\ud83d\ude00", "👩‍👩‍👧", "👍🏽", "❤️", "न्"])
def test_no_letter_is_broken(letter):
    for size in range(40):
        first, last = cut_text(letter * 30, size, "|").split("|")

        assert first.strip() == letter * (len(first) // len(letter))
        assert last.strip() == letter * (len(last) // len(letter))


def test_words_stay_whole_where_they_are_not_too_long():
    text = " ".join(["word"] * 50)

    assert set(cut_text(text, 50, "|").split()) == {"word", "|"}
    assert cut_text("x" * 500, 50, "|") == f"{'x' * 25} | {'x' * 25}"
    assert unicodedata.is_normalized("NFC", cut_text("é" * 99, 50, "|"))
