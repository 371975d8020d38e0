"""What a token allows."""

import pytest

from ai_sessions.api.scopes import NOBODY, Token


@pytest.mark.parametrize(
    ("has", "needs", "allowed"),
    [
        ("read", "", True),
        ("read", "read", True),
        ("read", "write", False),
        ("write", "read", True),
        ("write", "admin", False),
        ("admin", "write", True),
    ],
)
def test_a_scope_includes_those_before_it(has, needs, allowed):
    assert Token("x", has).allows(needs) is allowed


def test_nobody_may_do_what_needs_no_token():
    assert NOBODY.allows("")
