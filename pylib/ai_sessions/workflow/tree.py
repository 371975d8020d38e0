"""A task's view of the working tree: our own workspace left out, tools' leavings left alone."""

import contextlib
import hashlib
import itertools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from ai_sessions import gate, git
from ai_sessions.errors import NeedsPerson, NotFound
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan.paths import matches
from ai_sessions.workflow import packages
from ai_sessions.workspace.files import is_passing

#: Folders that only make things faster when they are there.
_CACHES = frozenset(
    (
        *(*packages.FOLDERS, "target", "__pycache__", ".git", ".tox", ".nox", ".cache", ".gradle"),
        *(".next", ".turbo", ".parcel-cache", "coverage", "htmlcov", ".pytest_cache"),
        *(".mypy_cache", ".ruff_cache", ".hypothesis", ".eggs", ".idea", ".vscode"),
    )
)
#: Ignored files that are looked at before we say that nothing is known of the rest.
_MOST_IGNORED = 20_000


@dataclass(frozen=True, slots=True)
class Tree:
    """The working tree of `repo`. `root`: name of the workspace folder; `environ`: what hooks
    start from (None: what we got), without secrets.
    """

    repo: Path
    root: str
    environ: Mapping[str, str] | None = None
    _seen: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The tree object of the last look at the files, as long as nothing that we know of can have
    changed them."""
    aside: set[str] = field(default_factory=set, compare=False)
    """Paths that are left as they are and taken for nobody's work: who changed them is unknown."""

    def head(self) -> str:
        """The commit that is checked out. Raises `NeedsPerson` when there is none yet."""
        found = git.head(self.repo)
        if not found:
            raise NeedsPerson(
                f"{self.repo.name} has no commit yet", 'git add -A && git commit -m "Begin"'
            )
        return found

    def files(self) -> tuple[str, ...]:
        """All paths git knows or would add, and that are there."""
        known = git.paths_in(self.repo, self.snapshot())
        hidden = git.overlooked(self.repo)  # git takes them for there: in a sparse checkout, say
        gone = {name for name in hidden if not os.path.lexists(os.path.join(self.repo, name))}
        return tuple(sorted(name for name in known if name not in gone and self._is_theirs(name)))

    def look(self) -> str:
        """The tree object of the files as they are at this moment."""
        self._seen["tree"] = git.snapshot(self.repo)
        return self._seen["tree"]

    def forget(self) -> None:
        """Look at the files again before the next answer: something else has been at work."""
        self._seen.clear()

    def snapshot(self) -> str:
        """The tree object of the files as they were when we last looked.

        A look takes two processes, and a task is judged by a dozen questions about one state.
        """
        return self._seen.get("tree") or self.look()

    def changed(self, since: str) -> tuple[str, ...]:
        """What differs between a commit or tree and the files as we last saw them."""
        return self.between(since, self.snapshot())

    def between(self, one: str, two: str) -> tuple[str, ...]:
        """What differs between two commits or trees; nothing that tools leave behind."""
        found = git.changed_between(self.repo, one, two)
        return tuple(gate.work_of([name for name in found if self._is_theirs(name)]))

    def untracked(self, names: Sequence[str]) -> tuple[str, ...]:
        """Of these paths those that are there and neither in the index nor in the last commit."""
        if not names:
            return ()
        loose = {one.path for one in git.status(self.repo) if one.untracked}
        return tuple(name for name in names if name in loose)

    def uncarried(self, start: str, changed: Sequence[str]) -> tuple[str, ...]:
        """Of what changed since `start`: what a commit holds the name of, but not the content.

        Links to what git does not have, and repositories of their own.
        """
        links = [name for name in changed if (self.repo / name).is_symlink()]
        folders = [name for name in changed if (self.repo / name / ".git").exists()]
        known = git.kinds_at(self.repo, start, folders) if folders else {}
        wrong = {name for name in folders if name not in known}
        carried = set(self.files()) if links else set()
        wrong |= {name for name in links if not self._leads_to(name, carried)}
        return tuple(sorted(wrong))

    def unseen(self, since_s: float) -> tuple[str, ...]:
        """Ignored files that were made or changed since a point in time; caches left out."""
        return tuple(name for name in self.ignored() if self._touched(name, since_s))

    def ignored(self) -> tuple[str, ...]:
        """Ignored files, some thousands at most; caches and packages left out."""
        found = (name for name in self._ignored() if not _CACHES & set(name.split("/")))
        return tuple(gate.work_of(list(itertools.islice(found, _MOST_IGNORED))))

    def patch(self, one: str, two: str) -> str:
        """The same as a patch to read; empty when nothing differs."""
        names = self.between(one, two)
        return git.diff(self.repo, one, two, names) if names else ""

    def hashes(self, names: Iterable[str]) -> dict[str, str]:
        """SHA-256 by path of whole files as they are; empty for one that is not there."""
        contents = {name: _content(self.repo / name) for name in names}
        return {
            name: "" if data is None else hashlib.sha256(data).hexdigest()
            for name, data in contents.items()
        }

    def digests(self, tree: str, names: Iterable[str], runs: Sequence[str] = ()) -> dict[str, str]:
        """Digest by path of files that are frozen, of their content at a commit or in a tree; one
        that is not there is left out. `runs`: the words of the commands that run tests.

        What git keeps is the same on every machine; what is on disk may have other line ends.
        """
        return gate.frozen(git.contents_at(self.repo, tree, list(names)), runs)

    def hashes_in(self, tree: str, names: Sequence[str]) -> dict[str, str]:
        """SHA-256 by path of whole files as git keeps them at a commit or in a tree, the same on
        every machine; empty for one that is not there.
        """
        there = git.contents_at(self.repo, tree, names)
        return {
            name: hashlib.sha256(there[name]).hexdigest() if name in there else "" for name in names
        }

    def has(self, tree: str) -> bool:
        """True when this commit or tree still exists here."""
        return git.exists(self.repo, tree)

    def commit_id(self, name: str) -> str:
        """The full id of a commit. Raises `NotFound`."""
        found = git.commit_id(self.repo, name)
        if not found:
            raise NotFound(f"no such commit: {name}", "git log --oneline shows them")
        return found

    def put_back(self, tree: str, names: Iterable[str], *, staged: bool = True) -> None:
        """Make these paths again what they are in `tree`: restored, or removed."""
        wanted = list(names)
        self.forget()
        loose = git.kinds_at(self.repo, tree, self.untracked(wanted)) if staged else {}
        git.restore(self.repo, tree, list(loose), staged=False)  # not in git it was, and stays
        git.restore(self.repo, tree, [one for one in wanted if one not in loose], staged=staged)
        for name in wanted:
            self._remove_empty_above(name)

    def commit(
        self,
        names: Sequence[str],
        message: str,
        trailers: Mapping[str, str],
        left_out: Sequence[str] = (),
    ) -> str:
        """Commit these paths and what changed in our workspace, nothing else; returns the id.

        `left_out`: patterns of what stays as it is in the workspace.
        """
        changes = git.changed_files(self.repo, [*names, self.root])
        own = [one.path for one in changes if self._is_ours(one.path)]
        # what passes may be tracked: added by a person on a branch without our rules
        passing = (name for name in own if is_passing(name.removeprefix(f"{self.root}/")))
        kept = (name for name in own if not matches(name, left_out))
        paths = {*names, *kept}.difference(passing)
        self.forget()  # a hook may change files
        made = git.commit(self.repo, sorted(paths), message, trailers, self.environ, changes)
        return made or self.head()

    @contextlib.contextmanager
    def checkout(self, commit: str) -> Iterator[Path]:
        """A fresh detached checkout of a commit or tree, gone afterwards."""
        with git.worktree(self.repo, commit) as place:
            yield place

    def link_packages(self, place: Path) -> None:
        """Let another checkout use the packages that are installed in ours."""
        packages.lend(self.repo, place)

    def _leads_to(self, name: str, carried: set[str]) -> bool:
        """True for a link to a file that is carried, to a folder with such, or to nothing."""
        place, top = self.repo / name, self.repo.resolve()
        target = place.resolve()
        if not os.path.lexists(target):
            return True
        if not target.is_relative_to(top):
            return False
        inside = target.relative_to(top).as_posix()
        return inside in carried or any(one.startswith(f"{inside}/") for one in carried)

    def _ignored(self) -> Iterator[str]:
        """Ignored files one by one, without those of caches and packages."""
        for name in git.ignored(self.repo):
            if self._is_ours(name) or _CACHES & set(name.split("/")):
                continue
            if not name.endswith("/"):
                yield name
                continue
            for folder, below, files in os.walk(self.repo / name):
                below[:] = [one for one in below if one not in _CACHES]
                inside = os.path.relpath(folder, self.repo)
                yield from (f"{inside}/{one}" for one in files)

    def _touched(self, name: str, since_s: float) -> bool:
        try:
            return (self.repo / name).lstat().st_ctime >= since_s
        except OSError:
            return False

    @property
    def _ours(self) -> str:
        return f"{self.root}/"

    def _is_ours(self, name: str) -> bool:
        return name.startswith(self._ours)

    def _is_theirs(self, name: str) -> bool:
        """What is left aside is nobody's work, nor are folders of packages by themselves: those are
        links of ours.
        """
        is_link_of_ours = name.rpartition("/")[2] in packages.FOLDERS
        return not (is_link_of_ours or name in self.aside or self._is_ours(name))

    def _remove_empty_above(self, name: str) -> None:
        for folder in (self.repo / name).parents:
            if folder == self.repo:
                return
            try:
                folder.rmdir()
            except OSError:
                return


def _content(path: Path) -> bytes | None:
    """The content of a file; of a link: where it points; None for anything else."""
    try:
        if path.is_symlink():
            return str(path.readlink()).encode()
        return path.read_bytes() if path.is_file() else None  # a pipe would never end
    except OSError:
        return None
