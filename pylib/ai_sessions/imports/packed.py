"""Logs that were packed to save room: what is in them, as a file to read from the beginning.

Codex packs the rollouts of last week as `.jsonl.zst`; people pack what they keep with gzip.
"""

from __future__ import annotations

import io
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ZSTD = ".zst"
SUFFIXES = (".gz", ".bz2", ".xz", _ZSTD)


class NoUnpackerError(OSError):
    """The program or module that unpacks such a file is not installed."""


def is_packed(path: Path) -> bool:
    return path.suffix in SUFFIXES


def bare(name: str) -> str:
    """The name of a log without the suffix that says how it is packed."""
    stem, dot, suffix = name.rpartition(".")
    return stem if dot + suffix in SUFFIXES else name


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """What is in a log, packed or not. Raises `OSError` also for one that is damaged, and
    `NoUnpackerError`.
    """
    try:
        with _stream(path) as file:
            yield file
    except (EOFError, ValueError) as error:  # how the modules say that a file is damaged
        raise OSError(f"{path}: {error}") from error
    except Exception as error:
        if type(error).__name__ in ("LZMAError", "ZstdError"):
            raise OSError(f"{path}: {error}") from error
        raise


def _stream(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        import gzip

        return cast(BinaryIO, gzip.open(path))
    if path.suffix == ".bz2":
        import bz2

        return cast(BinaryIO, bz2.open(path))
    if path.suffix == ".xz":
        import lzma

        return cast(BinaryIO, lzma.open(path))
    return _zstd(path) if path.suffix == _ZSTD else path.open("rb")


def _zstd(path: Path) -> BinaryIO:
    """By Python from 3.14 on, else by the program `zstd`."""
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]

        return cast(BinaryIO, zstd.open(path))
    except ImportError:
        pass
    program = shutil.which("zstd")
    if not program:
        raise NoUnpackerError(f"{path}: zstd is not installed")
    from ai_sessions.processes.asking import ask

    done = ask([program, "-dcq", "--", os.fspath(path.absolute())], None, {})
    if done.returncode:
        raise OSError(f"{path}: {done.stderr.decode('utf-8', 'replace').strip()}")
    return io.BytesIO(done.stdout)
