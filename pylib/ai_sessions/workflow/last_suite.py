"""The suite at the end of a task, which is how the next one begins where nothing has changed."""

from ai_sessions import gate
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan.document import Command
from ai_sessions.testing.contract import Run
from ai_sessions.workflow.installed import Installed
from ai_sessions.workflow.tree import Tree


@dataclass(frozen=True, slots=True)
class LastSuite:
    """A run of the suite by this process. `tree`: what was tested; `since_s`: when its task began
    (seconds since 1970); `installed`: the packages as they were then.
    """

    command: Command
    run: Run
    tree: str
    since_s: float
    installed: Installed

    def holds(self, tree: Tree, command: Command) -> bool:
        """True when the suite passed, and the same command would find the same files: what git
        knows, what it ignores, and packages.
        """
        return (
            command == self.command
            and gate.run_class(self.run) == "pass"
            and not tree.aside
            and not tree.changed(self.tree)
            and not tree.unseen(self.since_s)
            and not self.installed.changed()[0]
        )
