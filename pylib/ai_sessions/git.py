"""The git edge: thin functions over the `git` command, with argument lists and plain answers.

Reading takes no locks and runs no hooks; a commit runs the user's hooks and takes the user's name.
The state of all files, untracked ones too, is a tree of git's own (`snapshot`), so what an agent
changed is the difference of two trees, even where the user had open changes.
"""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ai_sessions import head as head_file
from ai_sessions.environment import without_secrets
from ai_sessions.errors import ChecksFailed, ConfigError, LockBusy, NeedsPerson

#: Set by git itself inside hooks; they would turn every command to another repository.
_FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY")
_ALWAYS = ("--no-pager", "--literal-pathspecs", "-c", "core.quotePath=false")
#: A repository may be told to start programs of its own when git looks at files, or to take a file
#: for unchanged by less than all its times. An agent may have told it so.
_PLAINLY = (
    *("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false"),
    *("-c", "core.trustctime=true", "-c", "core.checkStat=default"),
)
#: A line of `git worktree list --porcelain` about a scratch checkout.
_OURS = re.compile(r"worktree (?P<folder>.*/ai-sessions-(?P<pid>\d+)-[^/]+/tree)")
#: Paths on one command line.
_AT_ONCE = 500
_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")
#: The mode of an entry that is a repository of its own.
_REPOSITORY = "160000"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of `git status`. `code`: its two letters; `original`: the name before a rename."""

    path: str
    code: str
    original: str = ""

    @property
    def untracked(self) -> bool:
        return self.code == "??"


def need() -> None:
    """Raises `ConfigError` when git cannot be run."""
    if not shutil.which("git"):
        raise _not_installed()


def _not_installed() -> ConfigError:
    return ConfigError(
        "git is not installed (not on your PATH)", "apt-get install git, or: brew install git"
    )


# -- looking


def top_level(folder: Path) -> Path:
    """The top-level folder of the repository that `folder` is in.

    Raises `ConfigError` outside of a repository, or in a bare one.
    """
    done = _call(folder, "rev-parse", "--show-toplevel")
    if done.returncode:
        raise ConfigError(f"{folder} is not inside a git repository", "run: git init")
    return Path(_text(done).rstrip("\n"))


def is_repository(folder: Path) -> bool:
    """True inside the working tree of a repository."""
    return folder.is_dir() and _call(folder, "rev-parse", "--show-toplevel").returncode == 0


def head(repo: Path) -> str:
    """The id of the current commit; empty before the first one."""
    return commit_id(repo, "HEAD")


def commit_id(repo: Path, name: str) -> str:
    """The id of the commit that `name` means; empty when there is none."""
    done = _call(repo, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return "" if done.returncode else _text(done).strip()


def root_commit(git_folder: str) -> str:
    """The first commit of the history that a repository's main working tree has checked out.

    Empty before there is one, and in a shallow clone, whose history begins elsewhere after a fetch.
    """
    if os.path.exists(os.path.join(git_folder, "shallow")):
        return ""
    first = ("rev-list", "--first-parent", "--max-parents=0", "HEAD")
    done = _call(Path(git_folder), f"--git-dir={git_folder}", *first)
    return "" if done.returncode else _text(done).strip()


def branch(repo: Path) -> str:
    """The current branch, also before its first commit; empty when detached."""
    done = _call(repo, "symbolic-ref", "--quiet", "--short", "HEAD")
    return "" if done.returncode else _text(done).strip()


def status(repo: Path) -> tuple[Change, ...]:
    """What differs from the last commit, each untracked file by itself."""
    output = _read(repo, "status", "--porcelain=v1", "-z", "--untracked-files=all")
    return tuple(_changes(_split(output)))


def files(repo: Path) -> tuple[str, ...]:
    """Paths that git knows or would add, and that are there."""
    listed = _split(_read(repo, "ls-files", "-z", "--cached", "--others", "--exclude-standard"))
    top = os.fspath(repo)
    return tuple(sorted({path for path in listed if os.path.lexists(os.path.join(top, path))}))


def unsettled(repo: Path) -> tuple[str, ...]:
    """Tracked files that are not as they were added, and untracked ones.

    A repository inside this one is told with a `/` at its end.
    """
    options = ("--modified", "--others", "--exclude-standard")
    return tuple(dict.fromkeys(_split(_read(repo, "ls-files", "-z", *options))))


def ignored(repo: Path) -> tuple[str, ...]:
    """Files that git ignores; of a folder that is ignored as a whole its name, with a `/`."""
    options = ("--others", "--ignored", "--exclude-standard", "--directory")
    return tuple(_split(_read(repo, "ls-files", "-z", *options)))


def overlooked(repo: Path) -> frozenset[str]:
    """Tracked files that git was told not to look at (`--skip-worktree`, `--assume-unchanged`)."""
    listed = _split(_read(repo, "ls-files", "-v", "-z"))
    return frozenset(line[2:] for line in listed if line[0] == "S" or line[0].islower())


def settings_in(file: Path) -> tuple[str, ...]:
    """What a configuration file says, each `key\\nvalue`; nothing for one that is not there."""
    if not file.is_file():
        return ()
    done = _call(file.parent, "config", f"--file={file}", "--list", "-z")
    return tuple(_split(done.stdout))


def look_at(repo: Path, paths: Sequence[str]) -> None:
    """Have git look at these files again."""
    for flag in ("--no-skip-worktree", "--no-assume-unchanged"):
        options = ("update-index", flag, "-z", "--stdin")
        _checked(_write(repo, *_NO_HOOKS, *options, stdin=paths), "git update-index")


def changed_since(repo: Path, commit: str) -> tuple[str, ...]:
    """Paths that differ between a commit or tree and the files as they are, untracked ones too.

    An empty `commit`, as `head` says it before the first one: every path.
    """
    return changed_between(repo, commit or empty_tree(repo), snapshot(repo))


def changed_between(repo: Path, before: str, after: str) -> tuple[str, ...]:
    """Paths that differ between two commits or trees; of a rename both names."""
    if before == after:
        return ()
    options = ("-r", "-z", "--name-only", "--no-renames")
    return tuple(_split(_read(repo, "diff-tree", *options, before, after)))


def content_at(repo: Path, commit: str, path: str) -> bytes | None:
    """The file as it was at a commit or in a tree; None when it was not there."""
    done = _call(repo, "cat-file", "blob", f"{commit}:{path}")
    return None if done.returncode else done.stdout


def diff(repo: Path, before: str, after: str = "", paths: Sequence[str] = ()) -> str:
    """The difference as a patch. `after`: commit or tree; empty: the files, untracked ones too."""
    options = ("--no-color", "--no-ext-diff", "--no-textconv", "--find-renames")
    ends = (before or empty_tree(repo), after or snapshot(repo))
    output = _read(repo, "diff", *options, *ends, "--", *paths)
    return output.decode("utf-8", "replace")


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
                shutil.copy2(Path(head_file.git_folder(str(repo)), "index"), index)
        kept = [path for path in paths if os.path.lexists(repo / path)]
        if not paths or kept:
            _read(repo, "add", "--all", *_from_stdin(kept), stdin=kept, environment=environment)
        return _read(repo, "write-tree", environment=environment).decode().strip()


def message(repo: Path, commit: str) -> str:
    """What a commit says, trailers included."""
    return _read(repo, "log", "-1", "--format=%B", commit).decode("utf-8", "replace")


def empty_tree(repo: Path) -> str:
    """The id of a tree without files, from which everything is new."""
    return _read(repo, "hash-object", "-t", "tree", "--stdin").decode().strip()


def default_branch(repo: Path) -> str:
    """What changes are compared with: the remote's branch, main, master, or the current one."""
    done = _call(repo, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
    candidates = ["main", "master"]
    if not done.returncode:
        remote = _text(done).strip()
        candidates = [remote.partition("/")[2], remote, *candidates]
    found = next((name for name in candidates if commit_id(repo, name)), "")
    return found or branch(repo)


def remotes(repo: Path) -> tuple[str, ...]:
    """The names of the repositories that this one knows."""
    return tuple(_text(_call(repo, "remote")).split())


def upstream(repo: Path) -> tuple[str, str]:
    """The remote and the branch there that the current branch follows; empty without one."""
    name = branch(repo)
    asked = (f"branch.{name}.remote", f"branch.{name}.merge")
    remote, merge = (_text(_call(repo, "config", "--get", key)).strip() for key in asked)
    return (remote, merge.removeprefix("refs/heads/")) if name and remote and merge else ("", "")


def merge_base(repo: Path, one: str, other: str = "HEAD") -> str:
    """The id of the commit where two lines parted; empty when they have none in common."""
    done = _call(repo, "merge-base", "--end-of-options", one, other)
    return "" if done.returncode else _text(done).strip()


def is_ancestor(repo: Path, commit: str, of: str = "HEAD") -> bool:
    """True when `commit` can be reached from `of`."""
    return _call(repo, "merge-base", "--is-ancestor", commit, of).returncode == 0


# -- changing


def commit(
    repo: Path,
    paths: Sequence[str],
    message: str,
    trailers: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> str:
    """Commit these paths and nothing else; the id, or empty when they hold no change.

    `environ`: what hooks start from, None for what we got; they are given no secrets. What the
    user has staged stays staged. Raises `ConfigError` without an identity, `ChecksFailed`
    when a hook refuses, `NeedsPerson` when signing fails and `LockBusy` when git is in use.
    """
    known = _to_commit(repo, paths)
    if not known:
        return ""
    need_identity(repo)
    _checked(_write(repo, *_NO_HOOKS, "add", "--all", *_from_stdin(known), stdin=known), "git add")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as text:
        text.write(_with_trailers(message, trailers or {}))
        text.flush()
        options = ("--quiet", "--only", "--cleanup=whitespace", f"--file={text.name}")
        given = without_secrets(os.environ if environ is None else environ, _to_sign(repo))
        done = _write(repo, "commit", *options, *_from_stdin(known), stdin=known, environment=given)
    if done.returncode:
        raise _refusal(done)
    return head(repo)


def unstage(repo: Path, paths: Sequence[str]) -> None:
    """Make the index have these paths as HEAD has them; the files stay as they are."""
    reset = (*_NO_HOOKS, "reset", "--quiet", *_from_stdin(paths))
    _checked(_write(repo, *reset, stdin=paths), "git reset")


def _to_sign(repo: Path) -> tuple[str, ...]:
    """The variables that signing a commit needs: the SSH agent, where keys of SSH sign."""
    asked = ("config", "--get-regexp", r"^(gpg\.format|commit\.gpgsign)$")
    found = dict(line.partition(" ")[::2] for line in _text(_call(repo, *asked)).splitlines())
    signs = found.get("commit.gpgsign", "false").lower() not in ("false", "no", "off", "0")
    return ("SSH_AUTH_SOCK",) if signs and found.get("gpg.format") == "ssh" else ()


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
        options = (f"--source={commit}", *where, *_from_stdin(there))
        _checked(_write(repo, *_NO_HOOKS, "restore", *options, stdin=there), "git restore")
    if gone and staged:
        options = ("--cached", "--quiet", "--ignore-unmatch", *_from_stdin(gone))
        _write(repo, *_NO_HOOKS, "rm", *options, stdin=gone)


def kinds_at(repo: Path, commit: str, paths: Sequence[str]) -> dict[str, str]:
    """The mode of each of these files that is there at a commit or in a tree."""
    found: dict[str, str] = {}
    for start in range(0, len(paths), _AT_ONCE):
        listed = _read(repo, "ls-tree", "-z", commit, "--", *paths[start : start + _AT_ONCE])
        for entry in _split(listed):
            facts, _, path = entry.partition("\t")
            found[path] = facts.split(" ", 1)[0]
    return found


def _make_room(place: Path) -> None:
    """Take away what git would not write a file over: a folder, a pipe."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place, ignore_errors=True)
    elif not place.is_file():
        _unlink(place)


def _unlink(place: Path) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(place)


def go_back(repo: Path, commit: str) -> None:
    """Make a commit the tip of the current branch again; the files stay as they are."""
    options = ("reset", "--mixed", "--quiet", commit)
    _checked(_write(repo, *_NO_HOOKS, *options), "git reset")


@contextlib.contextmanager
def worktree(repo: Path, commit: str, at: Path | None = None) -> Iterator[Path]:
    """A fresh checkout, detached, gone at the end. `at`: its folder, not there yet.

    `commit`: may be a tree, which is then checked out on top of the current commit.
    """
    _remove_left_behind(repo)
    with tempfile.TemporaryDirectory(prefix=f"ai-sessions-{os.getpid()}-") as scratch:
        folder = at or Path(scratch, "tree")
        try:
            add_worktree(repo, commit, folder)
            yield folder
        finally:
            remove_worktree(repo, folder)


def add_worktree(repo: Path, commit: str, folder: Path) -> None:
    """A fresh checkout of a commit, detached, that stays until it is removed."""
    tip = commit_id(repo, commit) or (head(repo) if _is_tree(repo, commit) else commit)
    options = ("worktree", "add", "--detach", "--quiet", "--no-checkout", str(folder), tip)
    _checked(_write(repo, *_NO_HOOKS, *options), f"git worktree add {folder}")
    filled = _write(folder, *_NO_HOOKS, "read-tree", "--reset", "-u", commit)
    _checked(filled, f"git read-tree {commit}")


def _is_tree(repo: Path, name: str) -> bool:
    return _text(_call(repo, "cat-file", "-t", name)).strip() == "tree"


def remove_worktree(repo: Path, folder: Path) -> None:
    """Take such a checkout away with all that is in it, a broken one too."""
    _call(repo, "worktree", "remove", "--force", str(folder))
    shutil.rmtree(folder, ignore_errors=True)
    _call(repo, "worktree", "prune")


def _remove_left_behind(repo: Path) -> None:
    """Take checkouts away whose process was killed, as their names tell."""
    for line in _text(_call(repo, "worktree", "list", "--porcelain")).splitlines():
        found = _OURS.fullmatch(line)
        if found and not _is_running(int(found["pid"])):
            remove_worktree(repo, Path(found["folder"]))
            shutil.rmtree(Path(found["folder"]).parent, ignore_errors=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True


def switch(checkout: Path, commit: str) -> None:
    """Turn a scratch checkout to another commit; changes of tracked files in it are lost."""
    options = ("checkout", "--quiet", "--force", "--detach", commit)
    _checked(_write(checkout, *_NO_HOOKS, *options), f"git checkout {commit}")


# -- the command


def _call(
    repo: Path,
    *arguments: str,
    stdin: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[bytes]":
    """Ask git, whatever it answers; in English, without locks, and never waiting for a person."""
    plain = {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", **(environment or {})}
    return _git(repo, (*_NO_HOOKS, *arguments), stdin, plain)


def _write(
    repo: Path,
    *arguments: str,
    stdin: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[bytes]":
    """Let git change something; hooks see the user's own locale. `environment`: instead of ours."""
    return _git(repo, arguments, stdin, {"LANGUAGE": "en"}, environment)


def _git(
    repo: Path,
    arguments: Sequence[str],
    stdin: Sequence[str],
    more: Mapping[str, str],
    base: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[bytes]":
    given = os.environ if base is None else base
    environment = {name: value for name, value in given.items() if name not in _FOREIGN}
    # objects that stand in for others are known in this clone alone
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1", **more}
    try:
        return subprocess.run(
            ["git", *_ALWAYS, *_PLAINLY, *arguments],
            cwd=repo,
            env=environment,
            input=b"\0".join(map(os.fsencode, stdin)),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        if repo.is_dir():
            raise _not_installed() from error
        raise ConfigError(f"{repo} is not a folder") from error


def _read(
    repo: Path,
    *arguments: str,
    stdin: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """What git says; `ConfigError` with its first line when it cannot."""
    done = _call(repo, *arguments, stdin=stdin, environment=environment)
    return _checked(done, f"git {arguments[0]}").stdout


def _checked(
    done: "subprocess.CompletedProcess[bytes]", what: str
) -> "subprocess.CompletedProcess[bytes]":
    if done.returncode:
        if busy := _busy(done):
            raise busy
        raise ConfigError(f"{what} failed: {_first_line(done)}")
    return done


def _from_stdin(paths: Sequence[str]) -> tuple[str, ...]:
    """Names go in on stdin: a command line has a limit, and no name is an option."""
    return ("--pathspec-from-file=-", "--pathspec-file-nul") if paths else ()


def _text(done: "subprocess.CompletedProcess[bytes]") -> str:
    return os.fsdecode(done.stdout)


def _split(output: bytes) -> list[str]:
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def _changes(fields: Sequence[str]) -> Iterator[Change]:
    """Fields of `-z`: a rename or copy is followed by the name it had."""
    rest = iter(fields)
    for field in rest:
        code, path = field[:2], field[3:]
        original = next(rest, "") if set(code) & {"R", "C"} else ""
        yield Change(path, code, original)


def _to_commit(repo: Path, paths: Sequence[str]) -> list[str]:
    """The wanted paths that differ from the last commit; git stops at a name it does not know."""
    wanted = set(paths)
    return [path for path in changed_since(repo, head(repo)) if path in wanted]


def identity(folder: Path) -> str:
    """Who commits there, `Name <address>`; empty when git would have to guess it or the author."""
    asked = ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT")
    found = [_call(folder, "-c", "user.useConfigOnly=true", "var", name) for name in asked]
    if any(done.returncode for done in found):
        return ""
    return _text(found[-1]).rpartition(">")[0] + ">"


def need_identity(repo: Path) -> None:
    """Raises `ConfigError` when git does not know whose commits these are."""
    if not identity(repo):
        raise ConfigError(
            "git does not know who you are, so nothing can be committed",
            'git config --global user.name "Your Name"; '
            "git config --global user.email you@example.com",
        )


def _with_trailers(message: str, trailers: Mapping[str, str]) -> str:
    """The message with trailers as its last paragraph; each value on one line."""
    lines = [f"{name}: {' '.join(value.split())}" for name, value in trailers.items()]
    return "\n".join([message.strip(), "", *lines]).strip() + "\n"


def _refusal(done: "subprocess.CompletedProcess[bytes]") -> Exception:
    """Why a commit did not come about: git is in use, signing failed, or a hook said no."""
    said = done.stderr.decode("utf-8", "replace")
    if busy := _busy(done):
        return busy
    if "failed to sign" in said or "failed to write commit object" in said:
        return NeedsPerson(f"git could not sign the commit: {_first_line(done)}", "run: git commit")
    if said.startswith("fatal:"):  # in the middle of a merge, for example
        return NeedsPerson(f"git cannot commit now: {_first_line(done)}", "run: git status")
    return ChecksFailed(
        f"a hook refused the commit: {_first_line(done)}", "put that right, then run it again"
    )


def _busy(done: "subprocess.CompletedProcess[bytes]") -> LockBusy | None:
    said = done.stderr.decode("utf-8", "replace")
    if ".lock': File exists" not in said:
        return None
    return LockBusy(
        f"another git process is at work: {_first_line(done)}",
        "wait for it; if none runs, delete the named lock file",
    )


def _first_line(done: "subprocess.CompletedProcess[bytes]") -> str:
    """The first line said on stderr, else on stdout, without control characters."""
    said = (done.stderr or done.stdout).decode("utf-8", "replace")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    line = lines[0] if lines else f"exit {done.returncode}"
    return "".join(letter for letter in line if letter.isprintable())
