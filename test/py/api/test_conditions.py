"""Which versions a request asks for, or has already."""

import pytest

from ai_sessions.api import conditions
from ai_sessions.api.problems import Refused
from ai_sessions.api.routes import Asked
from ai_sessions.api.scopes import NOBODY


def asked(**headers):
    return Asked(NOBODY, headers={key.replace("_", "-"): value for key, value in headers.items()})


@pytest.mark.parametrize(
    ("given", "known"),
    [('"a"', True), ('W/"a"', True), ("*", True), ('"b", "a"', True), ('"b"', False), ("", False)],
)
def test_a_version_that_the_client_has_is_known(given, known):
    assert conditions.is_known(asked(if_none_match=given), '"a"') is known
    assert not conditions.is_known(asked(), '"a"')


@pytest.mark.parametrize(("given", "number"), [('"a"', 3), ('"b","a"', 3), ("*", None)])
def test_a_version_that_is_asked_for_is_the_one_that_is_written(given, number):
    assert conditions.expected(asked(if_match=given), '"a"', 3) == number
    assert conditions.expected(asked(), '"a"', 3) is None


@pytest.mark.parametrize("given", ['"b"', 'W/"a"', "a", ""])
def test_another_version_is_refused(given):
    with pytest.raises(Refused) as refused:
        conditions.expected(asked(if_match=given), '"a"', 3)
    assert refused.value.status == 412
