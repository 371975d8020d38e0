"""Extras: an error names the one that is missing, and the command that installs it."""

import pytest

from ai_sessions.config import extras


def test_what_is_missing_is_named_with_the_way_to_get_it():
    error = extras.missing("tokens", "TOKENIZER=o200k")

    assert error.message == "TOKENIZER=o200k needs the extra `tokens`"
    assert error.hint.startswith("install it: python3 -I ")
    assert error.hint.endswith(" --tokens")


def test_what_the_import_said_is_told():
    error = extras.missing("local", "a model in this process", ImportError("wrong ELF class"))

    assert error.message == "a model in this process needs the extra `local` (wrong ELF class)"


@pytest.mark.parametrize(
    ("installed", "hint"),
    [
        (False, "install it: python3 -I '/home/a b/pylib/bootstrap.py' --tokens"),
        (True, "install ai-sessions anew with its extra: '.[tokens]' in place of '.'"),
    ],
)
def test_a_clone_and_a_package_are_extended_in_their_own_way(installed, hint):
    assert extras.how_to_install("tokens", "/home/a b", installed) == hint
