"""Words are parted as the index parts them."""

import pytest

from ai_sessions.memory import terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The payment_gateway's PORT!", "the payment gateway s port"),
        ("src/app.py:12", "src app py 12"),
        ("Café ÜBER", "cafe uber"),
        ("数据库端口5432", "数据 据库 库端 端口 5432"),
        ("ｗｉｄｅ １２", "wide 12"),  # noqa: RUF001
        ("\ud800 a", "a"),
        ("", ""),
    ],
)
def test_words_are_small_letters_without_accents(text, expected):
    assert " ".join(terms.words(text)) == expected


def test_stems_with_a_blank_between_them_are_a_part_of_those_of_a_longer_text():
    assert terms.joined("Ruled out") in terms.joined("We have ruled out Kafka")
