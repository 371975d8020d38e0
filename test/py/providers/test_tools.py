"""Functions of a client: what is wrong with them is told, and each API is told of them."""

import pytest

from ai_sessions.errors import UsageError
from ai_sessions.providers import tools
from ai_sessions.providers.contract import Offer, Tool
from ai_sessions.records import Message, ToolCall

SCHEMA = {"type": "object", "properties": {"a": {"type": "number"}}}
ADD = {"type": "function", "function": {"name": "add", "description": "Adds", "parameters": SCHEMA}}
NAMED = {"type": "function", "function": {"name": "add"}}
CALL = Message("assistant", "", tool_calls=(ToolCall("c1", "add"), ToolCall("c2", "add")))
FIRST, SECOND = (Message("tool", "3", tool_call_id=one) for one in ("c1", "c2"))
HI = Message("user", "Hi")


def test_tools_of_chat_completions_are_read_and_told_as_they_came():
    offer = tools.checked([ADD], NAMED, False)

    assert offer == Offer((Tool("add", "Adds", SCHEMA),), "function", "add", False)
    assert tools.for_openai(offer) == {
        "tools": [ADD],
        "tool_choice": NAMED,
        "parallel_tool_calls": False,
    }


@pytest.mark.parametrize("given", [(None,), ([],), ([], "none"), (None, "auto", True)])
def test_no_tools_are_no_offer(given):
    assert tools.checked(*given) is None
    assert tools.for_openai(Offer()) == tools.for_anthropic(Offer()) == {}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("add",), "tools: a list"),
        (([{"type": "custom", "custom": {"name": "x"}}],), r"tools\[0\]: not a function"),
        (([ADD, {"type": "function"}],), r"tools\[1\]: not a function"),
        (([{"function": {"name": ""}}],), "not the name of a function"),
        (([{"function": {"name": "a\nb"}}],), "not the name of a function"),
        (([{"function": {"name": "a", "parameters": []}}],), "parameters are a JSON schema"),
        (([{"function": {"name": "a", "description": 1}}],), "description is a text"),
        (([{"function": {"name": "a", "strict": "yes"}}],), "strict is true or false"),
        (([ADD, ADD],), "two are called 'add'"),
        (([ADD], "always"), "tool_choice: none of the tools: 'always'"),
        (([ADD], {"function": {"name": "sub"}}), "tool_choice: none of the tools"),
        (([ADD], "auto", 1), "parallel_tool_calls is true or false"),
        ((None, "required"), "'required' without tools"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_value(given, told):
    with pytest.raises(UsageError, match=told):
        tools.checked(*given)


@pytest.mark.parametrize(
    ("choice", "parallel", "expected"),
    [
        (None, None, {"type": "auto"}),
        ("none", False, {"type": "none"}),
        ("required", True, {"type": "any"}),
        (NAMED, None, {"type": "tool", "name": "add"}),
        ("auto", False, {"type": "auto", "disable_parallel_tool_use": True}),
    ],
)
def test_anthropic_has_words_of_its_own_for_each_choice(choice, parallel, expected):
    told = tools.for_anthropic(tools.checked([ADD], choice, parallel))

    assert told["tool_choice"] == expected
    assert told["tools"] == [{"name": "add", "description": "Adds", "input_schema": SCHEMA}]


def test_a_function_without_parameters_takes_an_empty_object():
    offer = tools.checked([{"function": {"name": "now", "strict": True}}])

    assert tools.for_openai(offer)["tools"][0]["function"] == {"name": "now", "strict": True}
    assert tools.for_anthropic(offer)["tools"] == [
        {"name": "now", "input_schema": {"type": "object", "properties": {}}, "strict": True}
    ]


@pytest.mark.parametrize(
    ("choice", "may"), [("none", False), ("auto", True), ("required", True), (NAMED, True)]
)
def test_tools_that_are_not_to_be_called_cannot_be(choice, may):
    assert tools.checked([ADD], choice).may_be_called is may
    assert not Offer().may_be_called


def test_each_call_has_its_result_right_after_it_in_any_order():
    tools.check_results([HI, CALL, SECOND, FIRST, Message("assistant", "6")])


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([HI, FIRST], "no call before it: 'c1'"),
        ([HI, CALL, FIRST, FIRST, SECOND], "no call before it: 'c1'"),
        ([HI, CALL, FIRST, HI, SECOND], "without a result: c2"),
        ([HI, CALL], "without a result: c1, c2"),
    ],
)
def test_what_no_model_takes_is_told_with_the_id_of_the_call(said, told):
    with pytest.raises(UsageError, match=told):
        tools.check_results(said)


@pytest.mark.parametrize(
    ("arguments", "text", "given"),
    [
        ({"a": "ü"}, '{"a": "ü"}', {"a": "ü"}),
        (None, "{}", {}),
        ('{"a": ', '{"a": ', {"arguments": '{"a": '}),
        ([1], "[1]", {"arguments": [1]}),
    ],
)
def test_arguments_are_told_as_text_and_as_an_object(arguments, text, given):
    call = ToolCall("c1", "add", arguments)

    assert tools.arguments_of(call) == text
    assert tools.input_of(call) == given
