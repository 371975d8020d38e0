"""Files that are private, replaced whole and never reached through a link or a pipe.

Every open here is O_NOFOLLOW (a link is refused, its target untouched), O_CLOEXEC (children never
inherit it) and O_NONBLOCK (a pipe in place of a file cannot hang us). Light on imports: `list`
reads checkpoints through it, so paths may be text and neither pathlib nor typing is loaded.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys

from ai_sessions.errors import ConfigError, StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_SAFELY = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_OTHERS = 0o077
_CHUNK_BYTES = 1 << 16
_COPIED_BYTES = 1 << 20
#: The names that `replace` gives its drafts, and the age in seconds at which nobody needs one.
_DRAFTS = "*.*.????????.tmp"
_STALE_S = 3600
#: What a file system says that has no such sync.
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
_HINTS = {
    errno.ENOSPC: "free some space, then run it again",
    errno.EDQUOT: "your quota is used up: free some space, then run it again",
    errno.EFBIG: "a file-size limit is in force (ulimit -f): raise it, then run it again",
    errno.EROFS: "it is on a read-only file system: point SESSION_DIR at a folder you can write",
    errno.EACCES: "check its owner and permissions (ls -ld)",
    errno.EPERM: "check its owner and permissions (ls -ld)",
    errno.ELOOP: "it is a symbolic link, which is never followed here: remove the link",
}


def storage_error(error: OSError, path: Path | str) -> StorageError:
    """The same news in one line that names the file; `path` when the system call did not."""
    named = error.filename if isinstance(error.filename, (str, bytes)) else path
    reason = error.strerror or str(error)
    hint = _HINTS.get(error.errno or 0, "")
    return StorageError(f"{os.fsdecode(named)}: {reason}", hint)


@contextlib.contextmanager
def reported(path: Path | str) -> Iterator[None]:
    """Turns an `OSError` of the body into a `StorageError`."""
    try:
        yield
    except OSError as error:
        raise storage_error(error, path) from error


def open_safely(
    path: Path | str, flags: int, mode: int = PRIVATE_FILE, *, folder: int | None = None
) -> int:
    """A descriptor of a regular file; with O_CREAT it gets `mode` whatever the umask.

    `folder`: descriptor of the folder that `path` is in. Raises `OSError` as `os.open` does, and
    `StorageError` when something else lies there.
    """
    fd = os.open(path, flags | _SAFELY, mode, dir_fd=folder)
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise StorageError(f"{os.fspath(path)}: not a regular file", "move it away")
        if flags & os.O_CREAT and stat.S_IMODE(found.st_mode) != mode:
            with contextlib.suppress(PermissionError):  # someone else's file: ours to use only
                os.fchmod(fd, mode)
    except BaseException:
        os.close(fd)
        raise
    return fd


def open_folder(path: Path | str) -> int:
    """A descriptor of a folder. Raises `OSError`, also for a link to one."""
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def read_bytes(path: Path | str, limit: int, *, folder: int | None = None) -> bytes:
    """The content; `ValueError` when it is longer than `limit` bytes, else as `open_safely`."""
    fd = open_safely(path, os.O_RDONLY, folder=folder)
    try:
        parts: list[bytes] = []
        left = limit + 1
        asked = got = _CHUNK_BYTES
        while left > 0 and got == asked:  # a regular file gives less only at its end
            asked = min(left, _CHUNK_BYTES)
            parts.append(os.read(fd, asked))
            got = len(parts[-1])
            left -= got
    finally:
        os.close(fd)
    if left <= 0:
        raise ValueError(f"{os.fspath(path)}: longer than {limit} bytes")
    return b"".join(parts)


def write_all(fd: int, data: bytes) -> None:
    """All of `data`: a single write may stop in the middle when the disk is nearly full."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def replace(path: Path | str, data: bytes, *, sync: bool = True, mode: int = PRIVATE_FILE) -> None:
    """Put `data` in place of `path` in one step: readers see the old content or the new.

    With `sync` the new content also survives a power cut once this returns. Raises `OSError`, with
    the old file untouched and nothing left beside it.
    """
    with replacing(path, sync=sync, mode=mode) as fd:
        write_all(fd, data)


def replace_in(folder: int, name: str, data: bytes, mode: int, *, sync: bool = False) -> None:
    """The same for a name in an open folder, so that no link on the way there is followed."""
    with replacing_in(folder, name, sync=sync, mode=mode) as fd:
        write_all(fd, data)


@contextlib.contextmanager
def replacing_in(
    folder: int, name: str, *, sync: bool = False, mode: int = PRIVATE_FILE
) -> Iterator[int]:
    """As `replacing`, for a name in an open folder."""
    draft = f"{name}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
    try:
        fd = open_safely(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode, folder=folder)
        try:
            yield fd
            if sync:
                sync_file(fd)
        finally:
            os.close(fd)
        os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft, dir_fd=folder)
        raise
    if sync:
        sync_names(folder)


@contextlib.contextmanager
def replacing(path: Path | str, *, sync: bool = True, mode: int = PRIVATE_FILE) -> Iterator[int]:
    """As `replace`, for content that is written to a descriptor piece by piece in the body."""
    path = os.fspath(path)
    draft = f"{path}.{os.getpid()}.{os.urandom(4).hex()}.tmp"
    try:
        fd = open_safely(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            yield fd
            if sync:
                sync_file(fd)
        finally:
            os.close(fd)
        os.rename(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise
    if sync:
        sync_folder(os.path.dirname(path))


def copy(path: Path | str, fd: int) -> bytes:
    """Write the content of a file to `fd`; returns its last byte, nothing for an empty one."""
    source = open_safely(path, os.O_RDONLY)
    last = b""
    try:
        while piece := os.read(source, _COPIED_BYTES):
            write_all(fd, piece)
            last = piece[-1:]
    finally:
        os.close(source)
    return last


def drafts(folder: Path) -> list[Path]:
    """Drafts of `replace`, of processes that are at work or were killed."""
    return sorted(folder.glob(_DRAFTS))


def left_drafts(folder: Path) -> list[Path]:
    """Drafts of `replace` that a killed process left behind long ago."""
    import time

    found = []
    for path in drafts(folder):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.lstat().st_mtime > _STALE_S:
                found.append(path)
    return found


def sync_file(fd: int) -> None:
    """Wait until the content of `fd` is on the medium."""
    with waiting():
        _sync(fd)


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """The work of this context waits for the disk while the block lasts."""
    from ai_sessions.disk.waiting import ASIDE

    aside = ASIDE.get()
    with aside() if aside else contextlib.nullcontext():
        yield


def _sync(fd: int) -> None:
    if sys.platform == "darwin":  # fsync there stops at the drive's cache
        import fcntl

        try:
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
        except OSError as error:  # a file system that has none, such as a network share
            if error.errno not in _NO_SYNC:
                raise
            os.fsync(fd)
    else:
        os.fdatasync(fd)


def sync_folder(path: Path | str) -> None:
    """Wait until the names in a folder are on the medium.

    Some network and FUSE file systems know no sync of folders; they keep names in their own way.
    """
    fd = os.open(path or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync_names(fd)
    finally:
        os.close(fd)


def sync_names(folder: int) -> None:
    """As `sync_folder`, of a folder that is open."""
    try:
        with waiting():
            os.fsync(folder)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def obstacle(folder: Path | str) -> StorageError | None:
    """Why nothing can be written in `folder`, which need not be there yet; None: it can be.

    Nothing is touched, so a disk that is full is not noticed.
    """
    place = os.path.abspath(folder)
    while not os.path.exists(place):
        place = os.path.dirname(place)
    if not os.path.isdir(place):
        found = errno.ENOTDIR
    elif os.statvfs(place).f_flag & os.ST_RDONLY:
        found = errno.EROFS
    elif not os.access(place, os.W_OK | os.X_OK):
        found = errno.EACCES
    else:
        return None
    return storage_error(OSError(found, os.strerror(found)), place)


def make_folder(path: Path | str) -> bool:
    """Make one private folder; False when it is there already. Raises `OSError`.

    Something that is not a folder, or a link to one, is refused with `StorageError`.
    """
    try:
        os.mkdir(path, PRIVATE_FOLDER)
    except FileExistsError:
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            raise StorageError(
                f"{os.fspath(path)}: not a folder", "links are not followed here: move it away"
            ) from None
        return False
    os.chmod(path, PRIVATE_FOLDER)  # a umask of 0777 would have made it unusable
    return True


def make_folders(path: Path, *, sync: bool = True) -> None:
    """`path` and its missing parents, each private (`os.makedirs` protects only the last)."""
    missing = [path]
    while not (parent := missing[-1].parent).is_dir() and parent != missing[-1]:
        missing.append(parent)
    for folder in reversed(missing):
        if not folder.is_dir() and make_folder(folder) and sync:
            sync_folder(folder.parent)


def check_private(path: Path, warn: Callable[[str], None], setting: str = "SESSION_DIR") -> None:
    """Make sure nobody else can read or replace the folder `path` (it may be a link to one).

    Bits for group and others are taken away, with a warning. Raises `StorageError` when the folder
    is another user's, `ConfigError` when anyone may rename it away. `setting`: names the folder.
    """
    found = os.stat(path)
    mine = os.geteuid()
    if not stat.S_ISDIR(found.st_mode):
        raise StorageError(f"{path}: not a folder", f"point {setting} at a folder")
    # root may work in a user's folder (a container with a mounted volume)
    if mine not in (found.st_uid, 0) or mine not in (os.lstat(path).st_uid, 0):
        raise StorageError(
            f"{path}: belongs to another user (uid {found.st_uid})",
            f"point {setting} at a folder of your own",
        )
    if found.st_mode & stat.S_ISVTX and found.st_mode & stat.S_IWOTH:  # /tmp must stay what it is
        raise ConfigError(
            f"{path}: shared by all users",
            f"point {setting} at a folder in it: {path}/ai-sessions",
        )
    for parent in dict.fromkeys((path.parent, path.resolve().parent)):
        above = os.stat(parent).st_mode
        if above & stat.S_IWOTH and not above & stat.S_ISVTX:
            raise ConfigError(
                f"{path}: anyone may replace it, because {parent} is writable for all",
                f"chmod o-w {parent}, or point {setting} elsewhere",
            )
    if found.st_mode & _OTHERS:
        os.chmod(path, PRIVATE_FOLDER)
        warn(f"{path} was readable for other users; it is private (0700) now")


#: What `check_private` looks at.
Privacy = tuple[int, ...]


def privacy_of(path: Path | str) -> Privacy | None:
    """Equal as long as `check_private` would find the folder as it was; None: look again.

    A link always wants a look: what it leads through may have changed.
    """
    try:
        found, above = os.lstat(path), os.lstat(os.path.dirname(path))
    except OSError:
        return None
    if not (stat.S_ISDIR(found.st_mode) and stat.S_ISDIR(above.st_mode)):
        return None
    return (
        *(found.st_dev, found.st_ino, found.st_mode, found.st_uid),
        *(above.st_dev, above.st_ino, above.st_mode, above.st_uid),
    )


def same_file(path: Path | str, fd: int) -> bool:
    """Whether `path` still leads to the file that is open as `fd`."""
    try:
        there = os.lstat(path)
    except FileNotFoundError:
        return False
    held = os.fstat(fd)
    return (there.st_dev, there.st_ino) == (held.st_dev, held.st_ino)
