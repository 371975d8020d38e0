"""What an agent may not touch during a call, and what is put back when it has.

State, evidence and history of the feature; what the plan says of proof; the files by which git is
told what to do and what to look away from; the tip of the branch. Words of the plan (titles,
reasons) are for people and models to edit: such a change is told and stays.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ai_sessions import git, git_files
from ai_sessions.disk import files
from ai_sessions.errors import NeedsPerson, StorageError
from ai_sessions.plurals import listed
from ai_sessions.workflow import hints
from ai_sessions.workflow.state import has_proof
from ai_sessions.workflow.task import Work
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.logs import save_log
from ai_sessions.workspace.plan_file import check_text

_MOST_BYTES = 8 << 20
_EVENTS = "events.jsonl"
#: Derived by us and believed by us: dropped when an agent has written there.
_DERIVED = ("cache/plan.json", "cache/commits.json")
#: Of the whole workspace, edited by people; what was in it is kept in the logs.
_SETTINGS = ("../config.yaml", "../.gitignore")
#: Of `.git`: what git runs, leaves out or turns into something else, and what people approved.
_CONTROL = ("hooks", "info", "ai-sessions")
#: Settings of git that start nothing and hide nothing; commands in another window make them too.
_HARMLESS = re.compile(r"(?:branch|remote|user|submodule|pull|push)\.")
#: What a plan says of a task that no gate depends on.
_WORDS = ("title", "why", "done_when", "size")


@contextmanager
def guarded(work: Work) -> Iterator[None]:
    """Hold workspace and repository for the length of a call of a task's agent.

    Raises `NeedsPerson` when the agent has gone to another branch.
    """
    repo = work.tree.repo
    before, derived, plan = _content(work), _derived(work.space), work.space.text("plan.yaml")
    events = _read(work.space.path(_EVENTS)) or b""
    files_before = work.tree.snapshot() if work.untracked else ""
    branch, tip, looked_over = git_files.branch(str(repo)), work.tree.head(), git.overlooked(repo)
    alone = repo == Path(work.space.repo)  # among others, who begins them all holds `.git`
    control = _Control(repo) if alone else None
    try:
        yield
    finally:
        work.tree.forget()
        told = control.put_back() if control else []
        told += _look_again(repo, looked_over) + _settle(work)
        _drop_forged(work.space, derived)
        told += _put_back(work, before)
        told += _put_back_untracked(work, files_before)
        told += _put_back_history(work.space, events) + _put_back_plan(work, plan)
        work.warn([f"{work.task.id}: {one}" for one in told])
    _need_branch(work, branch)
    work.warn([f"{work.task.id}: {one}" for one in _take_commits_back(work.tree, tip)])


@contextmanager
def git_held(repo: Path) -> Iterator[list[str]]:
    """Hold what tells git what to do while several agents are at work; what was put back."""
    control = _Control(repo)
    told: list[str] = []
    try:
        yield told
    finally:
        told += control.put_back()


def _put_back_untracked(work: Work, before: str) -> list[str]:
    """A person's files that git does not track are in no commit of ours; the agent's version of
    them is kept in the logs.
    """
    if not before:
        return []
    now = work.tree.snapshot()
    changed = [name for name in work.tree.between(before, now) if name in work.untracked]
    if not changed:
        return []
    patch = git.diff(work.tree.repo, before, now, changed)
    log = save_log(work.space, f"{work.task.id}-untracked.patch", patch)
    git.restore(work.tree.repo, before, changed, staged=False)
    work.tree.forget()
    return [f"put back {listed(changed)} (not in git, so not an agent's to change); kept in {log}"]


# -- git


class _Control:
    """The files in `.git` that tell git what to do, as they are now."""

    def __init__(self, repo: Path) -> None:
        self._repo = repo
        self._files = self._found()
        self._configs = self._found_configs()

    def put_back(self) -> list[str]:
        """Make them what they were; what had changed, for people."""
        told = self._put_back_settings()
        now = self._found()
        changed = [
            path for path in {**self._files, **now} if self._files.get(path) != now.get(path)
        ]
        for path in changed:
            if path in self._files:
                _write(path, *self._files[path])
            else:
                os.unlink(path)
        names = sorted(path.relative_to(self._folder.parent).as_posix() for path in changed)
        return [*told, f"put back {listed(names)} (not an agent's to change)"] if names else told

    def _put_back_settings(self) -> list[str]:
        now = self._found_configs()
        if now == self._configs:
            return []
        entries = _settings(self._configs) ^ _settings(now)
        wrong = {entry.partition("\n")[0] for entry in entries}
        wrong = {key for key in wrong if not _HARMLESS.match(key)}
        if not wrong:
            return []
        for path, content in self._configs.items():
            if content is None:
                path.unlink(missing_ok=True)
            elif content != now[path]:
                _write(path, content, 0o644)
        return [f"put back .git/config ({listed(sorted(wrong))} is not an agent's to change)"]

    @property
    def _folder(self) -> Path:
        return Path(git_files.common_folder(str(self._repo)))

    def _found_configs(self) -> dict[Path, bytes | None]:
        own = Path(git_files.git_folder(str(self._repo)))
        return {path: _read(path) for path in (self._folder / "config", own / "config.worktree")}

    def _found(self) -> dict[Path, tuple[bytes, int]]:
        found: dict[Path, tuple[bytes, int]] = {}
        for name in _CONTROL:
            for path in (self._folder / name).rglob("*"):
                content = _read(path)
                if content is not None and not path.name.endswith(".sample"):
                    found[path] = content, path.stat().st_mode & 0o777
        return found


def _settings(configs: Mapping[Path, bytes | None]) -> frozenset[str]:
    return frozenset(one for text in configs.values() if text for one in git.settings_in(text))


def _look_again(repo: Path, before: frozenset[str]) -> list[str]:
    """Files that git was told to look away from are looked at again."""
    hidden = sorted(git.overlooked(repo) - before)
    if not hidden:
        return []
    git.look_at(repo, hidden)
    return [f"git was told to overlook {listed(hidden)}; it looks again"]


def _settle(work: Work) -> list[str]:
    """What git cannot take in at all: a pipe in place of a file, a repository without a commit."""
    repo, told = work.tree.repo, []
    for name in git.unsettled(repo):
        place = repo / name
        if name.endswith("/"):
            if not git.head(place) and (place / ".git").is_dir():
                kept = work.space.path("logs", f"{os.urandom(4).hex()}-git")
                os.makedirs(os.path.dirname(kept), exist_ok=True)
                (place / ".git").rename(kept)
                told.append(f"{name} was made a repository of its own; it is none any more")
        elif _is_special(place):
            place.unlink()
            told.append(f"removed {name}, which was no file any more")
    return told


def _is_special(place: Path) -> bool:
    return not (place.is_symlink() or place.is_file() or place.is_dir()) and os.path.lexists(place)


def _need_branch(work: Work, branch: str) -> None:
    now = git_files.branch(str(work.tree.repo))
    if now != branch:
        told = f"the agent left {_shown(branch)} for {now or 'a detached HEAD'}"
        again = hints.implement(work.space.feature, work.task.id)
        back = f"git switch {branch or '--detach ' + work.began}"
        raise NeedsPerson(f"{work.task.id}: {told}", f"{back}; {again}")


def _shown(branch: str) -> str:
    return f"branch {branch}" if branch else "a detached HEAD"


def _take_commits_back(tree: Tree, tip: str) -> list[str]:
    """Commits that rewrite ours or claim a proof are taken back; their changes stay as changes."""
    now = tree.head()
    if now == tip or (git.is_ancestor(tree.repo, tip, now) and not has_proof(tree.repo, tip, now)):
        return []
    git.go_back(tree.repo, tip)
    return ["the agent's own commits were taken back; their changes are judged as all others"]


# -- the workspace


def _put_back(work: Work, before: Mapping[str, bytes]) -> list[str]:
    now = _content(work)
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    for name in changed:
        path = work.space.path(name)
        if name in _SETTINGS and name in now:
            save_log(
                work.space,
                f"changed-{os.path.basename(name)}",
                now[name].decode("utf-8", "replace"),
            )
        with files.reported(path):
            if name in before:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                files.replace(path, before[name], mode=0o644)
            else:
                os.unlink(path)
    shown = [os.path.basename(name) if name in _SETTINGS else name for name in changed]
    return [f"put back {listed(shown)} (only ai-sessions writes there)"] if changed else []


def _put_back_history(space: Workspace, before: bytes) -> list[str]:
    """The history only grows: what was there is there again, lines that came are kept."""
    now = _read(space.path(_EVENTS)) or b""
    if now.startswith(before):
        return []
    known = set(before.splitlines())
    new = [line + b"\n" for line in now.splitlines() if line not in known]
    with files.reported(space.path(_EVENTS)):
        files.replace(space.path(_EVENTS), before + b"".join(new), mode=0o644)
    return [f"put back {_EVENTS} (only ai-sessions writes there)"]


def _put_back_plan(work: Work, before: str) -> list[str]:
    """What proves a task stays as it was planned; other words are told and stay."""
    now = (_read(work.space.path("plan.yaml")) or b"").decode("utf-8", "replace")
    if now == before:
        return []
    if _binding(work.space, now) == _binding(work.space, before):
        return ["plan.yaml changed while the agent was at work; is that what you want?"]
    kept = save_log(work.space, "changed-plan.yaml", now)
    work.space.write(before, "plan.yaml")
    return [f"put back plan.yaml: what proves its tasks was changed meanwhile; kept in {kept}"]


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


def _derived(space: Workspace) -> dict[str, bytes | None]:
    return {name: _read(space.path(name)) for name in _DERIVED}


def _drop_forged(space: Workspace, before: Mapping[str, bytes | None]) -> None:
    """Whoever changed them: they are made anew."""
    for name, content in _derived(space).items():
        if content != before[name]:
            with suppress(FileNotFoundError):
                os.unlink(space.path(name))


def _content(work: Work) -> dict[str, bytes]:
    """State and evidence by name, of those tasks alone that nobody else may be at work on."""
    top = Path(work.space.folder)
    in_worktree = work.tree.repo != Path(work.space.repo)
    folders = (top / "state", top / "evidence")
    found = [path for folder in folders for path in folder.rglob("*.json")]  # no drafts of others
    found += (top / "cache").glob("running-*.json")
    held = {
        str(path.relative_to(top)): content
        for path in found
        if (_task(path) == work.task.id if in_worktree else _task(path) not in work.options.others)
        and (content := _read(path)) is not None
    }
    names = () if in_worktree else _SETTINGS
    settings = {name: _read(work.space.path(name)) for name in names}
    return held | {name: content for name, content in settings.items() if content is not None}


def _task(path: Path) -> str:
    """The task a file of `state/`, `evidence/` or `cache/` is about."""
    in_evidence = path.parent.parent.name == "evidence"
    return path.parent.name if in_evidence else path.stem.removeprefix("running-")


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
