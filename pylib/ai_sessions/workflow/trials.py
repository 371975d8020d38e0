"""Trials: finished tests without the work, with tests that must fail, and in a fresh checkout.

The first two run in the working tree itself, where the tests find what they found before
(packages, builds, editable installs), and where nothing has to be checked out. The work is kept as
a tree of git's meanwhile, named in the note of the run, so that it comes back after `kill -9` too.
"""

import math
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from ai_sessions import gate, git
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan.document import Task
from ai_sessions.plan.paths import matches
from ai_sessions.plurals import listed
from ai_sessions.testing import hollow as hollow_sources
from ai_sessions.testing import planted
from ai_sessions.testing.contract import Run
from ai_sessions.workflow.checkout import lost, missed
from ai_sessions.workflow.task import Before, Work
from ai_sessions.workflow.tests import Runs
from ai_sessions.workspace.tasks import RunNote, read_evidence, read_run

_MOST_FILES = 10


def without_the_work(
    work: Work, before: Before, start: str, done: Run, most_s: float
) -> tuple[gate.Verdict, tuple[str, ...]]:
    """Whether the tests depend on the work, and files whose version of `start` none notices.

    `done`: the tests with the work; `most_s`: how long they may take in a trial.
    """
    every = work.tree.changed(start)
    tried = every[:_MOST_FILES]
    if left := len(every) - len(tried):
        told = f"{left} of {len(every)} changed files were not tried for teeth"
        work.warn([f"{work.task.id}: {told}"])
    proved = work.tree.snapshot()
    hollow = _hollow(work, start, every)
    new = done.ids("passed") - (before.tests.ids("passed") if before.tests else frozenset())
    trial = _Trial(work, proved, start, most_s)
    with _kept(work, proved, [*every, *planted.files_of(work.task.tests)]):
        with work.held(settle=True):
            told = faked(work.runs, work.task, every)
        if told:
            return gate.faked(work.scope, told), ()
        if hollow and trial.passes(every, hollow, new):
            return _unmoved(work, before, start), ()
        alone = len(every) == 1
        if hollow and alone:
            return gate.Verdict(True, ""), ()
        found = tuple(name for name in tried if trial.passes([name]))
        if not hollow and len(found) == len(tried) and (alone or trial.passes(every)):
            return _unmoved(work, before, start), ()
    return gate.Verdict(True, ""), found


def _hollow(work: Work, start: str, names: Sequence[str]) -> dict[str, str]:
    """Sources with the names of the work and nothing that works, by path."""
    before = git.contents_at(work.tree.repo, start, names)
    found: dict[str, str] = {}
    for name in names:
        old = before[name].decode("utf-8", "replace") if name in before else None
        if text := hollow_sources.hollow(name, _text(work.tree.repo / name), old):
            found[name] = text
    return found


def is_needed(work: Work, start: str) -> bool:
    """True when the tests as they are now fail with the sources as they were at `start`."""
    proved = work.tree.snapshot()
    changed = work.tree.changed(start)
    names = [name for name in changed if not matches(name, work.task.test_paths)]
    with _kept(work, proved, names):
        return bool(names) and not _Trial(work, proved, start).passes(names)


def faked(runs: Runs, task: Task, sources: Sequence[str]) -> str:
    """How tests that must fail did not, with the task's test files changed for it; empty: fine.

    `sources`: what the task's work is.
    """
    name = f"planted{os.urandom(4).hex()}"
    files = planted.files_of(task.tests)
    with tempfile.TemporaryDirectory(prefix="ai-sessions-") as folder:
        mark = Path(folder, name)
        with _planted(runs.cwd, files, name, str(mark)) as is_planted:
            if not is_planted:
                return ""
            run = runs.whole_files(task, files, "planted failures")
        has_run = mark.exists()
    if passed := planted.passed(run, name):
        return f"passed ({len(passed)} of them)"
    if gate.run_class(run) != "pass":
        return ""
    if has_run:
        return "ran, and the command succeeded"
    code, tests = ("\n".join(_text(runs.cwd / one) for one in names) for names in (sources, files))
    is_left_out = run.counted and not run.opaque and not planted.ran(run, name)
    return "were not reported" if is_left_out and planted.deceives(code, tests) else ""


@contextmanager
def _planted(cwd: Path, files: Sequence[str], name: str, mark: str) -> Iterator[bool]:
    """With tests that must fail in these test files; False when none takes them. A file that
    somebody else writes meanwhile stays as it is.
    """
    laid: dict[Path, tuple[bytes, bytes]] = {}
    for path in (cwd / file for file in files):
        if path.is_symlink() or not path.is_file():
            continue
        if text := planted.with_failing(path.name, _text(path), name, mark):
            laid[path] = path.read_bytes(), text.encode()
            path.write_bytes(text.encode())
    try:
        yield bool(laid)
    finally:
        for path, (own, ours) in laid.items():
            if path.is_file() and path.read_bytes() == ours:
                path.write_bytes(own)


@dataclass(frozen=True, slots=True)
class _Trial:
    """Runs of the tests without the work. `proved`, `start`: trees of git's with it and without."""

    work: Work
    proved: str
    start: str
    most_s: float = math.inf

    def passes(
        self,
        names: Sequence[str],
        hollow: Mapping[str, str] = MappingProxyType({}),
        new: frozenset[str] = frozenset(),
    ) -> bool:
        """True when the tests pass with these files as they were, or hollow; where some are `new`
        (their ids), when those do: that old ones fail says nothing of the new.
        """
        work = self.work
        work.tree.put_back(self.start, names, staged=False)
        for name, text in hollow.items():
            _lay(work.tree.repo / name, text)
        laid = work.tree.hashes(names)
        step = f"teeth: {names[0] if len(names) == 1 else 'all'}"
        try:
            with work.held():
                run = work.runs.within(self.most_s).tests(work.task, step)
        finally:
            now = work.tree.hashes(names)
            if touched := [name for name in names if now[name] != laid[name]]:
                log = work.keep(self.start, touched, "put-back")
                told = f"{listed(touched)} changed in a trial without the work"
                work.warn([f"{work.task.id}: {told}; kept in {log}"])
            work.tree.put_back(self.proved, names, staged=False)
        return gate.run_class(run) == "pass" or bool(new and new <= run.ids("passed"))


def _lay(path: Path, text: str) -> None:
    """A source that was not there before its work may have been a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    if text.startswith("#!"):
        path.chmod(0o755)


def _unmoved(work: Work, before: Before, start: str) -> gate.Verdict:
    """The tests pass without the work; where ignored builds are tested, a fresh checkout tells."""
    if not work.tree.unseen(work.since):
        return gate.unmoved(work.scope)
    if not is_possible(work, before):
        told = "its tests pass without the work too, and a fresh checkout cannot be tested"
        return gate.Verdict(True, "", warnings=(f"{work.task.id}: {told}",))
    with work.tree.checkout(start) as place, work.held():
        run = work.checkouts.ready(place).tests(work.task, "teeth: fresh checkout")
    depends = gate.run_class(run) in ("fail", "error")
    return gate.Verdict(True, "") if depends else gate.unmoved(work.scope)


@contextmanager
def _kept(work: Work, proved: str, names: Sequence[str]) -> Iterator[None]:
    """The work is as it was afterwards, whatever was tried, and whoever killed us."""
    running = read_run(work.space, work.task.id) or RunNote()
    running.trial = (proved, names)
    work.save_run(running)
    was = work.tree.hashes(names)
    try:
        yield
    finally:
        now = work.tree.hashes(names)
        if touched := [name for name in names if now[name] != was[name]]:
            log = work.keep(proved, touched, "put-back")  # ours were planted; a person's may be too
            work.line.say(
                f"{work.task.id}: put back {listed(touched)} after the trials; kept in {log}"
            )
        work.tree.put_back(proved, names, staged=False)
        others = work.set_aside(proved)
    if others:
        raise work.edited_by_others(others, "during the trials")
    running.trial = None
    work.save_run(running)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8") if path.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return ""


# -- a fresh checkout: what git ignores is in no commit, and nobody else will get it


def judge_fresh(work: Work, before: Before) -> gate.Verdict:
    """Whether the tests pass without what git ignores; not run when nothing came that it does."""
    hidden = (*work.tree.unseen(work.since), *sorted(work.tree.aside))
    if not hidden:
        return gate.Verdict(True, "")
    with work.tree.checkout(work.tree.snapshot()) as place, work.held():
        git.restore(place, work.began, sorted(work.tree.aside), staged=False)
        run = work.checkouts.ready(place).tests(work.task, "fresh checkout")
        is_built = _is_built(work, run, place)
    work.tree.forget()
    if gate.run_class(run) == "pass":
        return gate.Verdict(True, "")
    if is_built or not is_possible(work, before):
        told = f"not proved in a fresh checkout, where the tests do not run ({gate.counts(run)})"
        return gate.Verdict(True, "", warnings=(f"{work.task.id}: {told}",))
    return gate.judge_fresh(work.scope, run, hidden)


def _is_built(work: Work, run: Run, place: Path) -> bool:
    """True where the tests miss what is built: it lies in a folder that was there, and ignored,
    before the task. Who names no `build` is told; `verify` takes it for proved nowhere.
    """
    kept = read_evidence(work.space, work.task.id, "baseline") or {}
    folders = tuple(name for name in kept.get("ignored") or () if name.endswith("/"))
    names = missed(work.tree, run, place) if folders and not work.checkouts.shown else ()
    return bool(names) and all(name.startswith(folders) for name in names)


def is_possible(work: Work, before: Before) -> bool:
    """False when a fresh checkout lacks what the tests of this project need, as it did before."""
    known = before.suite or before.tests
    if known is None or gate.run_class(known) != "pass":
        return True
    # before the tests of the task came: where they cannot be built, nothing of their package is
    base = (read_evidence(work.space, work.task.id, "baseline") or {}).get("base", "")
    start = base if base and work.tree.has(base) else work.began
    with work.tree.checkout(start) as place, work.held():
        runs = work.checkouts.ready(place)
        run = runs.suite("fresh checkout") or runs.tests(work.task, "fresh checkout")
    return not lost(known, run)
