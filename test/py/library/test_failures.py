import asyncio

import pytest

from ai_sessions.library.failures import status_of, told


class APITimeoutError(Exception):
    """As that of SDKs, which tell no status."""


class APIConnectionError(Exception):
    pass


def answered(status, words):
    error = Exception(words)
    error.status_code = status
    return error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (answered(401, "no key"), "auth"),
        (answered(429, "Rate limit reached"), "rate_limit"),
        (answered(400, "maximum context length is 8192 tokens"), "context_too_long"),
        (answered(529, "Overloaded"), "overloaded"),
        (answered(500, "oops"), "server"),
        (APITimeoutError(), "timeout"),
        (TimeoutError(), "timeout"),
        (APIConnectionError(), "network"),
        (ConnectionResetError(), "network"),
        (asyncio.CancelledError(), "interrupted"),
        (KeyboardInterrupt(), "interrupted"),
        (GeneratorExit(), "interrupted"),
        (ValueError("x"), "other"),
    ],
)
def test_an_exception_is_known_by_what_it_has(error, status):
    assert status_of(error) == status


@pytest.mark.parametrize(
    ("error", "words"), [(ValueError("a\nb"), "a b"), (ValueError(), "ValueError")]
)
def test_it_is_told_in_one_line(error, words):
    assert told(error) == words
