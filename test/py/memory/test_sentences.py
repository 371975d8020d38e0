"""A sentence ends where a reader says so, and none is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.memory import sentences
from ai_sessions.memory.sentences import LONGEST, is_question, parted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "It is at db-3.internal:6379. See src/app.py!",
            "It is at db-3.internal:6379.|See src/app.py!",
        ),
        ("We use e.g. Redis v7.2. Done", "We use e.g. Redis v7.2.|Done"),
        ('J. Doe said "yes." Then left.', 'J. Doe said "yes."|Then left.'),
        ("The limit is 20. The port is 80.", "The limit is 20.|The port is 80."),
        ("# Head\n- one\n1. two\n---\n\n> three", "Head|one|two|three"),
        ("```py\nx = 1.5\n```", "```py|x = 1.5"),
        ("数据库的端口是5432。好的！再见", "数据库的端口是5432。|好的！|再见"),  # noqa: RUF001
        ("", ""),
        ("...", "..."),
    ],
)
def test_a_text_is_parted_into_its_sentences(text, expected):
    assert "|".join(parted(text)) == expected


def test_a_very_long_line_is_parted_between_its_values():
    row = '{"host": "db-3", "port": 5432}, '
    found = list(parted(row * 100))

    assert max(map(len, found)) <= LONGEST
    assert {one[:5] for one in found} <= {'{"hos', '"port'}


def test_a_very_long_word_stays_whole():
    assert list(parted("x" * 5000)) == ["x" * 5000]


@pytest.mark.parametrize(
    ("sentence", "is_one"), [("Which port?", 1), ('"Why?"', 1), ("端口是多少\uff1f", 1), ("No.", 0)]
)
def test_questions_are_told_from_statements(sentence, is_one):
    assert is_question(sentence) == bool(is_one)


@given(st.text())
def test_no_word_is_lost_on_the_way(text):
    there = "".join(" ".join(sentences.parted(text)).split())

    assert [one for one in there if one.isalpha()] == [one for one in text if one.isalpha()]
