"""JSON in one line that steers no terminal."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.controls import CONTROLS
from ai_sessions.display.json_text import one_line


@given(st.text(st.characters()) | st.sampled_from("".join(map(chr, CONTROLS))))
def test_it_has_no_character_that_steers_a_terminal_and_is_exact(text):
    shown = one_line({"text": text})

    assert not any(ord(one) in CONTROLS or one == "\n" for one in shown)
    assert json.loads(shown) == {"text": text}


def test_halves_of_pairs_can_be_written():
    assert one_line("\ud83d") == '"\\ud83d"'


def test_what_is_no_json_is_text():
    assert one_line({1}) == '"{1}"'
