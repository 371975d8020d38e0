"""What became of files since a commit."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ai_sessions.git.command import call, read, split
from ai_sessions.lazy_dataclasses import dataclass

#: Commits that are looked through: more than that are as many.
MOST = 100
_TIMEOUT_S = 5.0
_DIGITS = frozenset("0123456789abcdef")
_IDS = range(7, 65)
#: Between commits (`%x1e`), which no name of a file that somebody says has.
_COMMIT = "\x1e"


@dataclass(frozen=True, slots=True)
class Since:
    """`commits`: how many changed the file. `is_gone`: the newest of them took it away."""

    commits: int
    is_gone: bool


def since(repo: Path, commit: str, paths: Sequence[str]) -> Mapping[str, Since]:
    """Those of the paths, which are relative to `repo`, that commits changed which HEAD has and
    `commit` has not. Empty where git cannot tell: no repository, no such commit.

    Nothing is fetched, no program of the repository is run. Raises `TimedOut`.
    """
    if len(commit) not in _IDS or not _DIGITS.issuperset(commit) or not paths:
        return {}
    options = (
        "--no-show-signature",
        "--no-renames",
        "--no-ext-diff",
        "--relative",
        "--name-status",
    )
    shown = (*options, "-z", "--format=%x1e", f"--max-count={MOST}")
    done = call(
        repo,
        *("log", *shown, "--end-of-options", f"{commit}..HEAD", "--", *paths),
        environment={"GIT_NO_LAZY_FETCH": "1"},
        timeout_s=_TIMEOUT_S,
    )
    if done.returncode:
        return {}
    found: dict[str, Since] = {}
    for path, status in _changes(os.fsdecode(done.stdout)):
        known = found.get(path, Since(0, status == "D"))
        found[path] = Since(known.commits + 1, known.is_gone)
    return {path: found[path] for path in paths if path in found}


def named(repo: Path, names: Sequence[str]) -> list[str]:
    """The paths that names mean: those with a folder themselves, others the one tracked file of
    that name, if it is one only. Raises `TimedOut`, and `ConfigError` for no repository.
    """
    bare = [name for name in names if "/" not in name]
    tracked = split(read(repo, "ls-files", "-z", "--cached")) if bare else []
    found = [name for name in names if "/" in name and ".." not in name.split("/")]
    for name in bare:
        fits = [path for path in tracked if path == name or path.endswith(f"/{name}")]
        found += fits if len(fits) == 1 else []
    return list(dict.fromkeys(found))


def _changes(told: str) -> Iterator[tuple[str, str]]:
    """Path and what happened to it, of each commit, the newest first."""
    for commit in told.split(_COMMIT):
        fields = iter(one.strip("\n") for one in commit.split("\0"))
        for field in fields:
            if field:
                yield next(fields, ""), field
