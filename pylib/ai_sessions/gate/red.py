"""Red: tests only, and at least one new one fails for want of the work."""

import re
from collections.abc import Collection, Mapping
from dataclasses import field, replace

from ai_sessions.gate.frozen import work_of
from ai_sessions.gate.missing import Missing, missing_names, whose
from ai_sessions.gate.runs import counts, crash, is_file, run_class, tail
from ai_sessions.gate.skips import added_mark, newly_skipped
from ai_sessions.gate.verdict import Code, Scope, Verdict, quoted, refused
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import paths
from ai_sessions.plurals import listed
from ai_sessions.testing.contract import Case, Run

#: An expected value that the tool is to write into the test itself.
_EMPTY = re.compile(r"\bto(?:ThrowError)?Match(?:ing)?InlineSnapshot\(\s*\)")
_PROVES_NOTHING = (
    "the new tests pass before the work is done: they prove nothing, or the feature already exists"
)
_ASK_FOR_FAILING = (
    "The tests must fail now, on an assertion about behaviour that is not there yet. "
    "Write at least one test that fails until the task is done."
)
_NOT_SKIPPED = (
    "Every test has to run and to fail until the work is done: no skip, xfail, todo, ignore or "
    "expected failure."
)


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a repository at red. `changed`: those the model changed; `existing`: all paths.

    `texts`: what changed test files were and are. `links`: where in the repository the places are
    that tests name in another way, through a link of an installed package.
    """

    changed: Collection[str]
    existing: Collection[str]
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)


def judge_red_changes(
    scope: Scope,
    changed: Collection[str],
    said: str = "",
    texts: Mapping[str, tuple[str, str]] | None = None,
) -> Verdict:
    """What the model changed when it was asked for tests. Judged before anything is run.

    `texts`: as in `Files`.
    """
    touched = work_of(changed)
    allowed = (*scope.tests, *scope.snapshots)
    tests = [path for path in touched if paths.matches(path, allowed)]
    outside = [path for path in touched if path not in tests]
    if outside:
        reason = (
            f"{listed(outside)} changed while only tests were asked for "
            f"(files.tests: {', '.join(scope.tests) or 'none'}); nothing was run"
        )
        feedback = f"Undo these changes and write only the tests: {', '.join(outside)}"
        return refused(scope, "outside", reason, feedback, paths=tuple(outside))
    if not tests:
        reason = f"no test file changed; nothing was run{quoted(said)}"
        feedback = f"No file changed. Write the tests into: {', '.join(scope.tests)}"
        return refused(scope, "nothing_changed", reason, feedback)
    inline = _judge_inline(scope, texts or {})
    told = f"{scope.task}: {listed(tests)} changed"
    return Verdict(True, told, paths=tuple(tests)) if inline.ok else inline


def _judge_inline(scope: Scope, texts: Mapping[str, tuple[str, str]]) -> Verdict:
    """Whether new tests say what they expect, wherever they say it inline. `texts`: what changed
    test files were and are, by path.
    """
    for path, (before, after) in sorted(texts.items()):
        found = _EMPTY.search(after)
        if found and len(_EMPTY.findall(after)) > len(_EMPTY.findall(before)):
            told = f"{path} has {found.group()} without the value that it expects"
            reason = f"{told}; a run would write that into the frozen test"
            return refused(scope, "snapshot", reason, f"{told}: write the value yourself.")
    return Verdict(True, "")


def judge_red(
    scope: Scope, baseline: Run | None, red: Run, files: Files, said: str = ""
) -> Verdict:
    """Whether the new tests fail for want of the work.

    `baseline`: the same command before; None when it could not be run. `said`: what the model said
    of itself.
    """
    verdict = _judge_written(scope, files.changed, files.existing, said)
    if not verdict.ok:
        return verdict
    found = run_class(red)
    if found == "crash":
        return refused(scope, "crash", crash(red), tail(red))
    if found == "none":
        return refused(scope, "none", f"no test ran ({counts(red)}){quoted(said)}", tail(red))
    if found == "pass":
        return refused(scope, "pass", _PROVES_NOTHING, _ASK_FOR_FAILING)
    if red.opaque:
        return _judge_opaque(scope, baseline, red)
    return _judge_new(scope, baseline, red, files)


def _judge_written(
    scope: Scope, changed: Collection[str], existing: Collection[str], said: str
) -> Verdict:
    """The same after a run: a test file that was deleted fails too, and proves nothing."""
    verdict = judge_red_changes(scope, changed, said)
    if verdict.ok and set(verdict.paths).isdisjoint(existing):
        reason = f"{listed(verdict.paths)} deleted, and no test file written"
        return refused(scope, "none", reason, f"Write the tests into: {', '.join(scope.tests)}")
    return verdict


def new_failures(baseline: Run | None, red: Run, changed: Collection[str]) -> tuple[Case, ...]:
    """The cases that fail at red because of this step; what failed before is not among them.

    A file that does not start has only its path for an id, so it counts when it was changed.
    """
    before = baseline.ids("failed", "error") if baseline else frozenset()
    return tuple(
        case
        for case in red.cases
        if case.outcome in ("failed", "error")
        and (case.id not in before or (is_file(case.id) and case.id in changed))
    )


def _judge_opaque(scope: Scope, baseline: Run | None, red: Run) -> Verdict:
    """Only the exit code speaks, so a command that failed before is taken with a warning."""
    told = f"{scope.task}: the command failed before the tests were written too (opaque)"
    failed = baseline is not None and run_class(baseline) == "fail"
    reason = f"{scope.task}: red ({counts(red)})"
    return Verdict(True, reason, tail(red), warnings=(told,) if failed else ())


def _judge_new(scope: Scope, baseline: Run | None, red: Run, files: Files) -> Verdict:
    new = new_failures(baseline, red, files.changed)
    if not new:
        return _nothing_new(scope, baseline, red)
    for case in new:
        if case.outcome != "error":
            continue
        if wrong := unexplained(scope, case, files.existing, files.links):
            is_other = "installed" in _missing(scope, case, files.existing, files.links)
            code: Code = "installed" if is_other else "error"
            return refused(scope, code, wrong, f"{wrong}\n\n{tail(red)}")
    if skipped := _skipped(baseline, red, new, files):
        reason = f"{skipped}; a test that does not run proves nothing"
        return refused(scope, "skipped", reason, _NOT_SKIPPED)
    gone = _gone(scope, baseline, red)
    return Verdict(True, f"{scope.task}: red ({counts(red)})", tail(red), warnings=gone)


def _skipped(baseline: Run | None, red: Run, new: Collection[Case], files: Files) -> str:
    """Which tests are skipped and were not before; of files that cannot start, by their text."""
    if skipped := sorted(newly_skipped(baseline, red)):
        return f"{listed(skipped)} is skipped"
    if not any(case.outcome == "error" for case in new):
        return ""
    for path, (before, after) in sorted(files.texts.items()):
        if mark := added_mark(path, before, after):
            return f"a test of {path} is skipped ({mark})"
    return ""


def _gone(scope: Scope, baseline: Run | None, red: Run) -> tuple[str, ...]:
    """A warning when tests that passed before are not there: renaming is fine, deleting is not."""
    before = baseline.ids("passed") if baseline else frozenset()
    gone = sorted(before - red.ids("passed", "failed", "error"))
    hidden = any(is_file(id_) for id_ in red.ids("error"))
    if not gone or hidden:
        return ()
    return (f"{scope.task}: {listed(gone)} passed before and is gone, renamed or skipped",)


def _nothing_new(scope: Scope, baseline: Run | None, red: Run) -> Verdict:
    failing = sorted(red.ids("failed", "error"))
    if not failing:
        reason = f"every test passes and the command exits {red.exit_code}: that proves nothing"
        return refused(scope, "exit", reason, tail(red))
    passed = red.ids("passed") - (baseline.ids("passed") if baseline else frozenset())
    reason = f"no new test fails; {listed(failing)} failed before"
    if passed:
        reason += f", and the new {listed(sorted(passed))} passes already"
    return refused(scope, "old_failures", reason, _ASK_FOR_FAILING)


def unexplained(
    scope: Scope, case: Case, existing: Collection[str], links: Mapping[str, str] | None = None
) -> str:
    """Why a case that could not start is no proof; empty when the task makes what is missing.
    `links`: as in `Files`.
    """
    found = _missing(scope, case, existing, links or {})
    sources = ", ".join(scope.sources) or "none"
    if other := found.get("installed"):
        module = other.place.replace("/", ".")
        return f"{case.id} imports {module} from {other.file}, not from {sources}"
    if "ours" in found:
        return ""
    first = next(iter(case.message.strip().splitlines()), "no reason given")
    told = f"{case.id} could not start: {first}"
    if "there" in found:
        return f"{told}, but it is there: the import itself is wrong"
    return f"{told}, which this task does not make (files.src: {sources})" if found else told


def _missing(
    scope: Scope, case: Case, existing: Collection[str], links: Mapping[str, str]
) -> dict[str, Missing]:
    """The names that a case lacks, by whose they are."""
    names = (
        replace(name, place=links.get(name.place, name.place))
        for name in missing_names(case.message)
    )
    return {whose(name, scope.sources, existing): name for name in names}
