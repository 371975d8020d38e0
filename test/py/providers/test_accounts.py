"""Marks of accounts: the same whenever one is used, and nothing to read from them."""

from ai_sessions.providers import accounts


def test_a_mark_depends_on_what_is_named_and_set_alone():
    chosen = {"KEY": "secret", "HOME": "/home/a"}

    assert accounts.mark(chosen, "KEY") == accounts.mark({"KEY": "secret"}, "KEY", "OTHER")
    assert accounts.mark(chosen, "KEY") != accounts.mark({"KEY": "other"}, "KEY")
    assert accounts.mark({"A": "x"}, "A", "B") != accounts.mark({"B": "x"}, "A", "B")
    assert "secret" not in accounts.mark(chosen, "KEY")


def test_nothing_set_is_the_usual_account():
    assert accounts.mark({"KEY": ""}, "KEY", "HOME") == ""
