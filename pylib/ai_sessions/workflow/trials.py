"""Trials: finished tests without the work, with tests that must fail, and in a fresh checkout.

The first two run in the working tree itself, where the tests find what they found before
(packages, builds, editable installs), and where nothing has to be checked out. The work is kept as
a tree of git's meanwhile, named in the note of the run, so that it comes back after `kill -9` too.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ai_sessions import gate, git
from ai_sessions.plan.document import Task
from ai_sessions.plan.paths import matches
from ai_sessions.plurals import listed
from ai_sessions.testing import planted
from ai_sessions.workflow.checkout import lost
from ai_sessions.workflow.task import Before, Work
from ai_sessions.workflow.tests import Runs
from ai_sessions.workspace.tasks import RunNote, read_run

_MOST_FILES = 10


def without_the_work(
    work: Work, before: Before, start: str
) -> tuple[gate.Verdict, tuple[str, ...]]:
    """Whether the tests depend on the work, and files whose version of `start` none notices."""
    every = work.tree.changed(start)
    tried = every[:_MOST_FILES]
    if left := len(every) - len(tried):
        told = f"{left} of {len(every)} changed files were not tried for teeth"
        work.warn([f"{work.task.id}: {told}"])
    proved = work.tree.snapshot()
    with _kept(work, proved, [*every, *planted.files_of(work.task.tests)]):
        found = tuple(name for name in tried if _passes_without(work, proved, start, [name]))
        alone = len(every) == 1
        if len(found) == len(tried) and (alone or _passes_without(work, proved, start, every)):
            return _unmoved(work, before, start), ()
        with work.held():
            told = faked(work.runs, work.task, every)
        verdict = gate.faked(work.scope, told) if told else gate.Verdict(True, "")
    return verdict, () if alone else found


def is_needed(work: Work, start: str) -> bool:
    """True when the tests as they are now fail with the sources as they were at `start`."""
    proved = work.tree.snapshot()
    changed = work.tree.changed(start)
    names = [name for name in changed if not matches(name, work.task.test_files)]
    with _kept(work, proved, names):
        return bool(names) and not _passes_without(work, proved, start, names)


def faked(runs: Runs, task: Task, sources: Sequence[str]) -> str:
    """How tests that must fail did not, with the task's test files changed for it; empty: fine.

    `sources`: what the task's work is. Nothing is run unless it has a word for test tools.
    """
    code = "\n".join(_text(runs.cwd / name) for name in sources)
    if not planted.speaks_to_tools(code):
        return ""
    name = f"planted{os.urandom(4).hex()}"
    if not _plant(runs.cwd, task, name):
        return ""
    run = runs.whole_files(task, planted.files_of(task.tests), "planted failures")
    if passed := planted.passed(run, name):
        return f"passed ({len(passed)} of them)"
    if run.counted and gate.run_class(run) == "pass" and planted.deceives(code):
        return "were not reported" if not planted.ran(run, name) else ""
    return ""


def _plant(cwd: Path, task: Task, name: str) -> bool:
    """Put tests that must fail into the task's test files; False when none takes them."""
    done = False
    for file in planted.files_of(task.tests):
        path = cwd / file
        text = planted.with_failing(file, _text(path), name) if path.is_file() else ""
        if text and not path.is_symlink():
            path.write_text(text, "utf-8")
            done = True
    return done


def _passes_without(work: Work, proved: str, start: str, names: Sequence[str]) -> bool:
    """True when the tests pass with these files as they were at `start`."""
    work.tree.put_back(start, names, staged=False)
    laid = work.tree.hashes(names)
    try:
        with work.held():
            run = work.runs.tests(work.task, f"teeth: {names[0] if len(names) == 1 else 'all'}")
    finally:
        now = work.tree.hashes(names)
        if touched := [name for name in names if now[name] != laid[name]]:
            log = work.keep(start, touched, "put-back")
            told = f"{listed(touched)} changed in a trial without the work"
            work.warn([f"{work.task.id}: {told}; kept in {log}"])
        work.tree.put_back(proved, names, staged=False)
    return gate.run_class(run) == "pass"


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
    work.tree.forget()
    if gate.run_class(run) == "pass":
        return gate.Verdict(True, "")
    if not is_possible(work, before):
        told = f"not proved in a fresh checkout, where the tests do not run ({gate.counts(run)})"
        return gate.Verdict(True, "", warnings=(f"{work.task.id}: {told}",))
    return gate.judge_fresh(work.scope, run, hidden)


def is_possible(work: Work, before: Before) -> bool:
    """False when a fresh checkout lacks what the tests of this project need, as it did before."""
    known = before.suite or before.tests
    if known is None or gate.run_class(known) != "pass":
        return True
    with work.tree.checkout(work.began) as place, work.held():
        runs = work.checkouts.ready(place)
        run = runs.suite("fresh checkout") or runs.tests(work.task, "fresh checkout")
    return not lost(known, run)
