"""The gate: whether what our own process saw proves the work. Facts in, a verdict out; no I/O.

Exit codes cannot tell a failing test from no test at all (pytest says 0 when all are skipped, bats
and node when there is none), so a run is judged by its counted cases.
"""

from ai_sessions.gate.again import judge_red_again
from ai_sessions.gate.baseline import (
    Planned,
    cannot_run,
    is_absent,
    is_certain,
    judge_baseline,
)
from ai_sessions.gate.carried import (
    faked,
    judge_carried,
    judge_fresh,
    judge_moved,
    unmoved,
)
from ai_sessions.gate.formatted import has_same_tests, is_same_program
from ai_sessions.gate.frozen import configuration, frozen, frozen_set, of_the_tests, work_of
from ai_sessions.gate.green import judge_green, judge_green_changes
from ai_sessions.gate.installed import STARTS, Changes, Mark, judge_installed
from ai_sessions.gate.installed import changes as installed_changes
from ai_sessions.gate.missing import missing_names, places, stands_at
from ai_sessions.gate.named import named_files
from ai_sessions.gate.recorded import (
    ASK_FOR_SNAPSHOTS,
    lacks_snapshots,
    only_grew,
)
from ai_sessions.gate.recorded import told as told_recorded
from ai_sessions.gate.red import Files, judge_red, judge_red_changes, new_failures
from ai_sessions.gate.runs import (
    FEEDBACK_LINES,
    counts,
    crash,
    exception,
    fingerprint,
    run_class,
    tail,
)
from ai_sessions.gate.suite import is_worth_another, judge_suite, steadied, with_red
from ai_sessions.gate.teeth import judge_teeth
from ai_sessions.gate.verdict import Code, Scope, Verdict

__all__ = [
    "ASK_FOR_SNAPSHOTS",
    "FEEDBACK_LINES",
    "STARTS",
    "Changes",
    "Code",
    "Files",
    "Mark",
    "Planned",
    "Scope",
    "Verdict",
    "cannot_run",
    "configuration",
    "counts",
    "crash",
    "exception",
    "faked",
    "fingerprint",
    "frozen",
    "frozen_set",
    "has_same_tests",
    "installed_changes",
    "is_absent",
    "is_certain",
    "is_same_program",
    "is_worth_another",
    "judge_baseline",
    "judge_carried",
    "judge_fresh",
    "judge_green",
    "judge_green_changes",
    "judge_installed",
    "judge_moved",
    "judge_red",
    "judge_red_again",
    "judge_red_changes",
    "judge_suite",
    "judge_teeth",
    "lacks_snapshots",
    "missing_names",
    "named_files",
    "new_failures",
    "of_the_tests",
    "only_grew",
    "places",
    "run_class",
    "stands_at",
    "steadied",
    "tail",
    "told_recorded",
    "unmoved",
    "with_red",
    "work_of",
]
