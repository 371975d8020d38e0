"""Where commands that change a conversation write, and the texts that they are given."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ai_sessions import labels
from ai_sessions.disk import files
from ai_sessions.errors import ConfigError, NotFound, UsageError

if TYPE_CHECKING:
    from ai_sessions.cli.app import App
    from ai_sessions.store.contract import Store

_STDIN = "-"
_FILE = "@"
#: Most bytes of a file or of stdin that are read for one text.
_LARGEST = 8 << 20


def kept(app: App) -> Store:
    """The sessions, to be changed. Raises `UsageError` where none is to be kept."""
    if not app.settings["USE_SESSIONS"]:
        origin = app.settings.origin("USE_SESSIONS")
        raise UsageError(
            f"USE_SESSIONS is off ({origin}), so no session is changed", "USE_SESSIONS=true"
        )
    return app.sessions()


def text(what: str, given: str) -> str:
    """A text as it was given, or from stdin for `-`.

    Raises `UsageError` for an empty text and for one that is not UTF-8.
    """
    if given == _STDIN:
        return _said(what, _decoded(what, sys.stdin.buffer.read(_LARGEST + 1)))
    return _said(what, labels.utf8(what, given))


def text_or_file(what: str, given: str) -> str:
    """The same, and `@FILE` for what is in a file. Raises `NotFound` when it is not there."""
    if given.startswith(_FILE):
        return _said(what, _decoded(what, content(given.removeprefix(_FILE))))
    return text(what, given)


def _said(what: str, found: str) -> str:
    if not found.strip():
        raise UsageError(f"{what}: it is empty")
    return found


def content(path: str) -> bytes:
    """What is in a file. Raises `NotFound` when it is not there, `ConfigError` when too large."""
    try:
        return files.read_bytes(path, _LARGEST)
    except FileNotFoundError:
        raise NotFound(f"no file {path!r}") from None
    except ValueError as error:
        raise ConfigError(str(error)) from error
    except OSError as error:
        raise files.storage_error(error, path) from error


def _decoded(what: str, data: bytes) -> str:
    if len(data) > _LARGEST:
        raise UsageError(f"{what}: more than {_LARGEST:,} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        where = f"byte {error.start + 1}"
        raise UsageError(f"{what}: not UTF-8 text ({where})", labels.CONVERT) from None
