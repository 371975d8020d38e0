"""A mistyped word leads to the one that was meant, or to none at all."""

import pytest

from ai_sessions.config.spelling import nearest

KNOWN = ("AI_MODEL", "AI_PROVIDER", "SESSION_DIR")


@pytest.mark.parametrize("word", ["", "x", "HOME", "verify"])
def test_what_is_like_nothing_known_has_no_suggestion(word):
    assert nearest(word, KNOWN) == ""


def test_nothing_known_means_no_suggestion():
    assert nearest("AI_MODEL", []) == ""


@pytest.mark.parametrize(
    ("word", "meant"),
    [("AI_MODLE", "AI_MODEL"), ("AI_PROVIDERS", "AI_PROVIDER"), ("SESSIONDIR", "SESSION_DIR")],
)
def test_a_slip_of_the_finger_leads_to_the_word_that_was_meant(word, meant):
    assert nearest(word, KNOWN) == meant
