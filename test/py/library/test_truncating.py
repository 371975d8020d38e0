"""Prompts that fit into a number of tokens."""

import pytest

from ai_sessions.errors import UsageError
from ai_sessions.library.errors import TokenLimitExceeded
from ai_sessions.library.truncating import fitted, truncated
from ai_sessions.memory.building import Sources
from ai_sessions.memory.weights import weigh, weigh_all
from ai_sessions.records import Message
from ai_sessions.tokens import ESTIMATE, estimate

RULE = {"role": "system", "content": "Answer in English."}
CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
}
RESULT = {"role": "tool", "tool_call_id": "t1", "content": "8"}


def user(text):
    return {"role": "user", "content": text}


def tokens(prompt):
    return sum(estimate(one["content"] or "") for one in prompt)


def test_a_prompt_that_fits_is_as_it_was_given():
    prompt = [RULE, {**user("Hi"), "name": "kim"}, CALL, RESULT]

    assert truncated(prompt, 1000) == prompt


@pytest.mark.parametrize("limit", [50, 80, 200])
def test_no_prompt_is_larger_than_its_limit(limit):
    prompt = [RULE, *(user(f"word {n} " * 200) for n in range(5))]

    assert 0 < tokens(truncated(prompt, limit)) <= limit


def test_older_turns_go_first_and_the_rules_stay():
    turns = [
        one
        for n in range(9)
        for one in (user(f"question {n}"), {"role": "assistant", "content": f"answer {n} " * 9})
    ]

    found = truncated([RULE, *turns], 90)

    assert found[0] == RULE
    assert found[-1] == turns[-1]
    assert found[1]["role"] == "user"
    assert turns[0] not in found


def test_a_long_question_loses_its_middle_and_keeps_what_else_it_has():
    (found,) = truncated([{**user("begin " + "x y z " * 500 + "end"), "name": "kim"}], 60)

    assert found["content"].startswith("begin")
    assert found["content"].endswith("end")
    assert "left out" in found["content"]
    assert found["name"] == "kim"


def test_a_tool_call_and_its_result_go_together():
    long = user("words " * 30)
    for limit in range(50, 130, 5):
        found = truncated([long, CALL, RESULT, {"role": "assistant", "content": "Eight."}], limit)
        assert (CALL in found) == (RESULT in found)


def test_rules_that_do_not_fit_are_told_with_the_numbers():
    with pytest.raises(TokenLimitExceeded, match="the limit is 20") as caught:
        truncated([{**RULE, "content": "Be brief. " * 50}, user("Hi")], 20)

    assert caught.value.limit == 20
    assert caught.value.actual > 100


def test_text_in_parts_is_cut_like_any_other():
    parts = [{"type": "text", "text": "one two " * 200}, {"type": "text", "text": "end"}]

    (found,) = truncated([{"role": "user", "content": parts}], 60)

    assert tokens([found]) <= 60
    assert found["content"].endswith("end")


def test_roles_of_other_apis_stay_what_they_are():
    prompt = [{"role": "developer", "content": "Rules."}, user("word " * 200)]

    assert truncated(prompt, 60)[0] == prompt[0]


def test_an_image_counts_and_goes_where_there_is_no_room():
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    seen = {"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}

    assert truncated([seen], 5000) == [seen]
    (found,) = truncated([seen], 100)
    assert "left out" in found["content"]


def test_a_long_task_takes_a_part_of_the_limit_and_counts_in_what_is_needed():
    task, newest = Message("user", "plan " * 500), Message("user", "and now?")

    found = fitted(Sources(said=[newest]), 200, ESTIMATE, task)
    assert weigh_all(found) <= 200
    assert found[-1] == newest
    assert weigh(found[0]) <= 50

    with pytest.raises(TokenLimitExceeded) as caught:
        fitted(
            Sources(system=(Message("system", "rule " * 100),), said=[newest]), 80, ESTIMATE, task
        )
    least = weigh(Message("system", "rule " * 100)) + weigh(newest)
    assert least < caught.value.actual <= least + 20 + weigh(newest)


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, None])
def test_a_limit_is_a_whole_number_above_0(limit):
    with pytest.raises(UsageError, match="max_tokens is a whole number above 0"):
        truncated([user("Hi")], limit)


@pytest.mark.parametrize("message", ["Hi", {"content": "Hi"}, {"role": 1}])
def test_what_is_no_message_is_refused(message):
    with pytest.raises(UsageError, match="a message of a prompt is a map of role and content"):
        truncated([message], 100)
