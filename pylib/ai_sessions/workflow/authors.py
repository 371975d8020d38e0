"""Whose a change of a file is that came during a call: the agent's, or somebody else's.

A tool of the agent that writes a file names it. A command may write anywhere and tells nothing, so
what it may have done is told by the clock: the kernel notes when a file was last changed, which no
program can set back.
"""

from __future__ import annotations

import math
import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from ai_sessions.providers.contract import Edits, Ran

#: What file systems are late by when they note a time, and we when we hear of a command.
_SLACK_S = 1.0


def unexplained(
    edits: Edits, repo: Path, changed: Sequence[str], own: Collection[str]
) -> tuple[str, ...]:
    """Of the files that changed during a call in `repo` those that nothing of the agent explains.

    `own`: files of the task, in which any of its commands may have written: that was its work.
    """
    written = {one for path in edits.written for one in _keys(repo / path)}
    return tuple(
        name
        for name in changed
        if written.isdisjoint(_keys(repo / name))
        and not (edits.ran if name in own else _ran_then(edits.ran, repo, name))
    )


def _keys(path: Path) -> Iterator[str]:
    """What a path is known by: as it is named, and behind all links. Some file systems take other
    letters for the same ones.
    """
    for found in (os.path.join(os.path.realpath(path.parent), path.name), os.path.realpath(path)):
        yield unicodedata.normalize("NFC", os.path.normpath(found)).casefold()


def _ran_then(commands: Iterable[Ran], repo: Path, name: str) -> bool:
    """True when a command ran while this file was changed last, or may have removed it."""
    is_there = os.path.lexists(repo / name)
    at = _changed_s(repo, name)
    return any(
        one.began_s - _SLACK_S <= at <= one.ended_s + _SLACK_S
        or (not is_there and _is_named(name, one.text))
        for one in commands
    )


def _changed_s(repo: Path, name: str) -> float:
    """When a file was changed last, or the folder that it is gone from."""
    for path in (repo / name, *(repo / name).parents):
        try:
            return path.lstat().st_ctime
        except OSError:
            continue
    return -math.inf


def _is_named(name: str, command: str) -> bool:
    """True when a command names a file, or a folder that it is in."""
    words = set(re.split(r"[^\w.-]+", command))
    return not words.isdisjoint(name.split("/"))
