"""What a fresh checkout lacks, so that tests which fail in it say nothing about the commit."""

from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from ai_sessions import gate, git
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plurals import listed
from ai_sessions.testing.contract import Run
from ai_sessions.workflow.checkout import Checkouts, lost, missed
from ai_sessions.workflow.installing import set_up_line
from ai_sessions.workflow.tests import Runs

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Baseline:
    """The suite in the working tree before the feature: the commit, and the run.

    `found`: the class of the run, because ids of passing tests are not kept of large suites.
    """

    commit: str
    suite: Run
    found: str


@dataclass(slots=True)
class Lacking:
    """Why runs in fresh checkouts are not what they would be in the working tree."""

    checkouts: Checkouts
    baseline: Callable[[], Baseline | None]
    """Asked for once, when tests fail."""
    _lost: list[tuple[str, ...]] = field(default_factory=list)
    is_found: bool = False
    """Something was lacking."""
    is_unfetched: bool = False
    """It was files of Git LFS."""

    def told(self, run: Run, place: Path) -> str:
        """What a run that did not pass in `place` lacked; empty when the commit is to blame."""
        if gate.run_class(run) == "crash":
            return self._noted("the tests could not be run: " + gate.crash(run))
        if pointers := _pointers(self.checkouts.tree.repo, run, place):
            self.is_unfetched = True
            return self._noted(f"{listed(pointers)} is a pointer of Git LFS, not the file")
        # what a set-up does not make of this commit may be missing because of the commit
        ignored = () if self.checkouts.shown else missed(self.checkouts.tree, run, place)
        if ignored:
            return self._noted(f"{listed(ignored)} is in your working tree, but not in git")
        gone = self._lost_before()
        if gone:
            passed = listed(gone[:_SHOWN])
            told = f"before the feature {passed} passed in your working tree, but not in a fresh"
            return self._noted(f"{told} checkout")
        return ""

    def foreign(self, runs: Runs) -> str:
        """Which packages are not those of the commit; empty when all are."""
        names = runs.leading_back()
        if not names:
            return ""
        return self._noted(f"{listed(names)} is imported from your working tree, not the commit")

    def remedy(self) -> str:
        """What a person can do about it; empty when nothing was lacking."""
        if not self.is_found:
            return ""
        if self.is_unfetched:
            return "get the files of Git LFS (git-lfs has to be installed): git lfs pull"
        made, tree = self.checkouts.shown, self.checkouts.tree
        if made:
            return f"a fresh checkout lacks what `{made}` does not make"
        told = f"put what a fresh checkout needs into {tree.root}/config.yaml and commit it"
        return f"{told}: {set_up_line(tree.repo)}"

    def _noted(self, told: str) -> str:
        self.is_found = True
        return told

    def _lost_before(self) -> tuple[str, ...]:
        if not self._lost:
            self._lost.append(self._tried())
        return self._lost[0]

    def _tried(self) -> tuple[str, ...]:
        """What a fresh checkout of the commit before the feature loses."""
        known = self.baseline()
        if known is None:
            return ()
        with self.checkouts.tree.checkout(known.commit) as place:
            run = self.checkouts.ready(place).suite("fresh checkout of the commit before")
        if run is None:
            return ()
        is_worse = known.found == "pass" != gate.run_class(run)
        unnamed = (" ".join(run.command),) if is_worse else ()
        return lost(known.suite, run) or unnamed


def _pointers(repo: Path, run: Run, place: Path) -> tuple[str, ...]:
    """Pointers of Git LFS that failing tests read: they or what they say name the file, or the
    working tree has it.
    """
    found = git.pointers(place)
    if not found:
        return ()
    here = {*git.pointers(repo)}
    failing = [case for case in run.cases if case.outcome in ("failed", "error")]
    tests = {place / case.id.partition("::")[0] for case in failing}
    sources = [path.read_text("utf-8", "replace") for path in tests if path.is_file()]
    text = "\n".join([*sources, *(case.message for case in failing), gate.tail(run)])
    return tuple(one for one in found if one not in here or one.rpartition("/")[2] in text)
