"""The errors of the library: one class for each thing a program may want to catch.

Below the library an error says what a person at the command line can do about it (`errors.py`). A
program wants the name of its own situation, so `Translated` turns ours into these at the door. Each
is also an instance of the class that it comes from, with its exit code.
"""

from __future__ import annotations

import functools
from typing import Any, TypeVar, cast

from ai_sessions import errors
from ai_sessions.errors import AiSessionsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    _Any = Callable[..., Any]

_Verb = TypeVar("_Verb", bound="_Any")


class SessionManagerError(AiSessionsError):
    """Anything that the library could not do."""

    response: Any = None
    """What a model has answered, where that could not be kept."""

    def __init__(self, message: str = "", hint: str = "", **facts: str) -> None:
        super().__init__(message or "Session error", hint, **facts)

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class SessionNotFound(SessionManagerError, errors.NotFound):
    """No session has that id."""

    def __init__(
        self, session_id: str | None = None, message: str | None = None, hint: str = ""
    ) -> None:
        self.session_id = session_id
        super().__init__(message or _about("Session not found", session_id), hint)


class SessionAlreadyExists(SessionManagerError, errors.Taken):
    """A session of that id is there already, or belongs to another project."""

    def __init__(
        self, session_id: str | None = None, message: str | None = None, hint: str = ""
    ) -> None:
        self.session_id = session_id
        super().__init__(message or _about("Session already exists", session_id), hint)


class InvalidSessionOperation(SessionManagerError, errors.UsageError):
    """An argument is wrong, or the session cannot do that now."""

    def __init__(
        self,
        operation: str | None = None,
        reason: str | None = None,
        session_id: str | None = None,
        message: str | None = None,
        hint: str = "",
    ) -> None:
        self.operation, self.reason, self.session_id = operation, reason, session_id
        what = f"Invalid operation {operation!r}" if operation else "Invalid session operation"
        super().__init__(message or _about(what, reason), hint)


class TokenLimitExceeded(SessionManagerError, errors.LimitReached):
    """What has to be told to a model is more than the limit allows, or a quota is used up."""

    def __init__(
        self,
        limit: int | None = None,
        actual: int | None = None,
        message: str | None = None,
        hint: str = "",
    ) -> None:
        self.limit, self.actual = limit, actual
        known = limit is not None and actual is not None
        numbers = f"{actual} > {limit}" if known else None
        super().__init__(message or _about("Token limit exceeded", numbers), hint)


class StorageError(SessionManagerError, errors.StorageError):
    """The store cannot be read or written: disk full, forbidden, busy, damaged, not reachable."""

    def __init__(
        self,
        operation: str | None = None,
        backend: str | None = None,
        message: str | None = None,
        hint: str = "",
    ) -> None:
        self.operation, self.backend = operation, backend
        what = f"Storage error in {backend!r}" if backend else "Storage error"
        super().__init__(message or _about(what, operation), hint)


class ToolProcessingError(SessionManagerError):
    """A tool could not be called, or failed each time it was."""

    def __init__(
        self,
        tool_name: str | None = None,
        reason: str | None = None,
        message: str | None = None,
        hint: str = "",
    ) -> None:
        self.tool_name, self.reason = tool_name, reason
        what = f"Tool {tool_name!r} failed" if tool_name else "Tool processing failed"
        super().__init__(message or _about(what, reason), hint)


class CompletionError(SessionManagerError, errors.ProviderError):
    """A model was asked and did not answer, or broke off."""

    def __init__(
        self, message: str = "", hint: str = "", status: str = "other", completion: Any = None
    ) -> None:
        """`status`: what went wrong: `rate_limit`, `network`, `timeout`, `interrupted`, …
        `completion`: what came until then, as `LLMService` returns it; None: nothing.
        """
        super().__init__(message or "Completion failed", hint)
        self.status, self.completion = status, completion


class ConfigurationError(SessionManagerError, errors.ConfigError):
    """A setting is wrong, or an optional package that it needs is not installed."""


def translated(
    error: AiSessionsError, session_id: str | None = None, operation: str | None = None
) -> SessionManagerError:
    """The error of the library that says the same as one of ours."""
    if isinstance(error, SessionManagerError):
        return error
    made = next((make for kind, make in _OF.items() if isinstance(error, kind)), _other)
    found = made(error, session_id, operation)
    found.facts = error.facts
    return found


class Translated:
    """`with Translated(session_id, "user_says"):` errors of ours inside become the library's."""

    __slots__ = ("_operation", "_session_id")

    def __init__(self, session_id: str | None = None, operation: str | None = None) -> None:
        self._session_id, self._operation = session_id, operation

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _t: TracebackType | None,
    ) -> None:
        if isinstance(error, AiSessionsError) and not isinstance(error, SessionManagerError):
            raise translated(error, self._session_id, self._operation) from error


def translating(verb: _Verb) -> _Verb:
    """A method of a session (`_id`), whose errors are the library's."""

    @functools.wraps(verb)
    def run(self: Any, *args: Any, **named: Any) -> Any:
        with Translated(getattr(self, "_id", None), verb.__name__):
            return verb(self, *args, **named)

    return cast("_Verb", run)


if TYPE_CHECKING:
    _Make = Callable[[AiSessionsError, str | None, str | None], SessionManagerError]


def _not_found(error: AiSessionsError, id_: str | None, _what: str | None) -> SessionManagerError:
    return SessionNotFound(id_, error.message, error.hint)


def _exists(error: AiSessionsError, id_: str | None, _what: str | None) -> SessionManagerError:
    return SessionAlreadyExists(id_, error.message, error.hint)


def _invalid(error: AiSessionsError, id_: str | None, what: str | None) -> SessionManagerError:
    return InvalidSessionOperation(what, error.message, id_, error.message, error.hint)


def _limit(error: AiSessionsError, _id: str | None, _what: str | None) -> SessionManagerError:
    limit, actual = (error.facts.get(name) for name in ("limit", "needed"))
    return TokenLimitExceeded(_number(limit), _number(actual), error.message, error.hint)


def _storage(error: AiSessionsError, _id: str | None, what: str | None) -> SessionManagerError:
    return StorageError(what, None, error.message, error.hint)


def _setting(error: AiSessionsError, _id: str | None, _what: str | None) -> SessionManagerError:
    return ConfigurationError(error.message, error.hint)


def _other(error: AiSessionsError, _id: str | None, _what: str | None) -> SessionManagerError:
    return SessionManagerError(error.message, error.hint)


#: The first that fits counts.
_OF: dict[type[AiSessionsError], _Make] = {
    errors.NotFound: _not_found,
    errors.Taken: _exists,
    errors.UsageError: _invalid,
    errors.Conflict: _invalid,
    errors.LimitReached: _limit,
    errors.StorageError: _storage,
    errors.LockBusy: _storage,
    errors.ConfigError: _setting,
}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _about(what: str, which: str | None) -> str:
    return f"{what}: {which}" if which else what
