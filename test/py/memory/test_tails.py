"""The newest messages within a room: turns whole, the first one by its two ends."""

import pytest

from ai_sessions.memory.tails import Log, Room, newest, turns
from ai_sessions.memory.weights import weigh
from ai_sessions.records import Message, ToolCall

ALL = 1 << 40


def user(text, at):
    return Message("user", text, id=f"{at}.0")


def answer(text, at):
    return Message("assistant", text, id=f"{at}.0")


def call(at, *ids):
    made = tuple(ToolCall(one, "run", {}) for one in ids or (f"c{at}",))
    return Message("assistant", "", tool_calls=made, id=f"{at}.0")


def result(at, text="done", id_=""):
    return Message("tool", text, tool_call_id=id_ or f"c{at - 1}", id=f"{at}.0")


def tail(messages, tokens=ALL, most=ALL):
    return newest(Log(messages, [weigh(one) for one in messages]), Room(tokens, most))


def ids(found):
    return [one.id[:-2] for one in found.messages]


TALK = [user("a", 0), answer("b", 1), user("c", 2), answer("d", 3), user("e", 4), answer("f", 5)]
LONG = [user("do it", 0), *(one for at in range(1, 81, 2) for one in (call(at), result(at + 1)))]


def test_a_turn_begins_with_a_message_of_the_user():
    assert turns([answer("hello", 0), *TALK[2:]]) == [(1, 3), (3, 5)]
    assert turns([answer("hello", 0), answer("there", 1)]) == [(0, 2)]
    assert turns([]) == []


def test_all_is_told_where_there_is_room():
    found = tail(TALK)

    assert found.messages == tuple(TALK)
    assert found.tokens == sum(map(weigh, TALK))


@pytest.mark.parametrize(("most", "shown"), [(6, "012345"), (5, "2345"), (3, "45"), (2, "45")])
def test_only_so_many_messages_are_told(most, shown):
    assert "".join(ids(tail(TALK, most=most))) == shown


def test_a_question_without_an_answer_counts_as_one_message():
    assert ids(tail([user("a", 0), user("b", 1), user("c", 2)], most=2)) == ["1", "2"]


def test_only_so_many_tokens_are_told():
    assert ids(tail(TALK, sum(map(weigh, TALK[2:])))) == ["2", "3", "4", "5"]


def test_of_a_turn_that_is_too_long_the_question_and_the_end_are_told():
    found = tail(LONG, 400)

    assert ids(found)[0] == "0"
    assert ids(found)[1:] == [str(at) for at in range(81 - len(found.messages) + 1, 81)]
    assert len(found.messages) > 10
    assert found.messages[0].text == "do it\n[... messages from 1.0 on left out here ...]"
    assert found.tokens == sum(map(weigh, found.messages)) <= 400
    assert found.cut == ()


def test_an_older_turn_that_is_too_long_is_told_by_its_ends_too():
    found = tail([*LONG, answer("It works.", 81), user("thanks", 82)], 400)

    assert ids(found)[0] == "0"
    assert ids(found)[-2:] == ["81", "82"]
    assert found.tokens <= 400


def test_an_older_question_is_not_told_without_any_answer():
    messages = [user("q" * 50, 0), answer("word " * 9999, 1), user("thanks", 2)]

    assert ids(tail(messages, 70)) == ["2"]
    assert ids(tail(messages, 300)) == ["0", "1", "2"]
    assert ids(tail(messages, most=2)) == ["2"]


def test_large_messages_are_cut_and_small_ones_are_not():
    messages = [user("look", 0), call(1), result(2, "word " * 9999), answer("I see.", 3)]
    found = tail(messages, 500)

    assert ids(found) == ["0", "1", "2", "3"]
    assert found.cut == ("2.0",)
    assert 450 < found.tokens <= 500


def test_parallel_results_of_megabytes_are_cut_alike():
    names = [f"p{number}" for number in range(10)]
    huge = [result(at, "word " * 99_999, one) for at, one in enumerate(names, 2)]
    found = tail([user("look", 0), call(1, *names), *huge], 900)

    assert len(found.messages) == 12
    weights = {weigh(one) for one in found.messages[2:]}
    assert max(weights) - min(weights) < 10
    assert 700 < found.tokens <= 900


def test_a_question_of_megabytes_is_cut_and_its_answer_is_there():
    found = tail([user("word " * 99_999, 0), answer("short", 1)], 300)

    assert ids(found) == ["0", "1"]
    assert found.cut == ("0.0",)
    assert found.messages[1].text == "short"


def test_without_a_message_of_the_user_the_newest_are_told_and_no_result_alone():
    messages = [call(0), result(1), call(2), result(3), answer("done", 4)]

    assert ids(tail(messages, most=3)) == ["2", "3", "4"]
    assert ids(tail(messages, most=2)) == ["4"]


def test_what_was_said_before_the_user_is_left_out():
    assert ids(tail([answer("hello", 0), *TALK[2:]])) == ["2", "3", "4", "5"]


def test_large_messages_are_cut_before_older_turns_are_left_out():
    old = [user("what is it?", 0), answer("The port is 8080.", 1)]
    found = tail([*old, user("paste " * 9999, 2), answer("I see.", 3)], 300)

    assert ids(found) == ["0", "1", "2", "3"]
    assert found.cut == ("2.0",)
    assert 270 < found.tokens <= 300


def test_messages_that_are_cut_a_little_are_not_over_the_room():
    messages = [user("word " * 23, 0), answer("word " * 23, 1)]
    both = sum(map(weigh, messages))

    found = tail(messages, both - 1)
    assert found.tokens <= both - 1
    assert found.cut == ("0.0", "1.0")


def test_system_texts_take_no_room_and_stand_where_they_were_said():
    rule = Message("system", "in French " * 99, id="9.0")
    found = tail([*LONG[:21], rule, *LONG[21:]], 300, most=9)

    shown = [one for one in found.messages if one != rule]
    assert sum(map(weigh, shown)) <= 300
    assert found.tokens == sum(map(weigh, found.messages))
    assert found.messages.index(rule) == 1


def test_where_nothing_fits_nothing_is_told():
    assert tail(TALK, 1).messages == ()
    assert tail([], 10).messages == ()
