"""Other words for a question are general, symmetric where they are alike, and never its own."""

import pytest

from ai_sessions.memory import terms, thesaurus


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("database", "db"),
        ("db", "database"),
        ("deployed", "ship"),
        ("reject", "off the table"),
        ("rejected", "ruled out"),
        ("name", "my name is"),
        ("deadline", "by"),
        ("broker", "kafka"),
    ],
)
def test_what_is_asked_has_other_words(word, other):
    assert 0 < thesaurus.others(word)[other] < 1


def test_a_thing_does_not_stand_for_its_kind():
    assert "broker" not in thesaurus.others("kafka")


def test_no_word_stands_for_itself_and_no_other_is_empty():
    for word, others in thesaurus._table().items():
        assert word not in map(terms.joined, others)
        assert all(terms.words(other) for other in others)


def test_names_of_things_are_known():
    assert thesaurus.is_member("Postgres")
    assert not thesaurus.is_member("database")
    assert not thesaurus.is_member("")
