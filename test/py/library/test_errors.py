"""Each error of ours leaves the library under the name that a program expects."""

import copy

import pytest

from ai_sessions import errors
from ai_sessions.library import errors as named
from ai_sessions.library.errors import Translated, translated


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (errors.NotFound, named.SessionNotFound),
        (errors.Taken, named.SessionAlreadyExists),
        (errors.UsageError, named.InvalidSessionOperation),
        (errors.Conflict, named.InvalidSessionOperation),
        (errors.LimitReached, named.TokenLimitExceeded),
        (errors.QuotaSpent, named.TokenLimitExceeded),
        (errors.StorageError, named.StorageError),
        (errors.LockBusy, named.StorageError),
        (errors.ConfigError, named.ConfigurationError),
        (errors.ProviderError, named.SessionManagerError),
    ],
)
def test_an_error_of_ours_becomes_the_one_that_a_reader_of_its_name_expects(ours, theirs):
    with pytest.raises(named.SessionManagerError) as caught, Translated("chat", "user_says"):
        raise ours("what was wrong", "what to do")

    assert type(caught.value) is theirs
    assert str(caught.value) == "what was wrong (what to do)"
    assert isinstance(caught.value.__cause__, ours)


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (named.SessionNotFound("x"), errors.NotFound),
        (named.SessionAlreadyExists("x"), errors.Taken),
        (named.InvalidSessionOperation("x"), errors.UsageError),
        (named.TokenLimitExceeded(), errors.LimitReached),
        (named.StorageError(), errors.StorageError),
        (named.ConfigurationError(), errors.ConfigError),
    ],
)
def test_it_is_also_the_error_that_it_comes_from_with_its_exit_code(error, ours):
    assert isinstance(error, ours)
    assert error.exit_code == ours.exit_code


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (named.SessionNotFound("chat"), "Session not found: chat"),
        (named.SessionAlreadyExists("chat"), "Session already exists: chat"),
        (
            named.InvalidSessionOperation("fork", "it is over"),
            "Invalid operation 'fork': it is over",
        ),
        (named.TokenLimitExceeded(50, 90), "Token limit exceeded: 90 > 50"),
        (named.TokenLimitExceeded(0, 9), "Token limit exceeded: 9 > 0"),
        (named.StorageError("append", "files"), "Storage error in 'files': append"),
        (named.ToolProcessingError("search", "timeout"), "Tool 'search' failed: timeout"),
        (named.SessionManagerError(), "Session error"),
    ],
)
def test_an_error_made_by_hand_says_what_it_is_about(error, text):
    assert str(error) == text


def test_an_error_names_the_session_that_was_asked_for():
    found = translated(errors.NotFound("no session"), "chat")

    assert isinstance(found, named.SessionNotFound)
    assert found.session_id == "chat"


def test_a_limit_is_told_with_its_numbers():
    found = translated(errors.LimitReached("too long", needed="90", limit="50"))

    assert isinstance(found, named.TokenLimitExceeded)
    assert (found.limit, found.actual) == (50, 90)


def test_an_error_of_the_library_passes_as_it_is():
    first = named.SessionNotFound("chat")

    with pytest.raises(named.SessionNotFound) as caught, Translated("other"):
        raise first

    assert caught.value is first
    assert translated(first) is first


def test_an_error_of_the_programs_own_passes_as_it_is():
    with pytest.raises(ZeroDivisionError), Translated("chat"):
        raise ZeroDivisionError


def test_a_copy_of_an_error_says_the_same():
    found = copy.copy(named.SessionNotFound("chat", hint="make it first"))

    assert str(found) == "Session not found: chat (make it first)"
    assert found.session_id == "chat"


def test_a_method_of_a_session_raises_the_errors_of_the_library():
    class Chat:
        _id = "chat"

        @named.translating
        def read(self):
            raise errors.NotFound("no session")

    with pytest.raises(named.SessionNotFound) as caught:
        Chat().read()

    assert caught.value.session_id == "chat"
