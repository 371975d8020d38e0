"""How a plan names tests."""

import re

import pytest

from ai_sessions.testing import selectors


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        ("tests/test_a.py", ("tests/test_a.py", ())),
        ("tests/test_a.py::Case::test", ("tests/test_a.py", ("Case", "test"))),
        ("a::b: c", ("a", ("b: c",))),
    ],
)
def test_a_selector_is_a_file_and_names_in_it(selector, wanted):
    assert selectors.split(selector) == wanted


@pytest.mark.parametrize(
    ("argument", "is_file"),
    [
        ("a.py", True),
        ("a.js", True),
        ("a.py::Case.x", True),
        ("a.txt", False),
        ("-a.py", False),
        ("a::b.py", False),
    ],
)
def test_a_file_is_told_from_other_arguments_by_its_ending(argument, is_file):
    assert selectors.is_file(argument, ".py", ".js") is is_file


@pytest.mark.parametrize("name", ["charges $1 (once)", "a|b", "x.*", "[a]^\\+?{2}", "ä"])
def test_a_name_means_itself_alone(name):
    expression = selectors.exactly(["first", name])

    assert re.search(expression, name)
    assert re.search(expression, "first")
    assert not re.search(expression, f"{name} too")
    assert not re.search(expression, f"not {name}")
    assert not re.search(expression, "xx")
