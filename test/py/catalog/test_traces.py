"""What a text shows of keys, before any pattern is tried."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.catalog.traces import LETTERS, SHORTEST, Traces, rarest

RUN = "aZ09_-" * 4


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("", ""),
        ("words and more words", ""),
        (RUN, RUN),
        (f"a {RUN}, ({RUN}x) b", f"{RUN} {RUN}x"),
        ("a" * (SHORTEST - 1) + " " + "a" * SHORTEST, "a" * SHORTEST),
        (f"{RUN}é\u0661\u212a", f"{RUN}é\u0661\u212a"),
        (f"\ud800{RUN}", f"\ud800{RUN}"),
    ],
)
def test_runs_are_what_is_long_and_made_of_letters(text, runs):
    assert Traces(text).runs == runs


@given(st.text(f"{LETTERS} .é"))
def test_every_long_run_is_there_and_nothing_else(text):
    long = [run for run in text.replace(".", " ").split(" ") if len(run.encode()) >= SHORTEST]

    assert Traces(text).runs == " ".join(long)


@pytest.mark.parametrize(
    ("word", "one"), [("xox", "x"), ("eyJ", "J"), ("AKC", "K"), ("aws", "w"), ("#?", "#")]
)
def test_the_rarest_character_is_looked_for_first(word, one):
    assert rarest(word) == one


@given(st.text(min_size=1))
def test_the_rarest_character_is_one_of_the_word(word):
    assert rarest(word) in word
