"""Words that mark a sentence, and words that only look like them."""

import pytest

from ai_sessions.memory.phrases import marks


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We MUST stop", {"constraint"}),
        ("No dogs in here", {"constraint"}),
        ("There were no dogs in here", set()),
        ("It is no longer here", {"change"}),
        ("We must never exceed it", {"constraint"}),
        ("It was never needed, we never finished it", set()),
        ("I don't know", set()),
        ("musty mustard", set()),
        ("Don\u2019t go", {"constraint"}),
        ("因为很慢", {"reason"}),
        ("", set()),
    ],
)
def test_a_sentence_is_marked_by_whole_words_and_phrases(text, found):
    assert marks(text) == found


@pytest.mark.parametrize(
    ("text", "adds"),
    [
        ("The port now has TLS too.", True),
        ("It listens on 8080 too and on 9090.", True),
        ("It moved to 9090, the other one was too noisy.", False),
        ("It moved because there were too many retries.", False),
    ],
)
def test_a_too_adds_something_unless_it_is_of_a_measure(text, adds):
    assert ("addition" in marks(text)) is adds
