"""Whether what was proved is what a commit carries, and whether the tests can tell at all."""

from collections.abc import Mapping, Sequence

from ai_sessions.gate.runs import counts, tail
from ai_sessions.gate.verdict import Scope, Verdict, refused
from ai_sessions.plurals import listed
from ai_sessions.testing.contract import Run


def judge_carried(scope: Scope, hollow: Sequence[str], large: Mapping[str, int]) -> Verdict:
    """`hollow`: changed paths of which a commit would hold the name, but not the content. `large`:
    bytes by path, of files beside the work that hardly any server takes in a push.
    """
    if not hollow:
        return _judge_size(scope, large) if large else Verdict(True, "")
    reason = (
        f"{listed(hollow)} is a link or a repository of its own: "
        "a commit would hold its name, not its content"
    )
    feedback = f"Make these plain files and folders: {', '.join(hollow)}"
    return refused(scope, "unseen", reason, feedback, paths=tuple(hollow))


def _judge_size(scope: Scope, large: Mapping[str, int]) -> Verdict:
    shown = listed([f"{name} ({size >> 20} MB)" for name, size in large.items()])
    reason = f"{shown} is too large for a commit, and none of the task's files"
    feedback = f"Remove these files, or have git ignore them: {', '.join(large)}"
    return refused(scope, "unseen", reason, feedback, paths=tuple(large))


def judge_fresh(scope: Scope, run: Run, hidden: Sequence[str]) -> Verdict:
    """The tests fail in a fresh checkout. `hidden`: what came with the work and git ignores."""
    reason = (
        f"the tests pass here and not in a fresh checkout ({counts(run)}); "
        f"git ignores {listed(hidden)}"
    )
    feedback = "In a fresh checkout of what git carries, without ignored files, it fails:\n" + tail(
        run
    )
    return refused(scope, "unseen", reason, feedback)


def judge_moved(scope: Scope, names: Sequence[str]) -> Verdict:
    """`names`: the task's files that are not what they were when the tests ran."""
    if not names:
        return Verdict(True, "")
    reason = f"{listed(names)} changed while the tests ran, so nothing is proved of it"
    feedback = f"Leave no process running that writes these files: {', '.join(names)}"
    return refused(scope, "unseen", reason, feedback, paths=tuple(names))


def unmoved(scope: Scope) -> Verdict:
    """The tests pass with the old sources too, or with sources that do nothing."""
    reason = (
        "the tests pass without the work too now: something else decides them "
        "(a clock, a counter, a file that git ignores), or they ask nothing of the work"
    )
    return refused(scope, "unmoved", reason, reason)


def faked(scope: Scope, told: str) -> Verdict:
    """Tests of ours that must fail did not. `told`: which of them, or how."""
    reason = f"tests that must fail {told}: the work decides what is reported"
    return refused(scope, "faked", reason, reason)
