"""What the disk refuses, in the words of errors.py: it is full, cannot be written, is not ours."""

from __future__ import annotations

import errno

from ai_sessions.errors import StorageError

_REFUSED = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO),
        *(errno.EFBIG, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG),
    }
)


def told(error: BaseException) -> StorageError | None:
    """None: it is something else, and may be a mistake of ours."""
    if not isinstance(error, OSError) or error.errno not in _REFUSED:
        return None
    where = f"{error.filename}: " if error.filename else ""
    return StorageError(f"{where}{error.strerror}")
