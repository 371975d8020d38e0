"""What nobody else may change while a task is done, and what is put back when somebody has.

State, evidence and history of the feature; what the plan says of proof; the files by which git is
told what to do and what to look away from; refs, branch and tip. A hold is taken when a task begins
and checked after all that runs code of others: calls of the agent, test runs, hooks. What our own
process writes in between is told to it. Words of the plan (titles, reasons) are for people and
models to edit: such a change is told and stays. Nothing is put back without a copy in the logs.
"""

import json
import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ai_sessions import git, git_files
from ai_sessions.config import PROJECT_JSON
from ai_sessions.disk import files
from ai_sessions.environment import MARK
from ai_sessions.errors import ConfigError, NeedsPerson, StorageError
from ai_sessions.plurals import listed
from ai_sessions.providers.contract import Edits
from ai_sessions.workflow import authors
from ai_sessions.workflow.carriers import has_proof
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.events import set_aside
from ai_sessions.workspace.features import folders_of_others
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.logs import save_log
from ai_sessions.workspace.plan_file import check_text

_MOST_BYTES = 8 << 20
#: Notes of a task in `cache/`, `KIND-TASK.json`.
_CACHED = ("running", "packages")
_EVENTS = "events.jsonl"
#: Derived by us and believed by us: dropped when somebody else has written there.
_DERIVED = ("cache/plan.json", "cache/carriers.json")
#: Of the whole workspace, edited by people.
_SETTINGS = ("../config.yaml", "../.gitignore")
#: Of `.git`: what git runs, leaves out or turns into something else, and what people approved.
_CONTROL = ("hooks", "info", "ai-sessions")
#: Settings of git that start nothing and hide nothing; commands in another window make them too.
_HARMLESS = re.compile(r"(?:branch|remote|user|submodule|pull|push)\.")
#: What a plan says of a task that no gate depends on.
_WORDS = ("title", "why", "done_when", "size")
#: Folders of other features that hold records of their tasks.
_ROOMS = ("state", "evidence")
#: inode, size, times of content and of the entry: the last cannot be set back by a program.
_Mark = tuple[int, int, int, int]


class Hold:
    """Workspace and repository as they are now. `task`: the one that is done; `others`: those that
    are done at the same time; `untracked`: a person's files that git does not track.
    """

    def __init__(
        self,
        space: Workspace,
        tree: Tree,
        task: str,
        others: tuple[str, ...] = (),
        untracked: tuple[str, ...] = (),
    ) -> None:
        self._space = space
        self._tree = tree
        self._task = task
        self._others = others
        self.untracked = untracked
        self._alone = tree.repo == Path(space.repo)  # else who began them all holds `.git`
        in_json = os.path.join(space.repo, PROJECT_JSON)
        self._settings = (*_SETTINGS, os.path.relpath(in_json, space.folder))
        self._content = self._records()
        self._derived = {name: _read(space.path(name)) for name in _DERIVED}
        self._events = _read(space.path(_EVENTS)) or b""
        self._plan = space.text("plan.yaml")
        self._files = tree.look() if untracked else ""
        self._control = Control(tree.repo, space) if self._alone else None
        self._others_records = OtherFeatures(space, tree) if self._alone else None
        self._overlooked = git.overlooked(tree.repo)
        self.branch = git.branch(tree.repo)
        self.tip = tree.head()
        self._moves = _read(self._moves_file)

    def wrote(self, *names: str) -> None:
        """Our own process has written these files of the workspace."""
        for name in names:
            content = _read(self._space.path(name))
            if content is None:
                self._content.pop(name, None)
            else:
                self._content[name] = content

    def moved(self) -> None:
        """The tip is where it belongs: our own process has made a commit, or an agent may have."""
        self.tip = self._tree.head()
        self._moves = _read(self._moves_file)
        if self._control:
            self._control.moved()

    def put_back(
        self,
        edits: Edits | None = None,
        decide: Callable[[Sequence[str]], Collection[str]] = tuple,
        *,
        settle: bool = False,
    ) -> list[str]:
        """Make all of it what it was, branch and tip aside; what had changed, for people.

        `edits`: what an agent did to files meanwhile; None: nobody knows. `decide`: which of these
        names decide how tests run. `settle`: also look for what git cannot take in.
        """
        self._tree.forget()
        if not os.path.lexists(self._tree.repo / ".git"):
            raise NeedsPerson(
                f"{self._tree.repo}/.git was removed meanwhile, with all commits in it",
                "the files are as they were left; move .git back from a clone or a backup",
            )
        if git_files.commit(str(self._tree.repo)) != self.tip and not self._tree.has(self.tip):
            raise NeedsPerson(
                f"{self._tree.repo}/.git is another repository now: {self.tip[:9]} is not in it",
                "the files are as they were left; move the .git of a clone or a backup back",
            )
        told = self._control.put_back() if self._control else []
        told += self._look_again()  # from here on git does as it did before
        told += self._settle_where_needed() if settle else []
        self._drop_forged()
        told += self._put_back_records() + self._put_back_untracked(edits, decide)
        told += self._put_back_history() + self._put_back_plan() + self._put_back_others()
        if told:
            self._tree.forget()
        return told

    def _settle_where_needed(self) -> list[str]:
        """The look that comes next shows whether there is something that git cannot take in."""
        try:
            self._tree.look()
        except ConfigError:
            return self.settle()
        return []

    def settle(self) -> list[str]:
        """Make way for what git cannot take in at all: a pipe in place of a file, a repository
        without a commit. What was done, for people.
        """
        self._tree.forget()
        return _settle(self._tree.repo, self._space)

    def take_commits_back(self) -> list[str]:
        """Commits that rewrite ours or claim a proof are taken back; their changes stay."""
        repo, tip, now = self._tree.repo, self.tip, self._tree.head()
        if git.is_ancestor(repo, tip, now) and not has_proof(repo, tip, now):
            return []
        git.go_back(repo, tip)
        self._tree.forget()  # what was committed although git ignores it is no longer known to git
        return ["the agent's own commits were taken back; their changes are judged as all others"]

    @property
    def is_moved_by_a_child(self) -> bool:
        """True when all moves of HEAD since are of children of ours, as git's own history says."""
        before, now = self._moves, _read(self._moves_file)
        if now is None or not now.startswith(before or b""):
            return False
        new = now[len(before or b"") :].splitlines()
        return bool(new) and all(_is_marked(line) for line in new)

    # -- git

    @property
    def _moves_file(self) -> Path:
        return Path(git_files.git_folder(str(self._tree.repo)), "logs", "HEAD")

    def _look_again(self) -> list[str]:
        """Files that git was told to look away from are looked at again."""
        hidden = sorted(git.overlooked(self._tree.repo) - self._overlooked)
        if not hidden:
            return []
        git.look_at(self._tree.repo, hidden)
        return [f"git was told to overlook {listed(hidden)}; it looks again"]

    def _put_back_untracked(
        self, edits: Edits | None, decide: Callable[[Sequence[str]], Collection[str]]
    ) -> list[str]:
        """A person's files that git does not track are in no commit of ours. What the agent did to
        them goes back; what nobody explains may be the person's own, so what was there is kept.
        """
        if not self._files:
            return []
        before, now = self._files, self._tree.look()
        between = self._tree.between(before, now)
        changed = [name for name in between if name in self.untracked]
        if not changed:
            return []
        repo, theirs = self._tree.repo, list[str]()
        if edits is not None:
            deciding = decide(changed)
            unexplained = authors.unexplained(edits, repo, changed, ())
            theirs = [name for name in unexplained if name not in deciding]
        told = []
        if wrong := [name for name in changed if name not in theirs]:
            log = self._save_patch(before, now, wrong)
            git.restore(repo, before, wrong, staged=False)
            self._tree.forget()
            told = [f"put back {listed(wrong)} (not in git, so not its to change); kept in {log}"]
        if theirs:
            log = self._save_patch(now, before, theirs)
            told.append(f"left {listed(theirs)} as it is now; as it was it is kept in {log}")
            self._files = self._tree.look()
        return told

    def _save_patch(self, before: str, after: str, names: Sequence[str]) -> str:
        patch = git.patch(self._tree.repo, before, after, names)
        return save_log(self._space, f"{self._task}-untracked.patch", patch)

    # -- the workspace

    def _records(self) -> dict[str, bytes]:
        """State and evidence by name, of those tasks alone that nobody else may be at work on."""
        top = Path(self._space.folder)
        folders = (top / "state", top / "evidence")
        found = [path for folder in folders for path in folder.rglob("*.json")]  # no drafts
        found += [path for kind in _CACHED for path in (top / "cache").glob(f"{kind}-*.json")]
        held = {
            path.relative_to(top).as_posix(): content
            for path in found
            if self._is_held(_task(path)) and (content := _read(path)) is not None
        }
        names = self._settings if self._alone else ()
        settings = {name: _read(self._space.path(name)) for name in names}
        return held | {name: content for name, content in settings.items() if content is not None}

    def _is_held(self, task: str) -> bool:
        return task not in self._others if self._alone else task == self._task

    def _put_back_records(self) -> list[str]:
        before, now = self._content, self._records()
        laid_out = {name for name in now if _says_the_same(before.get(name), now[name])}
        before |= {name: now[name] for name in laid_out}  # by a hook that formats JSON
        moved = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
        changed = [name for name in moved if not self._came_with_head(name, now.get(name))]
        if not changed:
            return []
        logs = [
            _kept(self._space, os.path.basename(name), now[name])
            for name in changed
            if name in self._settings and name in now
        ]
        for name in changed:
            path = self._space.path(name)
            with files.reported(path):
                if name in before:
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    files.replace(path, before[name], mode=0o644)
                else:
                    os.unlink(path)
        shown = [os.path.basename(name) if name in self._settings else name for name in changed]
        told = f"put back {listed(shown)} (only ai-sessions writes there)"
        return [f"{told}; kept in {listed(logs)}" if logs else told]

    def _put_back_others(self) -> list[str]:
        """Records of other features; those of a commit that a person has gone to stay."""
        if self._others_records is None:
            return []
        if self._is_elsewhere:
            self._others_records.accept()
            return []
        return self._others_records.put_back()

    def _put_back_history(self) -> list[str]:
        """The history only grows: what was there is there again, lines that came are kept."""
        now = _read(self._space.path(_EVENTS)) or b""
        before, self._events = self._events, now
        if now.startswith(before) or self._came_with_head(_EVENTS, now or None):
            return []
        known = set(before.splitlines())
        new = [line + b"\n" for line in now.splitlines() if line not in known]
        self._events = before + b"".join(new)
        if self._is_elsewhere:
            there = self._at_head(_EVENTS)
            leave_history(self._space, there, self._events)
            self._tree.forget()
            self._events = there or b""
            return []
        with files.reported(self._space.path(_EVENTS)):
            files.replace(self._space.path(_EVENTS), self._events, mode=0o644)
        return [f"put back {_EVENTS} (only ai-sessions writes there)"]

    def _put_back_plan(self) -> list[str]:
        """What proves a task stays as it was planned; other words are told and stay."""
        now = (_read(self._space.path("plan.yaml")) or b"").decode("utf-8", "replace")
        if now == self._plan or self._came_with_head("plan.yaml", now.encode() or None):
            return []
        if _binding(self._space, now) == _binding(self._space, self._plan):
            self._plan = now
            return ["plan.yaml changed while the agent was at work; is that what you want?"]
        kept = save_log(self._space, "changed-plan.yaml", now)
        self._space.write(self._plan, "plan.yaml")
        return [f"put back plan.yaml: what proves its tasks was changed meanwhile; kept in {kept}"]

    def _came_with_head(self, name: str, content: bytes | None) -> bool:
        """Whether a file of the workspace is what it is in a commit that a person has gone to, with
        `git pull` or `git switch`: it came from there, and put back it would be in git's way.
        """
        return self._is_elsewhere and self._at_head(name) == content

    @property
    def _is_elsewhere(self) -> bool:
        """True when a person has moved HEAD."""
        repo = self._tree.repo
        is_here = git.branch(repo) == self.branch and self._tree.head() == self.tip
        return not is_here and not self.is_moved_by_a_child

    def _at_head(self, name: str) -> bytes | None:
        path = os.path.normpath(self._space.relative(name))
        return git.content_at(self._tree.repo, self._tree.head(), path)

    def _drop_forged(self) -> None:
        """Whoever changed them: they are made anew."""
        for name, before in self._derived.items():
            if _read(self._space.path(name)) != before:
                with suppress(FileNotFoundError):
                    os.unlink(self._space.path(name))
                self._derived[name] = None


def free_way(space: Workspace, tree: Tree) -> None:
    """Let nobody who goes to another branch find a history of ours in the way."""
    if history := _read(space.path(_EVENTS)):
        path = os.path.normpath(space.relative(_EVENTS))
        leave_history(space, git.content_at(tree.repo, tree.head(), path), history)


def leave_history(space: Workspace, there: bytes | None, history: bytes) -> None:
    """Lines of ours are kept for when the branch is here again; where somebody has gone instead
    they would be in the way back. `there`: the history in the commit that is checked out.
    """
    known = set((there or b"").splitlines(keepends=True))
    lines = [line for line in history.splitlines(keepends=True) if line not in known]
    set_aside(space, b"".join(lines))
    path = space.path(_EVENTS)
    with files.reported(path):
        if there is None:
            os.unlink(path)
        else:
            files.replace(path, there, mode=0o644)


@contextmanager
def git_held(repo: Path, space: Workspace) -> Iterator[list[str]]:
    """Hold what tells git what to do while several agents are at work; what was put back."""
    control = Control(repo, space)
    told: list[str] = []
    try:
        yield told
    finally:
        told += control.put_back()


class Control:
    """The files in `.git` that tell git what to do, and the refs, as they are now."""

    def __init__(self, repo: Path, space: Workspace) -> None:
        self._repo = repo
        self._space = space
        self._folder = Path(git_files.common_folder(str(repo)))
        self._files = self._found()
        self._configs = {path: _read(path) for path in self._config_files()}
        self._refs = self._all_refs()
        self._log_sizes = self._sizes()

    def moved(self) -> None:
        """Refs are as they should be."""
        self._refs, self._log_sizes = self._all_refs(), self._sizes()

    def put_back(self) -> list[str]:
        """Make them what they were; what had changed, for people."""
        told = self._put_back_settings() + self._put_back_refs()
        now = self._found()
        changed = [
            path for path in {**self._files, **now} if self._files.get(path) != now.get(path)
        ]
        if not changed:
            return told
        logs = [_kept(self._space, path.name, now[path][0]) for path in changed if path in now]
        for path in changed:
            if path in self._files:
                _write(path, *self._files[path])
            else:
                os.unlink(path)
        names = sorted(path.relative_to(self._folder.parent).as_posix() for path in changed)
        shown = f"put back {listed(names)} (not an agent's to change)"
        return [*told, f"{shown}; kept in {listed(logs)}" if logs else shown]

    def _put_back_settings(self) -> list[str]:
        told = []
        for path, before in self._configs.items():
            now = _read(path)
            if now == before:
                continue
            wrong = self._wrong_settings(before, path)
            if not wrong:
                self._configs[path] = now  # made in another window, perhaps
                continue
            log = f"; kept in {_kept(self._space, path.name, now)}" if now is not None else ""
            if before is None:
                path.unlink(missing_ok=True)
            else:
                _write(path, before, 0o644)
            shown = f"{listed(wrong)} is not an agent's to change"
            told.append(f"put back .git/{path.name} ({shown}){log}")
        return told

    def _wrong_settings(self, before: bytes | None, path: Path) -> list[str]:
        """The keys that differ and could start or hide something."""
        was, now = (frozenset(git.settings_in(one or b"")) for one in (before, _read(path)))
        changed = {entry.partition("\n")[0] for entry in was ^ now}
        return sorted(key for key in changed if not _HARMLESS.match(key))

    def _put_back_refs(self) -> list[str]:
        """Branches, remote ones and tags that a child of ours moved; a person's moves stay."""
        now = self._all_refs()
        current = f"refs/heads/{git.branch(self._repo)}"
        told: list[str] = []
        moved = [ref for ref in {**self._refs, **now} if self._refs.get(ref) != now.get(ref)]
        for ref in sorted(moved):
            before = self._refs.get(ref, "")
            if ref != current and before and self._is_moved_by_a_child(ref):
                git.set_ref(self._repo, ref, before)
                told.append(f"put back {ref} (it was {now.get(ref, 'deleted')[:9]})")
            else:
                told += self._told_of(ref, before, now.get(ref, ""))
        self.moved()
        return told

    def _told_of(self, ref: str, before: str, now: str) -> list[str]:
        """What is left as it is because it cannot be undone here, or may be a person's own doing.
        git does not say who pushed, stashed or deleted. `before`, `now`: ids; empty: not there.
        """
        if not now and ref.startswith(("refs/heads/", "refs/tags/", "refs/stash")):
            return [f"{ref} was deleted meanwhile; to have it back: git update-ref {ref} {before}"]
        if now and ref == "refs/stash":
            return ["changes were stashed meanwhile; see: git stash list"]
        if ref.startswith("refs/remotes/") and self._is_pushed(ref):
            name = ref.removeprefix("refs/remotes/")
            return [f"{name} was pushed to meanwhile (it was {before[:9] or 'not there'})"]
        return []

    def _config_files(self) -> list[Path]:
        own = Path(git_files.git_folder(str(self._repo)))
        return [self._folder / "config", own / "config.worktree"]

    def _all_refs(self) -> dict[str, str]:
        """The id of each ref, as its own file or the list of them says."""
        found: dict[str, str] = {}
        packed = (_read(self._folder / "packed-refs") or b"").decode("utf-8", "replace")
        for line in packed.splitlines():
            id_, _, ref = line.partition(" ")
            if ref.startswith("refs/"):
                found[ref] = id_
        for path in _below(self._folder / "refs"):
            content = _read(path)
            if content is not None and not content.startswith(b"ref: "):
                name = path.relative_to(self._folder).as_posix()
                found[name] = content.decode("utf-8", "replace").strip()
        return found

    def _sizes(self) -> dict[str, int]:
        """How long the history of each ref is."""
        top = self._folder / "logs"
        found = [path for path in _below(top / "refs") if path.is_file()]
        return {path.relative_to(top).as_posix(): path.stat().st_size for path in found}

    def _is_moved_by_a_child(self, ref: str) -> bool:
        new = self._new_moves(ref)
        return bool(new) and all(map(_is_marked, new))

    def _is_pushed(self, ref: str) -> bool:
        return any(line.endswith(b"\tupdate by push") for line in self._new_moves(ref))

    def _new_moves(self, ref: str) -> list[bytes]:
        """The lines that its history got since."""
        history = _read(self._folder / "logs" / ref) or b""
        return history[self._log_sizes.get(ref, 0) :].splitlines()

    def _found(self) -> dict[Path, tuple[bytes, int]]:
        found: dict[Path, tuple[bytes, int]] = {}
        for name in _CONTROL:
            for path in _below(self._folder / name):
                content = None if path.name.endswith(".sample") else _read(path)
                if content is not None:
                    found[path] = content, path.stat().st_mode & 0o777
        return found


class OtherFeatures:
    """State and evidence of the features that are not worked on, as they are now.

    One command at a time works in a working tree, so whatever is written there is an agent's, or
    that of code an agent wrote. Looked at by sizes and times alone: a repository may have many.
    """

    def __init__(self, space: Workspace, tree: Tree) -> None:
        self._space = space
        self._tree = tree
        self._seen = tree.snapshot()
        self._marks = self._found()

    def put_back(self) -> list[str]:
        """Make them what they were; what had changed, for people."""
        now = self._found()
        before, self._marks = self._marks, now
        changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
        if not changed:
            return []
        git.restore(self._tree.repo, self._seen, changed, staged=False)
        self._tree.forget()
        self._marks = self._found()
        return [f"put back {listed(changed)} (only ai-sessions writes there)"]

    def accept(self) -> None:
        """Take them as they are now: a person has gone to another commit, which has others."""
        now = self._found()
        if now != self._marks:
            self._seen = self._tree.look()
        self._marks = now

    def _found(self) -> dict[str, _Mark]:
        """Mark by path, relative to the repository."""
        repo = self._tree.repo
        folders = (repo / name for name in folders_of_others(self._space))
        return {
            os.path.relpath(path, repo): mark
            for folder in folders
            if not folder.is_symlink()
            for room in _ROOMS
            for path in (folder / room).rglob("*.json")
            if (mark := _mark(path))
        }


def _says_the_same(one: bytes | None, other: bytes) -> bool:
    """True for two different forms of one JSON object."""
    if one in (None, other):
        return False
    with suppress(ValueError):
        return bool(json.loads(one or b"") == json.loads(other))
    return False


def _mark(path: Path) -> _Mark | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _is_marked(line: bytes) -> bool:
    """True for a line of a ref's history about a move that a child of ours made."""
    return line.partition(b"\t")[2].startswith(MARK.encode())


def _settle(repo: Path, space: Workspace) -> list[str]:
    """What git cannot take in at all: a pipe in place of a file, a repository without a commit."""
    told = []
    for name in git.unsettled(repo):
        place = repo / name
        if name.endswith("/"):
            if not git.head(place) and (place / ".git").is_dir():
                kept = space.path("logs", f"{os.urandom(4).hex()}-git")
                os.makedirs(os.path.dirname(kept), exist_ok=True)
                (place / ".git").rename(kept)
                told.append(f"{name} was made a repository of its own; it is none any more")
        elif _is_special(place):
            place.unlink()
            told.append(f"removed {name}, which was no file any more")
    return told


def _is_special(place: Path) -> bool:
    return not (place.is_symlink() or place.is_file() or place.is_dir()) and os.path.lexists(place)


def _binding(space: Workspace, text: str) -> object:
    """What a plan says of commands, files, order and money."""
    document, found = check_text(space, text)
    if not document or any(one.level == "error" for one in found):
        return None
    tasks = [task for phase in document["phases"] for task in phase["tasks"]]
    return [
        {name: document.get(name) for name in ("defaults", "budget_usd", "acceptance")},
        [{key: task[key] for key in task if key not in _WORDS} for task in tasks],
    ]


def _below(folder: Path) -> list[Path]:
    """What is below a folder and is no folder; `rglob` takes ten times as long."""
    return [Path(top, name) for top, _folders, names in os.walk(folder) for name in names]


def _task(path: Path) -> str:
    """The task a file of `state/`, `evidence/` or `cache/` is about."""
    if path.parent.name == "cache":
        return path.stem.partition("-")[2]
    return path.parent.name if path.parent.parent.name == "evidence" else path.stem


def _kept(space: Workspace, name: str, content: bytes) -> str:
    """Keep what was somebody's; returns its path."""
    return save_log(space, f"changed-{name}", content)


def _read(path: Path | str) -> bytes | None:
    """The content of a plain file; None for anything else. Never waits for a pipe."""
    try:
        return files.read_bytes(path, _MOST_BYTES)
    except (OSError, ValueError, StorageError):
        return None


def _write(path: Path, content: bytes, mode: int) -> None:
    with files.reported(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace(path, content, mode=mode)
