"""RECORD_DIR: made private, kept out of git, and reached through no link."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.sessions.recording import file_names

_GITIGNORE = ".gitignore"
#: In a folder with files of others only ours are kept out of git.
_ALL, _OURS = b"*\n", b"session_*.md\nsession_*.json\n"
_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Folder:
    """`given`: a path; one that is not absolute begins in `base`, and then none of its folders may
    be a link: a cloned repository could have them lead anywhere.
    """

    def __init__(self, given: str, base: str) -> None:
        path = os.path.normpath(given)
        if os.path.isabs(path):
            self._base, name = os.path.split(path)
            self._parts = [name or os.curdir]
        else:
            self._base, self._parts = base, path.split(os.sep)
        self.path = os.path.normpath(os.path.join(self._base, *self._parts))

    @contextlib.contextmanager
    def opened(self) -> Iterator[int]:
        """Its descriptor; it is made when there is none. Raises `OSError`, `StorageError`."""
        files.make_folders(Path(self._base), sync=False)
        with _closing(os.open(self._base, _FLAGS & ~os.O_NOFOLLOW)) as at:
            fd, is_new = at, False
            for number in range(len(self._parts)):
                fd, is_new = self._below(fd, number, close=fd != at)
            with _closing(fd):
                _keep_out_of_git(fd, is_new=is_new)
                yield fd

    @contextlib.contextmanager
    def there(self) -> Iterator[int | None]:
        """As `opened`; None when there is no such folder, or a link in its place."""
        try:
            fd = os.open(self.path, _FLAGS)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                raise
            yield None
            return
        with _closing(fd):
            yield fd

    def _below(self, above: int, number: int, *, close: bool) -> tuple[int, bool]:
        """The next folder on the way, and whether it was made now."""
        name, is_new = self._parts[number], False
        try:
            try:
                return _entered(name, above), is_new
            except FileNotFoundError:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, files.PRIVATE_FOLDER, dir_fd=above)
                    # by a umask of 0777 nobody but root could enter it
                    os.chmod(name, files.PRIVATE_FOLDER, dir_fd=above)
                    is_new = True
                return _entered(name, above), is_new
        except NotADirectoryError:
            path = os.path.join(self._base, *self._parts[: number + 1])
            raise StorageError(
                f"{path}: not a folder",
                "links are not followed here: remove it, or set RECORD_DIR to another path",
            ) from None
        finally:
            if close:
                os.close(above)


def _entered(name: str, above: int) -> int:
    try:
        return os.open(name, _FLAGS, dir_fd=above)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotADirectoryError(error.errno, error.strerror) from None
        raise


@contextlib.contextmanager
def _closing(fd: int) -> Iterator[int]:
    try:
        yield fd
    finally:
        os.close(fd)


def _keep_out_of_git(folder: int, *, is_new: bool) -> None:
    """What was said is not to be committed by accident. A file that is there stays as it is."""
    with contextlib.suppress(FileNotFoundError):
        os.stat(_GITIGNORE, dir_fd=folder, follow_symlinks=False)
        return
    content = _ALL if is_new or _has_only_ours(folder) else _OURS
    files.replace_in(folder, _GITIGNORE, content, files.PRIVATE_FILE)


def _has_only_ours(folder: int) -> bool:
    return all(file_names.id_in(name) or file_names.of_draft(name) for name in os.listdir(folder))
