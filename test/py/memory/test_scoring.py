"""What a sentence is worth for a question, by its own words and by what stands before it."""

from ai_sessions.memory import questions, scoring
from ai_sessions.records import Message, ToolCall

ROLES = {"u": "user", "a": "assistant", "t": "tool"}


def talk(*lines):
    return [Message(ROLES[one[0]], one[3:], id=f"{at + 1}.0") for at, one in enumerate(lines)]


def scores(question, messages):
    """Sentences by their text."""
    found = scoring.scored(questions.asked(question), messages)
    return {one.sentence.text: round(one.score, 3) for one in found}


def test_a_rare_word_is_worth_more_than_one_that_many_have():
    found = scores("port of db-3", talk("u: port 1", "u: port 2", "u: port 3", "u: db-3 is here"))

    assert found["db-3 is here"] > found["port 1"]


def test_another_word_is_worth_less_than_the_one_that_was_asked():
    found = scores("database", talk("u: the database is new", "u: the db is old", "a: no"))

    assert 0 < found["the db is old"] < found["the database is new"]


def test_the_newer_of_two_that_fit_as_well_is_worth_more():
    found = scores("ports", talk("u: port one", "a: no", "u: port two"))

    assert found["port one"] < found["port two"] * 0.85


def test_what_looks_like_an_answer_is_worth_more():
    found = scores("Which port?", talk("u: port is 8080", "u: port is open", "a: no"))

    assert found["port is 8080"] > found["port is open"]


def test_a_question_and_chatter_are_worth_little():
    found = scores("port", talk("u: Which port is it?", "a: ok", "u: the port is open"))

    assert found["Which port is it?"] < found["the port is open"] / 2


def test_a_long_sentence_is_worth_less_than_a_short_one():
    found = scores("port", talk(f"u: the port {'and so on ' * 50}", "u: the port is open"))

    assert min(found, key=found.get) != "the port is open"


def test_the_answer_to_a_question_is_worth_nearly_what_it_is():
    found = scores("host of staging", talk("u: Which host is staging on?", "a: stage-7."))

    assert found["stage-7."] > found["Which host is staging on?"]


def test_the_next_message_is_none_where_another_one_is_between():
    messages = talk("u: Which host is staging on?", "a: well", "a: 10.0.0.7")

    assert "10.0.0.7" not in scores("host of staging", [messages[0], messages[2]])


def test_a_result_is_worth_what_its_call_is():
    call = ToolCall("c1", "lookup", {"host": "staging"})
    messages = [
        Message("assistant", "", id="1.0", tool_calls=(call,)),
        Message("tool", "10.0.0.7", id="3.0", tool_call_id="c1"),
        Message("tool", "10.0.0.8", id="4.0", tool_call_id="c2"),
    ]

    assert list(scores("staging host", messages)) == ["10.0.0.7"]


def test_a_call_is_no_sentence_to_tell():
    call = ToolCall("c1", "lookup", {"host": "staging"})

    assert scores("staging", [Message("assistant", "", tool_calls=(call,))]) == {}


def test_one_word_of_many_that_were_asked_has_nothing_to_do_with_it():
    many = [f"u: search number {at}" for at in range(30)]

    assert scores("broken shards of the search cluster", talk(*many)) == {}


def test_the_best_of_many_messages_are_kept_in_order():
    messages = talk(
        "u: port one", *("u: no", "a: nothing"), "u: which port?", "a: 8080", "u: port three"
    )

    assert [one.text for one in scoring.best(questions.asked("port"), messages, 2)] == [
        "which port?",
        "8080",
        "port three",
    ]
