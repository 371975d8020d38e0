"""What is recalled fits the question, is whole, and still holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions import tokens
from ai_sessions.memory.choosing import choose
from ai_sessions.memory.recall import line
from ai_sessions.records import Message

ROLES = {"u": "user", "a": "assistant", "t": "tool"}


def talk(*lines):
    """Messages, a day after the other, of lines such as `u: hello`."""
    return [
        Message(ROLES[one[0]], one[3:], f"2026-11-{1 + at % 30:02}T08:00:00.000Z", id=f"{at + 1}.0")
        for at, one in enumerate(lines)
    ]


def texts(question, *lines, most=400, **more):
    return [one.text for one in choose(question, talk(*lines), most, **more)]


SMALL_TALK = ("u: How was the weekend?", "a: Quiet. I read a book.", "u: Lunch was good today.")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the user's name?", "u: Hi, I'm Priya from billing."),
        ("Which broker did we reject?", "u: Kafka is off the table."),
        ("When is the deadline?", "u: It must be live by 14 March."),
        ("Which port does the database listen on?", "a: db-3 accepts connections on port 6432."),
        ("Why did the nightly job fail?", "a: The nightly job failed because the disk was full."),
        ("Which hash algorithm did we choose?", "u: let's go with argon2 for passwords"),
        ("How should I indent?", "u: Please always use tabs."),
        ("Where does the report go?", "a: It is written to build/report.html."),
        ("Who maintains the billing service?", "u: Tom takes care of billing."),
        ("How long may a request take?", "u: No call may run for more than 30 seconds."),
        ("端口是多少", "u: 数据库端口是6432"),
    ],
)
def test_a_question_finds_its_answer_in_other_words(question, answer):
    found = texts(question, *SMALL_TALK, answer, *SMALL_TALK)

    assert found
    assert answer[3:] in found[-1]


def test_what_has_nothing_to_do_with_it_is_not_recalled():
    assert texts("Which port is it?", *SMALL_TALK) == []
    assert texts("Go on, please.", *SMALL_TALK) == []


def test_only_the_sentence_that_fits_is_told():
    found = texts("Which port?", "u: We met at noon. The port is 8080. It was sunny.")

    assert found == ["The port is 8080."]


def test_sentences_of_one_message_are_told_in_its_order_with_a_gap_where_one_is():
    found = texts("port and host?", "u: The host is db-3. I like it. The port is 8080.")

    assert found == ["The host is db-3. … The port is 8080."]


def test_hits_are_told_in_the_order_in_which_they_were_said():
    found = texts("port and host?", "u: The port is 8080.", "a: Fine.", "u: The host port is db.")

    assert found == ["The port is 8080.", "The host port is db."]


def test_the_answer_to_an_older_question_is_recalled_not_the_question():
    found = texts("What was the staging host?", "u: Which host is staging on?", "a: stage-7.")

    assert found == ["stage-7."]


def test_what_follows_a_heading_belongs_to_it():
    assert "6432" in texts("which port?", "t: port:\n6432\nother rows\nand more")[0]


@pytest.mark.parametrize("newer", ["u: The port is 9090 now.", "u: we moved the port to 9090"])
def test_an_older_value_is_not_recalled(newer):
    assert texts("Which port?", "u: The port is 8080.", "a: ok", newer) == [newer[3:]]


def test_a_value_that_the_rest_of_the_context_replaces_is_not_recalled():
    newer = (Message("user", "The port is 9090 now."),)

    assert texts("Which port?", "u: The port is 8080.", newer=newer) == []
    assert texts("Which port?", "u: The host is a.", "u: The port is 8080.") == [
        "The port is 8080."
    ]


def test_a_newer_value_is_recalled_although_the_older_one_fits_better():
    found = texts(
        "Which port does the staging server use?",
        *("u: The staging server uses port 8080.", "u: staging server: port 9090 from now on"),
    )

    assert found == ["staging server: port 9090 from now on"]


def test_what_was_said_twice_is_recalled_once_as_it_was_said_last():
    messages = talk("u: The port is 8080.", "a: Fine.", "a: the port is 8080")

    assert [one.id for one in choose("Which port?", messages, 400)] == ["3.0"]


def test_of_what_fits_as_well_the_newer_is_worth_more():
    first, *_, last = choose("deploy", talk("u: deploy alpha", *SMALL_TALK, "u: deploy beta"), 400)

    assert first.score < last.score


def test_a_hit_that_has_no_room_is_left_out_whole():
    long = f"u: The port of the {'very ' * 60}old machine is 1."
    short = "u: A port is 8080."
    found = choose("Which port?", talk(long, short), 30)

    assert [one.text for one in found] == ["A port is 8080."]
    assert choose("Which port?", talk(long, short), 5) == ()


@given(
    st.lists(st.sampled_from(["The port is {}.", "Port {}, host {}?", "no", "a\nport {}\nb"])),
    st.integers(0, 300),
)
def test_there_are_never_more_tokens_than_there_may_be(lines, most):
    messages = talk(*(f"u: {one.format(at, at)}" for at, one in enumerate(lines)))
    found = choose("Which port?", messages, most)

    assert sum(tokens.estimate(line(one)) for one in found) <= most
    assert found == choose("Which port?", messages, most)


def test_a_counter_of_tokens_is_asked():
    class Many:
        source = "tokenizer"

        def __call__(self, text):
            return 100 * len(text)

    assert choose("Which port?", talk("u: The port is 8080."), 400, count=Many()) == ()


def test_a_hit_has_the_commit_at_which_it_was_said():
    (one,) = choose("Which port?", talk("u: The port is 8080."), 400, commits={"1.0": "abc"})

    assert (one.commit, one.id, one.role) == ("abc", "1.0", "user")


def test_of_a_huge_message_the_lines_that_fit_are_looked_at():
    rows = "\n".join(f"row {at} is fine" for at in range(200_000))
    (one,) = choose("Which port?", talk(f"t: {rows}\nthe port is 8080\n{rows}"), 400)

    assert one.text == "the port is 8080"


@pytest.mark.parametrize(
    "guess", ["u: Is the port 9090 now?", "u: Maybe the port could be 9090 instead, who knows"]
)
def test_a_guess_replaces_no_value(guess):
    assert "The port is 8080." in texts("Which port?", "u: The port is 8080.", "a: ok", guess)


def test_of_one_message_a_few_sentences_are_told():
    lines = "\n".join(f"port {name} is open" for name in ("a1", "b2", "c3", "d4", "e5", "f6"))
    (one,) = texts("Which port?", f"t: {lines}")

    assert one.count("open") == 4
