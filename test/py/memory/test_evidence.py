"""What a statement has word for word is looked up in its source; the rest by the words of both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.memory import evidence

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
SAID = evidence.source(
    "Deploy v2.1 to port 8080 by `make deploy  --all`; see src/app/pay.py, PayClient and"
    ' https://pay.example/v1?a=1. It took 3.5 s for 12,345 rows: "all went well". Three retries.'
    " 40k requests, 1,500,000 rows. Beta(1,9), 14:30, 443:8443, wait_ms=3_600_000. Ticket PAY-42,"
    " commit a1b2c3d, mail ops@pay.example, max_retries, 端口是9090 和 测试通过."
)


@pytest.mark.parametrize(
    "statement",
    [
        "The port is 8080.",
        "It had 12345 rows, (12,345) or 12\u00a0345.",
        "It took 3.5s.",
        "There were 3 retries.",
        "See `src/app/pay.py`; also pay.py!",
        "Call https://pay.example/v1?a=1.",
        "Run “make deploy --all”.",
        "It said 'All went well'.",
        "PAY-42 is in a1b2c3d, by payclient and PayClient; MAX_RETRIES counts.",
        "端口 9090",
        "At 14:30 with Beta(1,9), 8443 and wait_ms=3_600_000 or 3,600,000.",
        "40,000 requests, 40K, 1.5M rows, within 9 m",
        "Nothing to look up, and/or so.",
    ],
)
def test_what_stands_in_the_source_is_not_missing(statement):
    assert evidence.missing(statement, SAID) == []


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("The port is 808.", ["808"]),
        ("The port is 18080.", ["18080"]),
        ("It had 345 rows.", ["345"]),
        ("It took 3.55 s.", ["3.55"]),
        ("41k requests", ["41k"]),
        ("At 14:31.", ["14:31"]),
        ("There were 4 retries.", ["4"]),
        ("See src/app/pays.py", ["src/app/pays.py"]),
        ("See src/ap", ["src/ap"]),
        ("Call https://pay.example/v2", ["https://pay.example/v2"]),
        ("Run `make deploy --prod`", ["make deploy --prod", "--prod"]),
        ('It said "all went badly"', ["all went badly"]),
        ("PAY-43 is in a1b2c3e", ["PAY-43", "a1b2c3e"]),
        ("By RefundClient and max_tries", ["RefundClient", "max_tries"]),
        ("Mail dev@pay.example", ["dev@pay.example"]),
        ("Python is in setup.cfg", ["setup.cfg"]),
        ("端口是9091", ["9091"]),
    ],
)
def test_what_was_invented_is_missing(statement, missing):
    assert evidence.missing(statement, SAID) == missing


def test_a_statement_in_the_words_of_its_source_is_about_it():
    assert evidence.is_about("Deployment goes to a port", SAID)
    assert evidence.is_about("测试", SAID)
    assert evidence.is_about("Na porcie 8080 działa serwer", SAID)


@pytest.mark.parametrize("statement", ["Kafka was rejected", "Le serveur tourne bien", "失败了"])
def test_a_statement_in_other_words_is_not_about_it(statement):
    assert not evidence.is_about(statement, SAID)


def test_one_word_in_common_of_many_is_not_enough():
    assert not evidence.is_about("Retries of bananas, apples, cherries, oranges, plums", SAID)


def test_a_statement_without_a_telling_word_is_about_everything():
    assert evidence.is_about("OK", SAID)


def test_a_text_of_marks_alone_is_read_in_time_and_has_nothing_to_look_up():
    assert evidence.missing("`" * 10_000 + '"' * 10_000 + "'" * 10_000, SAID) == []


@given(st.one_of(st.text(), st.text("ab1.,:'\"`“”/-_ 0\u00a0é悬²kKm\n"), st.text("12.,:/x- _'kM")))
def test_nothing_of_a_text_is_missing_in_itself(text):
    assert evidence.missing(text, evidence.source(text)) == []
    assert evidence.is_about(text, evidence.source(text))


@pytest.mark.parametrize(("number", "word"), list(enumerate(NUMBERS, 1)))
def test_small_numbers_in_words_are_numbers(number, word):
    assert evidence.missing(f"It took {number} tries", evidence.source(f"{word} tries")) == []
    assert evidence.missing(f"It took {number + 1} tries", evidence.source(f"{word} tries"))


def test_words_that_every_statement_has_make_it_about_nothing():
    told = "They should have been there before this, after some of these, just over what they need"

    assert not evidence.is_about(f"{told}: bananas", evidence.source(told))
    assert evidence.is_about(told, SAID)
