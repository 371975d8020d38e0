"""The kind of a statement, by words that people mark one with."""

import pytest

from ai_sessions.memory.cues import cues, is_chatter


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("We must never log names.", "constraint"),
        ("We decided to page with cursors.", "decision"),
        ("I prefer tabs.", "preference"),
        ("The build failed with a panic.", "error"),
        ("The next step is a release.", "next"),
        ("Our goal is a smaller image.", "goal"),
        ("决定使用这个。", "decision"),
        ("Wir haben uns entschieden.", "decision"),
        ("It was a nice day.", "said"),
    ],
)
def test_a_statement_has_the_kind_of_its_words(text, kind):
    assert cues(text).kind == kind


def test_a_label_says_the_kind_and_is_no_part_of_the_text():
    found = cues("Hard rule: ask before you push.")

    assert (found.kind, found.text, found.is_labelled) == (
        "constraint",
        "ask before you push.",
        True,
    )


def test_another_word_before_a_colon_is_no_label():
    assert cues("Berlin: we open in May.").text == "Berlin: we open in May."


def test_a_question_and_a_guess_are_weaker_than_what_is_said():
    said, guessed, asked = "We must stop.", "Maybe we must stop.", "Must we stop?"

    assert cues(said).strength > cues(guessed).strength > cues(asked).strength


@pytest.mark.parametrize("text", ["ok", "Thanks!", "Sure.", "Let me check the logs.", "好的"])
def test_what_only_keeps_a_conversation_going_is_chatter(text):
    assert is_chatter(text)


def test_what_says_something_is_no_chatter():
    assert not is_chatter("No, the port is 8080.")
