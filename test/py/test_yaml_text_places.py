"""Each place of a YAML text has its line."""

import sys

import pytest

from ai_sessions.yaml_text import NotYaml, parsed

TEXT = """\
# said
a: 1
b:
  - x
  - {c: 2, d: [3,
     4]}
"""


def test_every_place_has_its_line():
    value, lines, twice = parsed(TEXT)

    assert value == {"a": 1, "b": ["x", {"c": 2, "d": [3, 4]}]}
    assert lines == {
        **{(): 2, ("a",): 2, ("b",): 3, ("b", 0): 4, ("b", 1): 5, ("b", 1, "c"): 5},
        **{("b", 1, "d"): 5, ("b", 1, "d", 0): 5, ("b", 1, "d", 1): 6},
    }
    assert twice == []


def test_a_key_that_stands_twice_is_told_with_its_second_line():
    assert parsed("a: 1\nb: {c: 1,\n  c: 2}\na: 3\n")[2] == [(3, "c"), (4, "a")]


def test_keys_that_are_no_text_have_lines_too():
    assert parsed("1: a\ntrue: b\n")[1] == {(): 1, ("1",): 1, ("true",): 2}


def test_an_empty_text_has_no_places():
    assert parsed("") == (None, {}, [])


def test_what_is_not_yaml_is_refused():
    with pytest.raises(NotYaml):
        parsed("a: [1")


@pytest.mark.parametrize("text", ["", "\n", "# said\n", "  # said\n\n#\n", "#"])
def test_what_holds_comments_alone_is_nothing_and_loads_no_parser(monkeypatch, text):
    monkeypatch.setitem(sys.modules, "yaml", None)

    assert parsed(text) == (None, {}, [])


@pytest.mark.parametrize("text", ["--- ~\n", "~\n", "null"])
def test_what_says_that_it_is_nothing_has_a_place(text):
    assert parsed(text) == (None, {(): 1}, [])


@pytest.mark.parametrize("text", ["# a\n\x01\n", "#\x07\n"])
def test_letters_that_yaml_has_not_are_told(text):
    with pytest.raises(NotYaml, match="not YAML"):
        parsed(text)
