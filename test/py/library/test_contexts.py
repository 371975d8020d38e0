"""What was said in the forms that programs and models take."""

from ai_sessions.library import contexts
from ai_sessions.records import Message, ToolCall


def told(session):
    return [one["content"] for one in session.get_messages_for_llm()]


def test_a_call_that_was_cut_off_has_a_result_all_the_same(tracked, core):
    session = tracked("one")
    session.user_says("go")
    core.record_tool_call("python-one", "look", call_id="c1")

    *_, call, result = session.get_messages_for_llm()

    assert call["tool_calls"][0]["id"] == result["tool_call_id"] == "c1"


def test_what_is_pinned_and_known_is_told_and_the_prompt_once(tracked, core):
    session = tracked("one", system_prompt="Be brief")
    session.user_says("go")
    core.remember("python-one", "I am Priya")
    core.update_state("python-one", {"lang": "pl"})

    assert told(session) == [
        "Be brief",
        "Keep in mind:\n- I am Priya",
        'State of this conversation:\n- lang = "pl"',
        "go",
    ]


def test_nothing_before_a_break_is_told(tracked, core):
    session = tracked("one", system_prompt="Be brief")
    session.user_says("old")
    core.clear_messages("python-one")
    session.user_says("new")

    assert told(session) == ["Be brief", "new"]


def test_an_answer_with_words_and_tool_calls_is_a_turn(tracked):
    session = tracked("one")
    session.user_says("go")
    calls = (ToolCall("1", "a", {}),)
    session.core.add_message("python-one", "assistant", "Looking.", tool_calls=calls)

    assert [one["content"] for one in session.get_conversation()] == ["go", "Looking."]


def test_messages_that_nobody_counted_are_counted(core):
    said = [Message("user", "one two three"), Message("user", "x", tokens=40)]

    assert contexts.tokens_of(core, said) == core.memory.rules.count("one two three") + 40
