"""A test that failed, told from one that could not start."""

import pytest

from ai_sessions.testing.failures import could_not_start, shortened


@pytest.mark.parametrize(
    "message",
    [
        *("ModuleNotFoundError: No module named 'x'", "ImportError: x", "NameError: name 'x'"),
        *("SyntaxError: invalid", "IndentationError: x", "TabError: x"),
        "AttributeError: module 'x' has no attribute 'y'",
        "AttributeError: partially initialized module 'x' has no attribute 'y'",
        "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/x'",
        "Error: Cannot find module '../x'",
        "ReferenceError: x is not defined",
        "fixture 'x' not found",
    ],
)
def test_what_comes_before_any_assertion_could_not_start(message):
    assert could_not_start(message)


@pytest.mark.parametrize(
    "message",
    [
        *("", "AssertionError: 1 == 2", "assert ImportError", "Error: Cannot find modules"),
        *("AttributeError: 'Shop' object has no attribute 'y'", "ImportErrors: 3"),
        "  NameError: below the first words",
    ],
)
def test_any_other_failed(message):
    assert not could_not_start(message)


def test_of_a_long_message_the_beginning_is_kept():
    assert shortened(f"\n {'x' * 5000}") == "x" * 4000
    assert shortened(" short \n") == "short"
