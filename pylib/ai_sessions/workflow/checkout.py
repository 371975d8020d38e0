"""Fresh checkouts that tests can run in: set up by the project, else lent our packages."""

from pathlib import Path

from ai_sessions import gate
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan.document import Command
from ai_sessions.testing.contract import Run
from ai_sessions.testing.execute import Finished
from ai_sessions.workflow.tests import Runs
from ai_sessions.workflow.tree import Tree


@dataclass(frozen=True, slots=True)
class Checkouts:
    """How commits of `tree` are made ready for tests. `runs`: of the tests, wherever they run.

    `setup` installs packages, None: ours are lent; `build` makes what tests read and git ignores.
    """

    tree: Tree
    runs: Runs
    setup: Command | None
    build: Command | None = None

    @property
    def shown(self) -> str:
        """The commands that make a checkout ready; empty without any."""
        shown = (" ".join(one.cmd) for one in (self.setup, self.build) if one)
        return " && ".join(dict.fromkeys(shown))

    def prepare(self, place: Path) -> Finished | None:
        """Make a fresh checkout ready; how its set-up ended, None where there is none to run."""
        runs, done = self.runs.elsewhere(place), None
        if self.setup is None:
            self.tree.link_packages(place)
        else:
            done = runs.setup(self.setup)
        is_built = self.build is None or (self.setup and self.setup.cmd == self.build.cmd)
        if self.build is None or is_built or (done and done.exit_code):
            return done
        return runs.setup(self.build)

    def ready(self, place: Path) -> Runs:
        """The same, and how tests run there. A set-up that fails is told by the tests, which then
        lack something.
        """
        self.prepare(place)
        return self.runs.elsewhere(place)


def lost(known: Run, run: Run) -> tuple[str, ...]:
    """What passed in the working tree (`known`) and does not in a fresh checkout of the same commit
    (`run`); uncounted runs are told by their command.
    """
    if known.opaque or run.opaque:
        worse = gate.run_class(known) == "pass" != gate.run_class(run)
        return (" ".join(run.command),) if worse else ()
    return tuple(sorted(known.ids("passed") - run.ids("passed")))


def missed(tree: Tree, run: Run, place: Path) -> tuple[str, ...]:
    """Files of the working tree that git ignores and that a failing test misses in `place`."""
    failing = [case.message for case in run.cases if case.outcome in ("failed", "error")]
    text = "\n".join([*failing, gate.tail(run)])
    names = [one for one in gate.missing_names(text) if one.kind != "symbol"]

    def is_missed(path: str) -> bool:
        said = f"{place}/{path}" in text or f"'{path}'" in text
        return said or any(gate.stands_at(one, path) for one in names)

    there = (path for path in tree.ignored() if not (place / path).exists())
    return tuple(path for path in there if is_missed(path))
