"""Every error says what the user can do by its exit code, which is in the one table."""

import pytest

from ai_sessions import errors
from ai_sessions.errors import EXIT_CODES, AiSessionsError


def classes():
    found = [one for one in vars(errors).values() if isinstance(one, type)]
    return [one for one in found if issubclass(one, AiSessionsError) and one is not AiSessionsError]


@pytest.mark.parametrize("error", classes(), ids=lambda one: one.__name__)
def test_each_class_has_a_code_of_the_table_and_a_kind_of_its_own(error):
    assert error.exit_code in EXIT_CODES
    assert error.exit_code != 0
    assert [one for one in classes() if one.kind == error.kind] == [error]


def test_codes_of_signals_are_those_of_a_shell():
    assert {130, 143} <= set(EXIT_CODES)
    assert not {130, 143} & {one.exit_code for one in classes()}


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        EXIT_CODES[1] = "fine"


def test_an_error_is_its_message_and_the_hint_is_apart():
    error = errors.UsageError("no such command: 'pln'", "did you mean plan?")

    assert str(error) == error.message == "no such command: 'pln'"
    assert error.hint == "did you mean plan?"
    assert AiSessionsError("x").hint == ""
