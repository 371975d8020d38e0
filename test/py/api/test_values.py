"""Schemas of single values take what they are for."""

import pytest

from ai_sessions.api import checking, values


@pytest.mark.parametrize(
    ("schema", "fits", "does_not"),
    [
        (values.EXTERNAL_ID, 7, True),
        (values.EXTERNAL_ID, "7", None),
        (values.NAME, "api-1.2", "../x"),
        (values.LABEL, "é", ""),
        (values.MAYBE_LIMIT, None, 0),
        (values.LIMIT, 2**53 - 1, 2**53),
        (values.MAYBE_TEXT, "", 1),
    ],
)
def test_a_value_fits_or_does_not(schema, fits, does_not):
    assert checking.faults(schema, fits) == []
    assert checking.faults(schema, does_not) != []
