"""The working tree around a step: what it was before, what changed, how it is put back, commits.

A snapshot is a git tree object made through an index of our own, so the user's index, stash and
files stay as they are. Our workspace is left out: it is written by us alone.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ai_sessions import head
from ai_sessions.errors import AiSessionsError, ConfigError, NeedsPerson, NotFound

#: Folders of installed packages that a fresh checkout lacks and tests need.
_PACKAGES = (".venv", "venv", "node_modules")


@dataclass(frozen=True, slots=True)
class Tree:
    """A repository's working tree. `root`: the workspace folder, left out of everything."""

    repo: Path
    root: str
    environ: Mapping[str, str]

    # -- looking

    def head(self) -> str:
        """The commit that is checked out. Raises `NeedsPerson` when there is none yet."""
        found = head.commit(str(self.repo)) or self._tried("rev-parse", "--verify", "-q", "HEAD")
        if not found:
            raise NeedsPerson(
                f"{self.repo.name} has no commit yet", 'git add -A && git commit -m "Begin"'
            )
        return found.strip()

    def branch(self) -> str:
        return head.branch(str(self.repo))

    def files(self, cwd: Path | None = None) -> tuple[str, ...]:
        """All paths git knows or would add, the workspace left out."""
        done = self._git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=cwd)
        return tuple(sorted({name for name in _split(done) if self._is_theirs(name)}))

    def dirty(self) -> tuple[str, ...]:
        """Paths that differ from HEAD or are new, the workspace left out."""
        return self.changed(self.head())

    def snapshot(self) -> str:
        """The tree object of the files as they are now."""
        with self._index() as environ:
            return self._git("write-tree", environ=environ).strip()

    def changed(self, since: str) -> tuple[str, ...]:
        """Paths that differ between the commit or tree `since` and the files as they are now."""
        return self.between(since, self.snapshot())

    def between(self, one: str, two: str) -> tuple[str, ...]:
        done = self._git("diff", "--no-renames", "--name-only", "-z", one, two, "--")
        return tuple(sorted(name for name in _split(done) if self._is_theirs(name)))

    def patch(self, one: str, two: str, only: Sequence[str] = ()) -> str:
        """The difference as text, the workspace left out."""
        rest = list(only) or [".", f":(exclude){self.root}"]
        return self._git("diff", "--no-color", "--no-ext-diff", one, two, "--", *rest)

    def text(self, commit: str, path: str) -> bytes | None:
        """A file as it is in a commit; None when it is not there."""
        done = self._run(("show", f"{commit}:{path}"))
        return done.stdout if done.returncode == 0 else None

    def commit_id(self, ref: str) -> str:
        """The full id of a commit. Raises `NotFound`."""
        found = self._tried("rev-parse", "--verify", "-q", "--end-of-options", f"{ref}^{{commit}}")
        if not found:
            raise NotFound(f"no such commit: {ref}", "git log --oneline shows them")
        return found

    def parent(self, commit: str) -> str:
        """The first parent; empty for a first commit."""
        return self._tried("rev-parse", "--verify", "-q", f"{commit}^")

    def contains(self, one: str, other: str) -> bool:
        """True when `other` is `one` or comes before it."""
        return self._run(("merge-base", "--is-ancestor", other, one)).returncode == 0

    def merge_base(self, one: str, other: str) -> str:
        return self._tried("merge-base", one, other)

    # -- changing

    def put_back(self, tree: str, names: Iterable[str]) -> None:
        """Make these paths again what they are in `tree`: restored, or removed."""
        wanted = list(names)
        if not wanted:
            return
        with tempfile.TemporaryDirectory(prefix="ai-sessions-") as folder:
            environ = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            self._git("read-tree", tree, environ=environ)
            there = set(_split(self._git("ls-files", "-z", environ=environ)))
            for name in wanted:
                if name not in there:
                    _remove(self.repo, name)
            kept = [name for name in wanted if name in there]
            text = "".join(f"{name}\0" for name in kept)
            self._git("checkout-index", "-f", "-q", "-z", "--stdin", environ=environ, stdin=text)

    def commit(self, message: str, names: Iterable[str]) -> str:
        """Commit these paths and the workspace, nothing else; what else is staged stays staged.

        Raises `NeedsPerson` when git refuses (a hook, no identity); nothing is committed then.
        """
        paths = sorted(set(names))
        if not self.workspace_is_ignored():
            paths.append(self.root)
        self._git("add", "-A", "--", *paths)
        done = self._run(("commit", "-q", "--only", "-F", "-", "--", *paths), stdin=message)
        if done.returncode:
            said = _text(done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
            raise NeedsPerson(
                f"git commit refused: {said[-1]}", "put that right, then run the same command again"
            )
        return self._git("rev-parse", "HEAD").strip()

    def workspace_is_ignored(self) -> bool:
        """True when the project does not want our workspace in git."""
        done = self._run(("check-ignore", "-q", "--no-index", f"{self.root}/config.yaml"))
        return done.returncode == 0

    @contextlib.contextmanager
    def checkout(self, commit: str) -> Iterator[Path]:
        """A fresh detached working tree of `commit`, gone afterwards; installed packages linked."""
        with tempfile.TemporaryDirectory(prefix="ai-sessions-") as folder:
            place = Path(folder, self.repo.name)
            self._git("worktree", "add", "-q", "--detach", str(place), commit)
            try:
                self._link_packages(place)
                yield place
            finally:
                self._run(("worktree", "remove", "--force", "--force", str(place)))
                shutil.rmtree(place, ignore_errors=True)
                self._run(("worktree", "prune"))

    def _link_packages(self, place: Path) -> None:
        for name in _PACKAGES:
            ours = self.repo / name
            if ours.is_dir() and not (place / name).exists():
                (place / name).symlink_to(ours, target_is_directory=True)

    # -- git

    def _is_theirs(self, name: str) -> bool:
        return bool(name) and not name.startswith(f"{self.root}/")

    @contextlib.contextmanager
    def _index(self) -> Iterator[dict[str, str]]:
        """An index of our own that holds the files as they are now."""
        with tempfile.TemporaryDirectory(prefix="ai-sessions-") as folder:
            own = Path(folder, "index")
            theirs = Path(head.git_folder(str(self.repo)), "index")
            if theirs.exists():
                shutil.copyfile(theirs, own)  # knows which files are unchanged: saves reading them
            environ = {"GIT_INDEX_FILE": str(own)}
            self._git("add", "-A", "--", ".", environ=environ)
            yield environ

    def _git(
        self,
        *words: str,
        environ: Mapping[str, str] | None = None,
        stdin: str = "",
        cwd: Path | None = None,
    ) -> str:
        done = self._run(words, environ, stdin, cwd)
        if done.returncode:
            said = _text(done.stderr).strip().splitlines() or ["no reason given"]
            raise GitFailed(f"git {words[0]}: {said[-1]}", "git status shows more")
        return _text(done.stdout)

    def _tried(self, *words: str) -> str:
        """What git answers; empty when it fails."""
        done = self._run(words)
        return _text(done.stdout).strip() if done.returncode == 0 else ""

    def _run(
        self,
        words: Sequence[str],
        environ: Mapping[str, str] | None = None,
        stdin: str = "",
        cwd: Path | None = None,
    ) -> "subprocess.CompletedProcess[bytes]":
        own = {
            name: value
            for name, value in self.environ.items()
            if name not in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
        }
        own |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
        try:
            return subprocess.run(
                ["git", "-c", "core.quotePath=false", *words],
                cwd=cwd or self.repo,
                env={**own, **(environ or {})},
                input=stdin.encode("utf-8", "surrogateescape"),
                capture_output=True,
                check=False,
            )
        except FileNotFoundError as error:
            raise ConfigError("git is not installed", "install git, then run it again") from error


class GitFailed(AiSessionsError):
    """git did not do what it always can."""

    exit_code = 3
    kind = "config"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _split(text: str) -> list[str]:
    return [name for name in text.split("\0") if name]


def _remove(repo: Path, name: str) -> None:
    """Remove a file and the folders that are empty without it."""
    path = repo / name
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    for folder in path.parents:
        if folder == repo:
            return
        try:
            os.rmdir(folder)
        except OSError:
            return
