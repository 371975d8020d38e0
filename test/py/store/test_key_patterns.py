"""Keys are known in whatever shape they come, and ordinary words are left alone."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sessions.store import key_patterns
from ai_sessions.store.masking import masked

BODY = "aB3" * 14
#: Put together here so that no scanner takes this file for a leak.
KEYS = (
    "sk-" + "ant-" + BODY,
    "sk-" + "proj_" + BODY,
    "gh" + "p_" + BODY,
    "github" + "_pat_" + BODY,
    "gl" + "pat-" + BODY,
    "AK" + "IA" + "ABCDEFGH12345678",
    "AI" + "za" + (BODY + "x")[:35],
    "xo" + "xb-" + BODY,
    "-----BEGIN RSA PRIVATE " + f"KEY-----\n{BODY}\n{BODY}\n-----END RSA PRIVATE " + "KEY-----",
)
MARKER = "it looks for '-----BEGIN PRIVATE " + "KEY-----' and then goes on for long, you see"
HEADERS = (f"Authorization: Bearer {BODY}", f'"authorization": "{BODY}"')


@pytest.mark.parametrize("key", [*KEYS, *HEADERS])
def test_a_key_is_masked_and_the_rest_stays(key):
    text = masked(f"before {key} after")

    assert BODY[:12] not in text
    assert "EFGH1234" not in text
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert "[masked]" in text
    assert masked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "use sk-learn",
        "the Authorization: header is missing",
        "ghost_writer",
        "task-1234567890",
        MARKER,
    ],
)
def test_ordinary_words_stay(text):
    assert masked(text) == text


def test_a_key_that_was_cut_off_is_masked_as_well():
    assert BODY not in masked("-----BEGIN PRIVATE " + f"KEY-----\\n{BODY}")


@pytest.mark.parametrize("word", ["sk-", "authorization:", "authorization: bearer ", "ghp_"])
def test_searching_a_hostile_text_takes_no_longer_than_its_length(word):
    def steps(count):
        started = time.process_time()
        masked(word * count)
        return time.process_time() - started

    assert steps(40_000) < 50 * max(steps(4_000), 0.002)


def test_only_what_has_a_digit_is_taken_for_a_key():
    assert masked("sk-" + "a" * 30) == "sk-" + "a" * 30
    assert masked("sk-" + "a1" * 15) == "sk-[masked]"
    assert masked("authorization: " + "a" * 30) == "authorization: " + "a" * 30
    assert masked("authorization: " + "a1" * 15) == "authorization: [masked]"


def masked_by_every_pattern(text):
    """The same by patterns alone, without a look at the text before."""
    for _word, pattern, shown in key_patterns._RUNS:
        text = re.sub(pattern, shown, text)
    text = key_patterns._XOX.sub(rf"\1{key_patterns.MASKED}", text)
    text = key_patterns._PRIVATE_KEY.sub(f"private key {key_patterns.MASKED}", text)
    text = key_patterns._WITH_KIND.sub(rf"\1{key_patterns.MASKED}", text)
    return key_patterns._WITHOUT_KIND.sub(key_patterns._if_it_has_a_digit, text)


NOISE = st.text("abzAZ019_-/=.: \"'\n\\é\u0661()", max_size=6)
PIECES = st.one_of(
    st.sampled_from([*KEYS, *HEADERS, MARKER]),
    st.tuples(st.sampled_from([*KEYS, *HEADERS]), st.integers(0, 60), NOISE).map(
        lambda one: one[0][: one[1]] + one[2] + one[0][one[1] :]
    ),
    NOISE,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=6), st.sampled_from(["", " ", "\n"]))
def test_a_quick_look_at_a_text_misses_no_key(pieces, between):
    text = between.join(pieces)

    assert masked(text) == masked_by_every_pattern(text)
