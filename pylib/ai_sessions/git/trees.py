"""Trees of all files: taking one, comparing two, putting files back."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from ai_sessions import controls, diffs, git_files
from ai_sessions.errors import ConfigError
from ai_sessions.git.command import (
    AT_ONCE,
    NO_HOOKS,
    call,
    checked,
    from_stdin,
    read,
    split,
    write,
)
from ai_sessions.git.reading import UNTRACKED, Change, exists, head

#: What a tree has of a path: its mode and its id, with words between them. A string, because a tree
#: may have many thousands, of which few are looked at.
_Entry = str
#: Modes of entries that have a content: files, executable ones, links.
_BLOBS = ("100644", "100755", "120000")
#: The mode of an entry that is not there.
_GONE = "000000"
#: The mode of an entry that is a repository of its own.
_REPOSITORY = "160000"


def changed_since(repo: Path, commit: str) -> tuple[str, ...]:
    """Paths that differ between a commit or tree and the files as they are, untracked ones too.

    An empty `commit`, as `head` says it before the first one: every path.
    """
    return changed_between(repo, commit or empty_tree(repo), snapshot(repo))


def changed_files(repo: Path, paths: Sequence[str] = ()) -> tuple[Change, ...]:
    """Files that differ from the last commit. `paths`: at least these are looked at."""
    options = ("--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
    narrowed = paths if len(paths) <= AT_ONCE else ()
    submodules = "--ignore-submodules=dirty"
    lines = split(read(repo, "status", *options, submodules, "--", *narrowed))
    changes = tuple(Change(line[3:], line[:2]) for line in lines)
    # what is staged and then changed again may be as it was in the commit
    if len({one.path for one in changes}) == len(changes) and not any(map(_is_both, changes)):
        return changes
    return tuple(Change(path, UNTRACKED) for path in changed_since(repo, head(repo)))


def _is_both(change: Change) -> bool:
    """True for a file that differs from the index, which differs from the commit."""
    return not change.untracked and " " not in change.code


def changed_between(repo: Path, before: str, after: str) -> tuple[str, ...]:
    """Paths that differ between two commits or trees; of a rename both names."""
    if before == after:
        return ()
    compare = _compared if _is_id(before) and _is_id(after) else _compared.__wrapped__
    return tuple(compare(repo, before, after))


@lru_cache(maxsize=16)
def _compared(repo: Path, before: str, after: str) -> dict[str, _Entry]:
    """What differs, as the second one has it. What an id means never changes, so two of them are
    compared once.
    """
    fields = split(read(repo, "diff-tree", "-r", "-z", "--no-renames", before, after))
    found: dict[str, _Entry] = {}
    for facts, path in zip(fields[::2], fields[1::2], strict=True):
        _before, kind, _was, id_, _status = facts.split(" ")
        found[path] = f"{kind} {id_}"
    return found


def _kind(entry: _Entry) -> str:
    return entry.partition(" ")[0]


def _id(entry: _Entry) -> str:
    return entry.rpartition(" ")[2]


def _is_id(name: str) -> bool:
    return len(name) in (40, 64) and not name.strip("0123456789abcdef")


def content_at(repo: Path, commit: str, path: str) -> bytes | None:
    """The file as it was at a commit or in a tree; None when it was not there."""
    done = call(repo, "cat-file", "blob", f"{commit}:{path}")
    return None if done.returncode else done.stdout


def diff(repo: Path, before: str, after: str = "", paths: Sequence[str] = ()) -> str:
    """The difference as a patch to read. `after`: commit or tree; empty: the files, untracked ones
    too. What is text is shown as text, whatever `.gitattributes` of either end says.
    """
    ends = (before or empty_tree(repo), after or snapshot(repo))
    patch = _read_diff(repo, ends, paths)
    if "\nBinary files " not in patch:
        return patch
    parts = diffs.files(patch)
    counted = _counted(repo, ends, paths)
    if len(parts) != len(counted):
        return patch
    found = zip(parts, counted, strict=True)
    return "".join(_as_text(repo, ends, part, names) if names else part for part, names in found)


_TO_READ = (
    *("--no-color", "--no-ext-diff", "--no-textconv", "--find-renames", "--submodule=short"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--no-relative"),
)
#: Larger files that git takes for binary are left at that.
_MOST_TEXT = 1 << 20


def _read_diff(repo: Path, ends: tuple[str, str], paths: Sequence[str], *more: str) -> str:
    output = read(repo, "diff", *_TO_READ, *more, *ends, "--", *paths)
    return output.decode("utf-8", "replace")


def _counted(repo: Path, ends: tuple[str, str], paths: Sequence[str]) -> list[tuple[str, ...]]:
    """For each part of a patch the names of its file, before and after, where git takes it for
    binary; no name for others.
    """
    words = iter(_read_diff(repo, ends, paths, "--numstat", "-z").split("\0"))
    found: list[tuple[str, ...]] = []
    for word in words:
        added, _, rest = word.partition("\t")
        if not rest:
            continue
        name = rest.partition("\t")[2]
        names = (name,) if name else (next(words), next(words))  # renamed
        found.append(names if added == "-" else ())
    return found


def _as_text(repo: Path, ends: tuple[str, str], part: str, names: Sequence[str]) -> str:
    """A part of a patch with its lines; as it is where the file is large, or no text."""
    sizes = (size_at(repo, end, name) for end in ends for name in names)
    if max(sizes) > _MOST_TEXT:
        return part
    shown = _read_diff(repo, ends, names, "--text")
    return shown.replace("\0", "\u2400") if controls.is_text(shown) else part


def size_at(repo: Path, tree: str, name: str) -> int:
    """Bytes of a file at a commit or in a tree, as git keeps it; 0 where it is not there."""
    done = call(repo, "cat-file", "-s", f"{tree}:{name}")
    return int(done.stdout) if done.returncode == 0 else 0


def patch(repo: Path, before: str, after: str, paths: Sequence[str]) -> bytes:
    """The difference of two trees as `git apply` takes it, whatever the user's settings are."""
    options = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--binary")
    prefixes = ("--src-prefix=a/", "--dst-prefix=b/")
    return read(repo, "diff", *options, *prefixes, before, after, "--", *paths)


def carried_over(repo: Path, tree: str, before: str, after: str) -> str:
    """The id of `tree` with what differs between two commits as it is in the second one."""
    paths = changed_between(repo, before, after)
    there = _entries(repo, after, paths)
    gone = f"0 {'0' * len(tree)}"
    entries = ((there.get(path, gone), path) for path in paths)
    lines = [f"{_kind(entry)} {_id(entry)}\t{path}" for entry, path in entries]
    return _with_lines(repo, tree, lines)


def _with_lines(repo: Path, tree: str, lines: Sequence[str]) -> str:
    """The id of a tree with these lines of an index in it."""
    with tempfile.TemporaryDirectory(prefix="ai-sessions-") as folder:
        environment = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        read(repo, "read-tree", tree, environment=environment)
        options = ("update-index", "-z", "--index-info")
        read(repo, *options, stdin=lines, environment=environment)
        return read(repo, "write-tree", environment=environment).decode().strip()


def snapshot(repo: Path, paths: Sequence[str] = ()) -> str:
    """The id of a tree with all files as they are now (of `paths` alone where given).

    Ignored files are not in it; the user's own index stays as it is.
    """
    with tempfile.TemporaryDirectory(prefix="ai-sessions-") as folder:
        index = Path(folder, "index")
        environment = {"GIT_INDEX_FILE": str(index)}
        if not paths:
            # the user's index knows which files are unchanged, which saves reading them all
            # (with its time: an entry as new as its index is looked at again, size and time alike)
            with contextlib.suppress(OSError):
                shutil.copy2(Path(git_files.git_folder(str(repo)), "index"), index)
        kept = [path for path in paths if os.path.lexists(repo / path)]
        if not paths or kept:
            read(repo, "add", "--all", *from_stdin(kept), stdin=kept, environment=environment)
        return read(repo, "write-tree", environment=environment).decode().strip()


def empty_tree(repo: Path) -> str:
    """The id of a tree without files, from which everything is new."""
    return read(repo, "hash-object", "-t", "tree", "--stdin").decode().strip()


def contents_at(repo: Path, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
    """What a commit or a tree has of these paths: the content of files, of links where they point.

    As git keeps it, whatever the settings make of line ends on disk. Absent there: left out.
    """
    entries = _entries(repo, commit, paths)
    blobs = {path: _id(entry) for path, entry in entries.items() if _kind(entry) in _BLOBS}
    found = _blobs(repo, tuple(dict.fromkeys(blobs.values())))
    return {path: found[id_] for path, id_ in blobs.items()}


@lru_cache(maxsize=2)
def _blobs(repo: Path, ids: tuple[str, ...]) -> dict[str, bytes]:
    """Content by id. Answers are `<id> blob <size>`, a newline, the content, a newline."""
    output = read(repo, "cat-file", "--batch", stdin="\n".join(ids).encode()) if ids else b""
    found: dict[str, bytes] = {}
    at = 0
    for id_ in ids:
        begins = output.index(b"\n", at) + 1
        at = begins + int(output[at:begins].split()[2])
        found[id_] = output[begins:at]
        at += 1
    return found


def kinds_at(repo: Path, commit: str, paths: Sequence[str]) -> dict[str, str]:
    """The mode of each of these files that is there at a commit or in a tree."""
    return {path: _kind(entry) for path, entry in _entries(repo, commit, paths).items()}


def entries_at(repo: Path, commit: str, paths: Sequence[str]) -> dict[str, str]:
    """What a commit or a tree has of each of these paths, `<mode> blob <id>`; empty where it has
    nothing of that name.
    """
    there = _entries(repo, commit, paths)
    return {path: there.get(path, "") for path in paths}


def with_entries(repo: Path, commit: str, entries: Mapping[str, str]) -> str:
    """The id of the tree of a commit with these entries instead, as `entries_at` says them; empty
    when one of them is not here.
    """
    if not all(exists(repo, _id(entry)) for entry in entries.values() if entry):
        return ""
    gone = f"0 {'0' * len(commit)}"
    lines = [
        f"{_kind(entry)} {_id(entry)}\t{path}" if entry else f"{gone}\t{path}"
        for path, entry in entries.items()
    ]
    return _with_lines(repo, commit, lines)


def repositories_at(repo: Path, commit: str) -> dict[str, str]:
    """The commit of each submodule that a commit or a tree has, by path."""
    entries = _parsed(read(repo, "ls-tree", "-r", "-z", commit))
    return {path: _id(entry) for path, entry in entries.items() if _kind(entry) == _REPOSITORY}


def paths_in(repo: Path, tree: str) -> Collection[str]:
    """The paths of all that is in a commit or a tree. `tree`: its id."""
    return _listed(repo, tree).keys()


def _entries(repo: Path, commit: str, paths: Sequence[str]) -> dict[str, _Entry]:
    """The entry of each of these paths that is there. Of an id all are listed, and kept: whoever
    asks about some paths of it asks about others next.
    """
    if _is_id(commit):
        known = _listed(repo, commit)
        return {path: known[path] for path in paths if path in known}
    found: dict[str, _Entry] = {}
    for start in range(0, len(paths), AT_ONCE):
        some = paths[start : start + AT_ONCE]
        found |= _parsed(read(repo, "ls-tree", "-z", commit, "--", *some))
    return found


@lru_cache(maxsize=4)
def _listed(repo: Path, tree: str) -> dict[str, _Entry]:
    found = _listed_anew(repo, tree)
    _last_listed.clear()  # one repository at a time
    _last_listed[repo] = tree, found
    return found


#: What was listed last: a large tree is not listed again where few files differ.
_last_listed: dict[Path, tuple[str, dict[str, _Entry]]] = {}


def _listed_anew(repo: Path, tree: str) -> dict[str, _Entry]:
    if repo in _last_listed:
        before, known = _last_listed[repo]
        with contextlib.suppress(ConfigError):  # git may have cleaned it up
            found = {**known, **_compared(repo, before, tree)}
            return {path: entry for path, entry in found.items() if _kind(entry) != _GONE}
    return _parsed(read(repo, "ls-tree", "-r", "-z", tree))


def _parsed(output: bytes) -> dict[str, _Entry]:
    """Lines of `git ls-tree`: the entry, a tab, the path."""
    lines = (line.partition("\t") for line in split(output))
    return {path: entry for entry, _, path in lines}


def restore(repo: Path, commit: str, paths: Sequence[str], *, staged: bool = True) -> None:
    """Make these files what they were at a commit or in a tree; absent there: removed here.

    `staged`: in the index too. A repository inside this one is left as it is.
    """
    kinds = kinds_at(repo, commit, paths)
    there = [path for path in paths if path in kinds and kinds[path] != _REPOSITORY]
    gone = [path for path in dict.fromkeys(paths) if path not in kinds]
    for path in gone:
        if not (repo / path).is_dir() or (repo / path).is_symlink():
            _unlink(repo / path)
    for path in there:
        _make_room(repo / path)
    if there:
        where = ("--staged", "--worktree") if staged else ("--worktree",)
        options = (f"--source={commit}", *where, *from_stdin(there))
        checked(write(repo, *NO_HOOKS, "restore", *options, stdin=there), "git restore")
    if gone and staged:
        options = ("--cached", "--quiet", "--ignore-unmatch", *from_stdin(gone))
        write(repo, *NO_HOOKS, "rm", *options, stdin=gone)


def _make_room(place: Path) -> None:
    """Take away what git would not write a file over: a folder, a pipe."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place, ignore_errors=True)
    elif not place.is_file():
        _unlink(place)


def _unlink(place: Path) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(place)
