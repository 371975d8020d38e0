"""Copying a part of one open file to the end of another: by the kernel, where it can."""

from __future__ import annotations

import errno
import os
import sys

from ai_sessions.disk import files

_BLOCK_BYTES = 1 << 20
#: What a kernel or a file system says that cannot copy by itself.
_CANNOT = (errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF)


def append(source: int, start: int, length: int, target: int) -> None:
    """Write `length` bytes of `source`, from byte `start` on, where `target` is written next.

    Raises `OSError`, also when there are not so many.
    """
    done = _by_kernel(source, start, length, target)
    while done < length:
        block = os.pread(source, min(length - done, _BLOCK_BYTES), start + done)
        if not block:
            raise OSError(errno.EIO, "the file became shorter while it was copied")
        files.write_all(target, block)
        done += len(block)


def _by_kernel(source: int, start: int, length: int, target: int) -> int:
    """How many bytes it has copied, without a look at them; less than all where it cannot."""
    done = 0
    if sys.platform == "linux":
        try:
            while done < length:
                count = os.copy_file_range(source, target, length - done, start + done)
                if not count:
                    break
                done += count
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
    return done
