"""Where a feature stands: which tasks are ready, which wait, which comes next.

Works on ids alone and imports nothing heavy, because `status` is answered on the fast path.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Needs = Mapping[str, Sequence[str]]
    States = Mapping[str, str]

#: Stored states. `ready` and `waiting` are computed, never stored.
STATES = ("todo", "red", "green", "done", "blocked", "failed", "waived", "dropped")
#: States of a task that others may build on.
FINISHED = ("done", "waived", "dropped")
#: States a run may take a task up from.
OPEN = ("todo", "red", "green", "failed", "blocked")


def shown(task: str, needs: Needs, states: States) -> str:
    """The state people see: an open task without missing needs is `ready`, else `waiting`."""
    state = states.get(task, "todo")
    if state != "todo":
        return state
    return "waiting" if missing(task, needs, states) else "ready"


def missing(task: str, needs: Needs, states: States) -> list[str]:
    """The needs of a task that are not finished."""
    return [need for need in needs.get(task, ()) if states.get(need, "todo") not in FINISHED]


def ready(needs: Needs, states: States) -> list[str]:
    """The tasks a run may take up now, begun ones first, then in the order of the plan."""
    can = [
        task
        for task in needs
        if states.get(task, "todo") in OPEN and not missing(task, needs, states)
    ]
    return sorted(can, key=lambda task: states.get(task, "todo") not in ("red", "green"))


def following(needs: Needs, states: States) -> str:
    """The task to do next: a begun one, else the one most others wait for; empty: none is ready.

    Failed and blocked tasks come last, because trying them again is a decision.
    """
    weights = {task: len(dependents(task, needs)) for task in needs}

    def rank(task: str) -> tuple[bool, bool, int]:
        state = states.get(task, "todo")
        return state in ("failed", "blocked"), state not in ("red", "green"), -weights[task]

    return min(ready(needs, states), key=rank, default="")


def dependents(task: str, needs: Needs) -> set[str]:
    """All tasks that need this one, directly or through others."""
    found: set[str] = set()
    front = [task]
    while front:
        current = front.pop()
        for other, its_needs in needs.items():
            if current in its_needs and other not in found:
                found.add(other)
                front.append(other)
    return found


def cycle(needs: Needs) -> list[str]:
    """A path of needs that leads back to its beginning; empty when there is none."""
    from graphlib import CycleError, TopologicalSorter

    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        path: list[str] = error.args[1]
        return path[::-1]  # each of them is needed by the next; we tell who needs whom
    return []
