"""What a repository says about itself: commits, branches, files, settings."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from ai_sessions import git_files
from ai_sessions.errors import ConfigError
from ai_sessions.git.command import call, checked, read, split, text
from ai_sessions.lazy_dataclasses import dataclass

#: What `git status` says of a file that is in no commit and not staged.
UNTRACKED = "??"
#: A name behind the letter by which `git ls-files -v` marks what it does not look at.
_LOOKED_AWAY = re.compile(rb"\0[Sa-z] ([^\0]+)")


@dataclass(frozen=True, slots=True)
class Change:
    """One line of `git status`. `code`: its two letters; `original`: the name before a rename."""

    path: str
    code: str
    original: str = ""

    @property
    def untracked(self) -> bool:
        return self.code == UNTRACKED


def top_level(folder: Path) -> Path:
    """The top-level folder of the repository that `folder` is in.

    Raises `ConfigError` outside of a repository, or in a bare one.
    """
    done = call(folder, "rev-parse", "--show-toplevel")
    if done.returncode:
        raise ConfigError(f"{folder} is not inside a git repository", "run: git init")
    return Path(text(done).rstrip("\n"))


def is_repository(folder: Path) -> bool:
    """True inside the working tree of a repository."""
    return folder.is_dir() and call(folder, "rev-parse", "--show-toplevel").returncode == 0


def head(repo: Path) -> str:
    """The id of the current commit; empty before the first one."""
    return git_files.commit(os.fspath(repo)) or commit_id(repo, "HEAD")


def commit_id(repo: Path, name: str) -> str:
    """The id of the commit that `name` means; empty when there is none."""
    done = call(repo, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return "" if done.returncode else text(done).strip()


def root_commit(git_folder: str) -> str:
    """The first commit of the history that a repository's main working tree has checked out.

    Empty before there is one, and in a shallow clone, whose history begins elsewhere after a fetch.
    """
    if os.path.exists(os.path.join(git_folder, "shallow")):
        return ""
    first = ("rev-list", "--first-parent", "--max-parents=0", "HEAD")
    done = call(Path(git_folder), f"--git-dir={git_folder}", *first)
    return "" if done.returncode else text(done).strip()


def is_shallow(repo: Path) -> bool:
    """True in a clone whose history was cut off when it was fetched (`--depth`)."""
    return os.path.exists(os.path.join(git_files.common_folder(os.fspath(repo)), "shallow"))


def branch(repo: Path) -> str:
    """The current branch, also before its first commit; empty when detached."""
    found = git_files.branch(os.fspath(repo))
    if found or git_files.is_detached(os.fspath(repo)):
        return found
    done = call(repo, "symbolic-ref", "--quiet", "--short", "HEAD")
    return "" if done.returncode else text(done).strip()


def status(repo: Path) -> tuple[Change, ...]:
    """What differs from the last commit, each untracked file by itself."""
    output = read(repo, "status", "--porcelain=v1", "-z", "--untracked-files=all")
    return tuple(_changes(split(output)))


def files(repo: Path) -> tuple[str, ...]:
    """Paths that git knows or would add, and that are there."""
    listed = split(read(repo, "ls-files", "-z", "--cached", "--others", "--exclude-standard"))
    top = os.fspath(repo)
    return tuple(sorted({path for path in listed if os.path.lexists(os.path.join(top, path))}))


def unsettled(repo: Path) -> tuple[str, ...]:
    """Tracked files that are not as they were added, and untracked ones.

    A repository inside this one is told with a `/` at its end.
    """
    options = ("--modified", "--others", "--exclude-standard")
    return tuple(dict.fromkeys(split(read(repo, "ls-files", "-z", *options))))


def ignored(repo: Path) -> tuple[str, ...]:
    """Files that git ignores; of a folder that is ignored as a whole its name, with a `/`."""
    options = ("--others", "--ignored", "--exclude-standard", "--directory")
    return tuple(split(read(repo, "ls-files", "-z", *options)))


def overlooked(repo: Path) -> frozenset[str]:
    """Tracked files that git was told not to look at (`--skip-worktree`, `--assume-unchanged`)."""
    try:
        index = Path(git_files.git_folder(os.fspath(repo)), "index").read_bytes()
    except OSError:
        return frozenset()
    return _overlooked(repo, hashlib.sha256(index).hexdigest())


@lru_cache(maxsize=4)
def _overlooked(repo: Path, _index: str) -> frozenset[str]:
    """The same for an index of this content, which holds what git was told."""
    listed = b"\0" + read(repo, "ls-files", "-v", "-z")
    return frozenset(os.fsdecode(name) for name in _LOOKED_AWAY.findall(listed))


def settings_in(content: bytes) -> tuple[str, ...]:
    """What a configuration file with this content says, each `key\\nvalue`."""
    done = call(Path("/"), "config", "--file=-", "--list", "-z", stdin=content)
    return tuple(split(done.stdout))


def message(repo: Path, commit: str) -> str:
    """What a commit says, trailers included."""
    return read(repo, "log", "-1", "--format=%B", commit).decode("utf-8", "replace")


def messages(repo: Path, beginnings: Sequence[str], commits: str = "HEAD") -> dict[str, str]:
    """What commits say that have a line with one of these beginnings, by id, newest first; before
    the first commit none. `commits`: what can be reached from it, or a range such as `main..HEAD`.

    A line may be indented: a squash quotes the messages of its commits.
    """
    wanted = (f"--grep=^ *{beginning}" for beginning in beginnings)
    options = ("--no-show-signature", "--format=%x1e%H%x1f%B", *wanted, "--end-of-options", commits)
    done = call(repo, "-c", "grep.patternType=basic", "log", *options)
    if done.returncode and (commits != "HEAD" or _has_commits(repo)):
        checked(done, "git log")
    found = done.stdout.decode("utf-8", "replace").split("\x1e")
    return {id_: told for id_, _, told in (one.partition("\x1f") for one in found) if id_}


def last_change(repo: Path, paths: Sequence[str], commit: str = "HEAD") -> str:
    """The newest commit that changed one of these paths; empty when none has."""
    done = call(repo, "log", "-1", "--no-show-signature", "--format=%H", commit, "--", *paths)
    return "" if done.returncode else text(done).strip()


def _has_commits(repo: Path) -> bool:
    """True also where the commit that HEAD names is damaged."""
    return call(repo, "rev-parse", "--verify", "--quiet", "HEAD").returncode == 0


def exists(repo: Path, name: str) -> bool:
    """True when there is a commit, a tree or a file's content of this name or id."""
    return call(repo, "cat-file", "-e", name).returncode == 0


def default_branch(repo: Path) -> str:
    """What changes are compared with: the remote's branch, main, master, or the current one."""
    done = call(repo, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    candidates = ["main", "master"]
    if not done.returncode:
        remote = text(done).strip()
        candidates = [remote.partition("/")[2], remote, *candidates]
    found = next((name for name in candidates if commit_id(repo, name)), "")
    return found or branch(repo)


def remotes(repo: Path) -> tuple[str, ...]:
    """The names of the repositories that this one knows."""
    return tuple(text(call(repo, "remote")).split())


def upstream(repo: Path) -> tuple[str, str]:
    """The remote and the branch there that the current branch follows; empty without one."""
    name = branch(repo)
    asked = (f"branch.{name}.remote", f"branch.{name}.merge")
    remote, merge = (text(call(repo, "config", "--get", key)).strip() for key in asked)
    return (remote, merge.removeprefix("refs/heads/")) if name and remote and merge else ("", "")


def merge_base(repo: Path, one: str, other: str = "HEAD") -> str:
    """The id of the commit where two lines parted; empty when they have none in common."""
    done = call(repo, "merge-base", "--end-of-options", one, other)
    return "" if done.returncode else text(done).strip()


def is_ancestor(repo: Path, commit: str, of: str = "HEAD") -> bool:
    """True when `commit` can be reached from `of`."""
    return call(repo, "merge-base", "--is-ancestor", commit, of).returncode == 0


def _changes(fields: Sequence[str]) -> Iterator[Change]:
    """Fields of `-z`: a rename or copy is followed by the name it had."""
    rest = iter(fields)
    for field in rest:
        code, path = field[:2], field[3:]
        original = next(rest, "") if set(code) & {"R", "C"} else ""
        yield Change(path, code, original)
