"""What people are told of work: how far it is, how it ended with its proof and cost, and how what
we say of commands in a terminal is typed in a chat.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ai_sessions import controls, money, times
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plurals import counted, listed
from ai_sessions.workspace.tasks import read_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ai_sessions.bots.work import Ask
    from ai_sessions.errors import AiSessionsError
    from ai_sessions.workflow.background import Line
    from ai_sessions.workspace.files import Workspace

Plain = dict[str, Any]
_SCRIPT = re.compile(
    r"\b(plan|implement|review|verify|status)\.sh ([a-z0-9][\w.-]*)(?: --task ([A-Z][\w.]*))?"
)
#: What lays a feature out; `/plan` does so, too. Quotes are for a shell.
_INIT = re.compile(r"\binit-session\.sh ([\w.-]+)")
_QUOTED = re.compile(r'(/plan [\w.-]+) "([^"]*)"')
_FENCE = "```"
_MOST_FINDINGS, _LONGEST_LINE, _MOST_FILES = 5, 200, 8


@dataclass(slots=True)
class Progress:
    """How far a run is. `after`: where its next line begins, in bytes."""

    after: int = 0
    phase: str = ""
    step: str = ""

    def add(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self.after = line.end
            kind, text = line.told.get("event"), str(line.told.get("text") or "")
            if kind == "phase":
                self.phase, self.step = text, ""
            elif kind in ("tool", "retry", "warning"):
                self.step = text

    def told(self, ask: Ask, lasted_s: float, cost: str) -> str:
        """For people: what, in which phase and at which step, for how long, at which cost."""
        phase = self.phase.removeprefix(ask.task).strip() or "begun"
        step = code(shortened(self.step))
        about = " · ".join(filter(None, (times.lasting(lasted_s), cost)))
        return "\n".join(filter(None, (f"{ask.title}: {phase}", step, about)))


def so_far(space: Workspace, begun_at: str) -> str:
    """What the calls that ended since have cost."""
    from ai_sessions.workflow.state import calls_since

    calls = calls_since(space, begun_at)
    known = sum(call.get("cost_nusd") or 0 for call in calls)
    unknown = sum(call.get("cost_nusd") is None for call in calls)
    return cost_of({"calls": len(calls), "cost_nusd": known, "unknown_costs": unknown})


def cost_of(cost: Mapping[str, Any] | None) -> str:
    """`2 calls, $0.0123`; what nobody knows is said so, and is never 0."""
    told = cost or {}
    calls, nusd = int(told.get("calls") or 0), int(told.get("cost_nusd") or 0)
    unknown = int(told.get("unknown_costs") or 0)
    if not calls:
        return ""
    price = "cost unknown" if unknown and not nusd else money.shown(nusd)
    more = f" and {counted(unknown, 'call')} of unknown cost" if unknown and nusd else ""
    return f"{counted(calls, 'call')}, {price}{more}"


def ended(ask: Ask, run: Plain, space: Workspace) -> str:
    """What a run came to: its proof, or what is wrong, and its cost."""
    result = run["result"] or {}
    error = result.get("error")
    if run["state"] == "killed":
        lines = [f"{ask.title}: ended without a word; what is done so far is kept"]
    elif error:
        lines = [f"{ask.title}: {controls.plain(str(error.get('message', '')))}"]
    else:
        lines = _ENDS[ask.command](ask, result, space)
    return "\n".join(filter(None, [*lines, cost_of(result.get("cost"))]))


def _planned(ask: Ask, result: Plain, _space: Workspace) -> list[str]:
    tasks = result.get("tasks") or ()
    head = f"{ask.feature}: {counted(len(tasks), 'task')} planned"
    return [head, *(f"  {one['id']} {one['title']}" for one in tasks)]


def _implemented(ask: Ask, result: Plain, space: Workspace) -> list[str]:
    task = result.get("task") or {}
    if not task:
        return [f"{ask.feature}: all tasks are done"]
    state = read_state(space, str(task["id"]))
    found = sorted({*state.red_paths, *state.paths})
    names = listed((code(controls.plain(one)) for one in found), _MOST_FILES)
    steps = task.get("steps") or ()
    return [
        f"{ask.feature} {task['id']} {task['state']}: {task['title']}",
        block(steps) if steps else "",
        f"commit {task['commit'][:9]}" if task.get("commit") else "",
        f"files: {names}" if names else "",
        *(f"warning: {one}" for one in task.get("warnings") or ()),
    ]


def _reviewed(ask: Ask, result: Plain, _space: Workspace) -> list[str]:
    found = result.get("findings") or ()
    blockers = result.get("blockers") or 0
    head = f"{ask.feature} reviewed: {counted(blockers, 'blocker')}"
    more = len(found) - _MOST_FINDINGS
    return [
        f"{head}, {counted(len(found), 'finding')}",
        shortened(str(result.get("summary") or "")),
        *(_finding(one) for one in found[:_MOST_FINDINGS]),
        f"and {more} more in {result.get('file')}" if more > 0 else "",
    ]


def _finding(one: Plain) -> str:
    place = ":".join(str(part) for part in (one.get("file"), one.get("line")) if part)
    return shortened(f"  {one.get('severity')} {place}: {one.get('claim')}")


def _verified(ask: Ask, result: Plain, _space: Workspace) -> list[str]:
    checks = result.get("checks") or ()
    wrong = [one for one in checks if one["status"] != "ok"]
    return [
        f"{ask.feature}: {result.get('verdict')} at {str(result.get('commit'))[:9]}",
        f"{len(checks) - len(wrong)} of {counted(len(checks), 'check')} passed",
        *(shortened(f"  {one['status']} {one['name']}: {one['told']}") for one in wrong),
    ]


_ENDS = {
    "plan": _planned,
    "implement": _implemented,
    "review": _reviewed,
    "verify": _verified,
}


def error(error: AiSessionsError) -> str:
    """What was wrong, and what to do in a chat."""
    return "\n".join(filter(None, (error.message, in_chat(error.hint))))


def in_chat(text: str) -> str:
    """`implement.sh pay --task T1.1` as `/implement pay T1.1`."""
    text = _SCRIPT.sub(lambda found: f"/{' '.join(filter(None, found.groups()))}", text)
    return _QUOTED.sub(r"\1 \2", _INIT.sub(r"/plan \1 what to build", text))


def block(lines: Iterable[str]) -> str:
    """Lines as they are, in a block that no formatting gets at. What would be invisible or would
    steer how the rest is read is written out: what is approved has to be what was seen.
    """
    return "\n".join([_FENCE, *map(_visible, lines), _FENCE])


def _visible(line: str) -> str:
    is_plain = controls.plain(line) == line and "\n" not in line
    text = line if is_plain else ascii(line)[1:-1]
    return text.replace("`", r"\x60") if _FENCE in text else text  # or it would end the block


def code(text: str) -> str:
    """A name among words, as it is."""
    return f"`{text}`" if text and "`" not in text else text


def shortened(text: str) -> str:
    """One line of it, not too long."""
    line = " ".join(controls.plain(text).split()) if text.strip() else ""
    indent = "  " if text.startswith("  ") else ""
    cut = line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"
    return f"{indent}{cut}" if cut else ""
