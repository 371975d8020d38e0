"""Words that say something compare by their stem and by what they stand for."""

from ai_sessions.memory import content_words
from ai_sessions.memory.content_words import stem_of, stems_of


def test_words_compare_by_their_stem():
    assert stem_of("owner") == stem_of("owns")
    assert stem_of("budget") == stem_of("spending")
    assert stem_of("the") == ""


def test_scripts_without_blanks_are_compared_by_two_characters():
    assert list(stems_of("数据库")) == ["数据", "据库"]


def test_data_is_compared_as_it_is_and_not_kept():
    before = content_words._stem_of.cache_info().currsize
    data = "Ab" * 5000

    assert stem_of(data) == data.lower()
    assert content_words._stem_of.cache_info().currsize == before
