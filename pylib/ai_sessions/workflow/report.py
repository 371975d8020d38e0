"""What a verification comes to: its checks, the verdict, and what a person does after GO."""

import shlex
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal
from xml.sax.saxutils import quoteattr

from ai_sessions import controls, git
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.workflow import hints
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.reports import is_report

Status = Literal["ok", "failed", "open", "noted"]
Word = Literal["GO", "NO-GO", "MANUAL"]
#: From best to worst; a model may only move to the right.
ORDER: tuple[Word, ...] = ("GO", "MANUAL", "NO-GO")
EXIT_CODES = {"GO": 0, "NO-GO": 1, "MANUAL": 6}
_WORDS = {"ok": "ok", "failed": "FAILED", "open": "not verified", "noted": "noted"}


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `open`: it could not be made, or a person has to look; `noted`: a flaw to know."""

    name: str
    status: Status
    told: str = ""
    duration_ms: int = 0

    def shown(self, mark: Callable[[str], str] = str) -> str:
        """As a line; `mark` may give its first word, in twelve cells, a colour."""
        status = mark(f"{_WORDS[self.status]:<12}")
        return f"{status}  {self.name}{f': {self.told}' if self.told else ''}"


def verdict_of(checks: Iterable[Check], *, strict: bool) -> Word:
    """NO-GO when anything failed, MANUAL when something is open or nothing was found good; strict
    takes no flaws either.
    """
    found = {check.status for check in checks}
    if "failed" in found or (strict and found & {"noted", "open"}):
        return "NO-GO"
    return "MANUAL" if "open" in found or "ok" not in found else "GO"


def lower(one: Word, other: str) -> Word:
    """The worse of two; a word that is none changes nothing."""
    known = [word for word in ORDER if word in (one, other)]
    return known[-1] if known else one


@dataclass(frozen=True, slots=True)
class Report:
    """A verification. `reasons`: what a fresh model objected; `file`: where it is kept;
    `refused`: exit code of a commit that was asked for and not made, 0 when there is none.
    """

    feature: str
    verdict: Word
    commit: str
    checks: tuple[Check, ...]
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    file: str
    next: str
    refused: int = 0

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict] or self.refused

    def lines(self, mark: Callable[[str], str] = str) -> list[str]:
        """For people: the verdict first. `mark`: gives the words that judge a colour."""
        made = sum(check.status == "ok" for check in self.checks)
        head = f"{mark(self.verdict)}   {self.feature} at {self.commit[:7]}"
        counted = f"   {made} of {len(self.checks)} checks ok   {self.file}"
        return [
            head + counted,
            *(f"  {check.shown(mark)}" for check in self.checks),
            *(f"  objection: {reason}" for reason in self.reasons),
            *(f"  note: {note}" for note in self.notes),
        ]

    def facts(self) -> dict[str, Any]:
        return {
            "feature": self.feature,
            "verdict": self.verdict,
            "commit": self.commit,
            "checks": [plain(check) for check in self.checks],
            "reasons": list(self.reasons),
            "notes": list(self.notes),
            "file": self.file,
            "next": self.next,
        }

    def junit(self) -> str:
        """The checks as JUnit XML, for CI systems."""
        failed = sum(check.status == "failed" for check in self.checks)
        skipped = sum(check.status == "open" for check in self.checks)
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuite name="verify {self.feature}" tests="{len(self.checks)}" '
            f'failures="{failed}" skipped="{skipped}">',
            *(_testcase(check, self.feature) for check in self.checks),
            "</testsuite>",
        ]
        return controls.plain("\n".join(lines)) + "\n"


def page(report: Report) -> str:
    """The report as Markdown."""
    lines = [f"# {report.verdict}: {report.feature}", "", f"Commit {report.commit}", ""]
    lines += [f"- {check.shown()}" for check in report.checks]
    for title, texts in (("Objections", report.reasons), ("Notes", report.notes)):
        if texts:
            lines += ["", f"## {title}", "", *(f"- {text}" for text in texts)]
    return "\n".join(lines) + "\n"


def plain(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "status": check.status,
        "told": check.told,
        "duration_ms": check.duration_ms,
    }


def _testcase(check: Check, feature: str) -> str:
    start = f"<testcase classname={quoteattr(feature)} name={quoteattr(check.name)}"
    start += f' time="{check.duration_ms / 1000:.3f}"'
    inner = {"failed": "failure", "open": "skipped"}.get(check.status)
    told = quoteattr(check.told)
    return f"  {start}><{inner} message={told}/></testcase>" if inner else f"  {start}/>"


# -- after GO: what of the workspace is in no commit yet, and what comes next


def uncommitted(space: Workspace, tree: Tree) -> tuple[str, ...]:
    """Files of reviews and verifications that no commit has as they are."""
    changed = git.changed_between(tree.repo, tree.head(), tree.look())
    return tuple(name for name in changed if is_report(space, name))


def told_uncommitted(space: Workspace, names: Sequence[str]) -> str:
    """What lies there, for people; empty when it is nothing."""
    if not names:
        return ""
    parts = ", ".join(_parts(space, names))
    return f"not committed, so their cost is forgotten when they are discarded: {parts}"


def _parts(space: Workspace, names: Sequence[str]) -> list[str]:
    """Folders and files of the workspace, as seen from the repository."""
    start = f"{space.relative()}/"
    found = {name.removeprefix(start).partition("/")[0] for name in names}
    return [f"{start}{part}" for part in sorted(found)]


def commit_reports(space: Workspace, tree: Tree) -> str:
    """Commit these files and nothing else; empty when there is nothing to commit.

    Hooks run and commits are signed as ever. Raises what `git.commit` raises.
    """
    names = uncommitted(space, tree)
    if not names:
        return ""
    subject = f"docs({space.feature}): review and verify"
    return git.commit(tree.repo, names, subject, {"Feature": space.feature}, tree.environ)


def next_command(space: Workspace, tree: Tree, environ: Mapping[str, str]) -> str:
    """Commit what lies there, then push, or ask for a pull request where `gh` can."""
    steps = []
    if parts := _parts(space, uncommitted(space, tree)):
        words = shlex.join(parts)
        message = shlex.quote(f"Review and verify {space.feature}")
        steps += [f"git add {words}", f"git commit -m {message} -- {words}"]
    steps += _push(tree, environ)
    return " && ".join(steps) or hints.stats()


def _push(tree: Tree, environ: Mapping[str, str]) -> list[str]:
    """Commands that work as they stand: also on a branch that no remote has yet."""
    branch, remotes = git.branch(tree.repo), git.remotes(tree.repo)
    if not branch or not remotes:
        return []
    _remote, followed = git.upstream(tree.repo)
    target = "origin" if "origin" in remotes else remotes[0]
    steps = ["git push" if followed == branch else f"git push -u {shlex.quote(target)} HEAD"]
    is_own = branch != git.default_branch(tree.repo)
    if is_own and shutil.which("gh", path=environ.get("PATH")):
        steps.append("gh pr create --fill")
    return steps
