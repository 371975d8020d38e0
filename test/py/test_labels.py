"""What may be a tag, a key, a title; and text that can be written at all."""

import pytest

from ai_sessions import labels
from ai_sessions.errors import UsageError


@pytest.mark.parametrize("text", ["urgent", "Größe 2", "a.b-c_d", "東京", "a" * 64, "a=b"])
def test_a_tag_is_one_line_of_any_script(text):
    assert labels.tag(text) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "tag '': it is empty"),
        ("  ", "tag '  ': it is empty"),
        ("a,b", "tag 'a,b': it may have no ','"),
        ("a\nb", r"tag 'a\nb': it may have no line break or control character"),
        ("a\x1b[31m", "it may have no line break or control character"),
        ("a\u202eb", "it may have no line break or control character"),
        (" a", "tag ' a': it begins or ends with a space"),
        ("a" * 65, f"tag '{'a' * 37}...': it has 65 characters (at most 64)"),
        ("a\udcff", "tag: not UTF-8 text (character 2)"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text, told):
    with pytest.raises(UsageError) as caught:
        labels.tag(text)
    assert told in caught.value.message
    assert "\n" not in caught.value.message


def test_a_key_has_no_equals_sign_and_may_have_a_comma():
    assert labels.key("user.name, first") == "user.name, first"
    with pytest.raises(UsageError, match="key 'a=b': it may have no '='"):
        labels.key("a=b")
    with pytest.raises(UsageError, match="at most 128"):
        labels.key("k" * 129)


def test_a_title_is_one_line():
    assert labels.line("title", " Support desk") == " Support desk"
    with pytest.raises(UsageError, match=r"title 'a\\nb': it may have no line break"):
        labels.line("title", "a\nb")


def test_text_is_utf8_whatever_else_it_is():
    assert labels.utf8("text", "a\x00\n😀") == "a\x00\n😀"
    with pytest.raises(UsageError, match=r"text: not UTF-8 text \(character 1\)"):
        labels.utf8("text", "\udc80")


@pytest.mark.parametrize(
    ("text", "title"),
    [("Hi\n  there\x1b", "Hi there"), ("  ", ""), ("word " * 20, "word " * 11 + "word…")],
)
def test_the_first_words_of_a_text_are_a_title(text, title):
    assert labels.first_words(text) == title
