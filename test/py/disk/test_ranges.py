"""A part of a file comes to the end of another one, with or without help of the kernel."""

import errno
import os

import pytest

from ai_sessions.disk import ranges


@pytest.fixture
def copied(tmp_path):
    """Copy bytes 3 to 9 behind a head; what the target has then."""

    def copy(length=6):
        (tmp_path / "a").write_bytes(b"0123456789")
        with open(tmp_path / "a", "rb") as source, open(tmp_path / "b", "wb", 0) as target:
            target.write(b"head ")
            ranges.append(source.fileno(), 3, length, target.fileno())
            target.write(b" foot")
        return (tmp_path / "b").read_bytes()

    return copy


def test_a_part_is_appended(copied):
    assert copied() == b"head 345678 foot"


@pytest.mark.parametrize("reason", [errno.ENOSYS, errno.EXDEV, errno.EOPNOTSUPP])
def test_where_the_kernel_cannot_it_is_read_and_written(copied, monkeypatch, reason):
    def refused(*_args):
        raise OSError(reason, "no")

    monkeypatch.setattr(os, "copy_file_range", refused, raising=False)
    assert copied() == b"head 345678 foot"


def test_what_the_kernel_has_copied_is_not_copied_again(copied, monkeypatch):
    calls = []

    def a_little(source, target, _count, offset):
        calls.append(offset)
        return os.write(target, os.pread(source, 2, offset)) if len(calls) < 3 else 0

    monkeypatch.setattr(os, "copy_file_range", a_little, raising=False)
    assert copied() == b"head 345678 foot"


def test_a_full_disk_is_an_error(copied, monkeypatch):
    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "copy_file_range", full, raising=False)
    with pytest.raises(OSError, match="No space left"):
        copied()


def test_a_file_that_has_less_is_an_error(copied):
    with pytest.raises(OSError, match="became shorter"):
        copied(8)
