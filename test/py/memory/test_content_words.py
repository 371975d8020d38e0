"""Words that say something compare by their stem and by what they stand for."""

from ai_sessions.memory.content_words import stem_of, stems_of


def test_words_compare_by_their_stem():
    assert stem_of("owner") == stem_of("owns")
    assert stem_of("budget") == stem_of("spending")
    assert stem_of("the") == ""


def test_scripts_without_blanks_are_compared_by_two_characters():
    assert list(stems_of("数据库")) == ["数据", "据库"]
