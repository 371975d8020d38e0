"""Installed packages of the working tree as they were, and what changed in them since.

git ignores them and `verify` may lend them to its checkout, so that work in them would pass each
test and be in no commit. They are looked at by inode, size and times; content is read of the few
files that decide what is started.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ai_sessions import gate, git
from ai_sessions.workflow import packages
from ai_sessions.workspace.files import Workspace

#: Files of packages that are looked at before we say that nothing is known of the rest.
_MOST_FILES = 200_000
_MOST_BYTES = 1 << 16
#: Written on each run by tools that build; gone, they are made again.
_CACHES = frozenset((".cache", ".vite", ".vitest", ".vite-temp"))
_COMPILED = "__pycache__"
#: Folders of the repository without sources that Python could import.
_NO_SOURCES = frozenset((*packages.FOLDERS, "target", "dist", "build"))
_PROGRAMS = re.compile(r"bin|\.bin|Scripts")
#: Files that Python or pytest reads by itself, those that well-known installers leave, and what in
#: them starts code.
_STARTS = re.compile(r"(?:site|user)customize\.py|.*\.pth|entry_points\.txt|__editable__.*")
_FAIR = re.compile(r"__editable__.*|distutils-precedence\.pth|_virtualenv\.pth")
_CODE = re.compile(rb"^\s*import\b|pytest11|\b(?:def|class|from)\b", re.MULTILINE)
#: Of the files that changed those that are noted for later.
_MOST_NOTED = 2_000


class Installed:
    """The packages below a repository, as they are now. `tree`: the working tree with the sources;
    `since_s`: leave out what changed since then, which an interrupted run may have done.
    """

    def __init__(self, repo: Path, tree: Path, since_s: float | None = None) -> None:
        self._repo = repo
        self._tree = tree
        self._folders = _folders(repo)
        found = _marks(repo, self._folders)
        if since_s is not None:
            found = {path: mark for path, mark in found.items() if mark[3] < since_s * 1e9}
        self._before = found

    def changed(self) -> tuple[gate.Changes, dict[str, gate.Mark]]:
        """What differs from the first look, and the marks of what is there now."""
        now = _marks(self._repo, self._folders)
        found = gate.installed_changes(self._before, now)
        return found, {one: now[one] for one in (*found.edited, *found.others) if one in now}

    def drop_compiled(self, since_s: float) -> None:
        """Remove what was compiled since then: it may be of other sources than those beside it."""
        for folder in self._folders:
            for path in _compiled(folder, since_s, frozenset()):
                _remove(path)
            for cache in (folder / name for name in _CACHES):
                if cache.is_dir() and not cache.is_symlink() and _is_newer(cache, since_s):
                    shutil.rmtree(cache, ignore_errors=True)
        for path in _compiled(self._tree, since_s, _NO_SOURCES):
            _remove(path)


# -- what is there


def _folders(repo: Path) -> tuple[Path, ...]:
    """The folders of packages at the top, and those of a workspace's parts."""
    below = (repo / name for name in git.ignored(repo) if name.endswith("/"))
    found = [*(repo / name for name in packages.FOLDERS), *below]
    there = {path for path in found if path.name in packages.FOLDERS and path.is_dir()}
    return tuple(sorted(there))


def _marks(repo: Path, folders: tuple[Path, ...]) -> dict[str, gate.Mark]:
    """Mark by path, relative to the repository."""
    found: dict[str, gate.Mark] = {}
    skip = len(os.fspath(repo)) + 1
    for folder in folders:
        for entry in _entries(folder, _CACHES | {_COMPILED}):
            with suppress(OSError):
                seen = entry.stat(follow_symlinks=False)
                path = entry.path[skip:]
                times = seen.st_mtime_ns, seen.st_ctime_ns
                found[path] = seen.st_ino, seen.st_size, *times, _digest(entry, path)
            if len(found) >= _MOST_FILES:
                return found
    return found


def _entries(folder: Path | str, left_out: frozenset[str]) -> Iterator[os.DirEntry[str]]:
    """All files and links below a folder."""
    waiting = [os.fspath(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    yield entry
                elif entry.name not in left_out:
                    waiting.append(entry.path)


def _digest(entry: os.DirEntry[str], path: str) -> str:
    """Of the content of links, and of small files that decide what is started; else empty."""
    if entry.is_symlink():
        return os.readlink(entry.path)
    starts = _STARTS.fullmatch(entry.name)
    is_program = _PROGRAMS.fullmatch(path.rsplit("/", 2)[-2])
    if not (starts or is_program) or entry.stat(follow_symlinks=False).st_size > _MOST_BYTES:
        return ""
    content = Path(entry.path).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    is_fair = not starts or _FAIR.fullmatch(entry.name) or not _CODE.search(content)
    return digest if is_fair else gate.STARTS + digest


# -- caches


def _compiled(folder: Path, since_s: float, left_out: frozenset[str]) -> Iterator[str]:
    """Byte code of Python that was written since then, below a folder."""
    waiting = [os.fspath(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in left_out and not entry.name.startswith("."):
                        waiting.append(entry.path)
                elif entry.name.endswith(".pyc"):
                    with suppress(OSError):
                        if entry.stat(follow_symlinks=False).st_ctime >= since_s:
                            yield entry.path


def _is_newer(folder: Path, since_s: float) -> bool:
    entries = _entries(folder, frozenset())
    return any(entry.stat(follow_symlinks=False).st_ctime >= since_s for entry in entries)


def _remove(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)


# -- what is on record of it, in this working tree alone


def note_installed(
    space: Workspace, task: str, marks: Mapping[str, gate.Mark], *, refused: bool
) -> str:
    """Keep what a task left in installed packages; returns the name of the file, empty when there
    is nothing to tell.
    """
    name = f"packages-{task}.json"
    if not marks and not space.has("cache", name):
        return ""
    some = dict(list(marks.items())[:_MOST_NOTED])
    space.save({"schema": 1, "refused": refused, "files": some}, "cache", name)
    return f"cache/{name}"


def left_by_tasks(
    space: Workspace, tasks: Iterable[str], *, refused: bool = False
) -> dict[str, list[str]]:
    """By task: what is still there in installed packages as it left it. `refused`: only of tasks
    that were refused for it.
    """
    found: dict[str, list[str]] = {}
    for task in tasks:
        record: dict[str, Any] = space.record("cache", f"packages-{task}.json") or {}
        files = record.get("files") or {}
        left = [path for path, mark in files.items() if _is_still(Path(space.repo, path), mark)]
        if left and (record.get("refused") or not refused):
            found[task] = left
    return found


def _is_still(path: Path, mark: list[Any]) -> bool:
    try:
        seen = path.lstat()
    except OSError:
        return False
    now = [seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns]
    return now == mark[:4]
