"""The assistant's folder: JSON objects in private files, read and replaced through no link."""

from __future__ import annotations

import contextlib
import json
import os

from ai_sessions.disk import files
from ai_sessions.errors import ConfigError, StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    Plain = dict[str, Any]
    Tell = Callable[[str], None]

#: A statistics file with ten thousand models is smaller.
_LONGEST_BYTES = 1 << 22
_LOCK = ".lock"
_ELSEWHERE = "point ASSISTANT_DIR at another folder"
_LOCK_WAIT_S = 30.0


class Folder:
    """Files by their name. `tell` hears warnings and whom we wait for.

    Every method raises `StorageError` when the disk says no, or something in the way is no regular
    file or no folder; then nothing was changed.
    """

    def __init__(self, path: str, tell: Tell) -> None:
        self.path = path
        self._tell = tell

    def place(self, name: str) -> str:
        """The path of a file, for people."""
        return os.path.join(self.path, name)

    def read(self, name: str) -> Plain | None:
        """The object in a file; None when there is no such file. Raises `ConfigError` when it
        holds anything else.
        """
        data = self._bytes(name)
        return None if data is None else _parsed(data, self.place(name))

    def write(self, name: str, value: Mapping[str, Any]) -> None:
        """Put an object in place of what is in a file, in one step. As it was read before, it ends
        with a newline or not.
        """
        before = self._bytes(name)
        end = "" if before and not before.endswith(b"\n") else "\n"
        data = _dumped(value) + end.encode()
        self._made()
        with self._opened() as folder, _reported(self.place(name)):
            files.replace_in(folder, name, data, files.PRIVATE_FILE, sync=True)

    def remove(self, name: str) -> bool:
        """False when there was no such file. A link goes, and never what it leads to."""
        try:
            with self._opened() as folder, _reported(self.place(name)):
                os.unlink(name, dir_fd=folder)
        except FileNotFoundError:
            return False
        return True

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else changes a file during the body. Raises `LockBusy`."""
        from pathlib import Path

        from ai_sessions.disk import locks

        self._made()
        with self._opened(), _reported(self.path):
            for draft in files.left_drafts(Path(self.path)):  # of a process that was killed
                draft.unlink(missing_ok=True)
            lock = locks.acquire(Path(self.place(_LOCK)), _LOCK_WAIT_S, self.path, self._tell)
        try:
            yield
        finally:
            lock.release()

    def _bytes(self, name: str) -> bytes | None:
        try:
            with self._opened() as folder, _reported(self.place(name)):
                return files.read_bytes(name, _LONGEST_BYTES, folder=folder)
        except FileNotFoundError:
            return None

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int]:
        """A descriptor of the folder. Raises `FileNotFoundError`."""
        with _reported(self.path):
            if os.path.islink(self.path):
                raise StorageError(
                    f"{self.path}: a link, which is never followed here",
                    f"set ASSISTANT_DIR to the folder itself: {os.path.realpath(self.path)}",
                )
            folder = files.open_folder(self.path)
        try:
            yield folder
        finally:
            os.close(folder)

    def _made(self) -> None:
        """The folder is there, and nobody else can read or replace it."""
        from pathlib import Path

        try:
            with _reported(self.path):
                files.make_folders(Path(self.path))
                with self._opened():
                    files.check_private(Path(self.path), self._tell, "ASSISTANT_DIR")
        except FileNotFoundError as error:  # where nobody can make one, as below /proc
            raise StorageError(f"{self.path}: cannot be made", _ELSEWHERE) from error


@contextlib.contextmanager
def _reported(path: str) -> Iterator[None]:
    """Turns an `OSError` of the body into a `StorageError`, which names the whole path and the
    setting of this folder; who looks for what is not there is told so by Python's own.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except StorageError as error:
        raise _here(error, path) from error
    except ValueError as error:  # longer than any such file
        raise StorageError(str(error), "it is none of ours: move it away") from error
    except OSError as error:
        told = files.storage_error(OSError(error.errno, error.strerror or str(error)), path)
        raise _here(told, path) from error


def _here(error: StorageError, path: str) -> StorageError:
    name = os.path.basename(path)
    hint = error.hint.replace("SESSION_DIR", "ASSISTANT_DIR") or _ELSEWHERE
    is_short = error.message.startswith(f"{name}: ")
    message = f"{path}{error.message.removeprefix(name)}" if is_short else error.message
    return StorageError(message, hint)


def _parsed(data: bytes, path: str) -> Plain:
    hint = "mend it, or move it away and begin anew; it was left as it is"
    try:
        found = json.loads(data)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}: not JSON: {error.msg}", hint) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not JSON: {error}", hint) from error
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: not a JSON object", hint)
    return found


def _dumped(value: Mapping[str, Any]) -> bytes:
    """As the first program that used these files wrote them."""
    try:
        return json.dumps(value, indent=2, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return json.dumps(value, indent=2).encode()
