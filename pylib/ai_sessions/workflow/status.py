"""`status`: where a feature stands, what to type next. Light on imports, for the fast path."""

from __future__ import annotations

from ai_sessions import git_files, money
from ai_sessions.display import columns
from ai_sessions.plan import progress
from ai_sessions.workflow import hints
from ai_sessions.workflow.state import FeatureState, costs, covered
from ai_sessions.workspace.features import features, workspace
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.reports import last_report
from ai_sessions.workspace.tasks import TaskState, cut_off_calls, is_at_work, unfinished_runs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ai_sessions.workspace.tasks import RunNote

_BAR_CELLS = 20
_SHORTEST_TITLE = 16


def show(
    repo: str,
    feature: str,
    session_root: str,
    *,
    ascii_only: bool = False,
    width: int | None = None,
    mark: Callable[[str], str] = str,
) -> str:
    """The page of one feature. Raises `NotFound`, or `ConfigError` for a broken plan."""
    space = workspace(repo, session_root, feature)
    if not space.has("plan.yaml"):
        return _page_without_plan(space)
    return page(FeatureState(space), ascii_only=ascii_only, width=width, mark=mark)


def overview(repo: str, session_root: str, width: int | None = None) -> str:
    """One line a feature; where `width` cells are too few, what to type is on a second one."""
    found = features(repo, session_root)
    if not found:
        return "no features yet\nNext: init-session.sh FEATURE"
    return "\n".join(_one_line(Workspace(repo, session_root, name), width) for name in found)


def facts(feature_state: FeatureState) -> dict[str, Any]:
    """The same as `page`, for machines."""
    return {
        "feature": feature_state.workspace.feature,
        "title": feature_state.document["title"],
        "branch": git_files.branch(feature_state.workspace.repo),
        **_money(feature_state, ""),
        "tasks": [task_facts(feature_state, task) for task in feature_state.tasks],
        "acceptance": [
            {**item, "covered_by": list(covered(feature_state, item["id"]))}
            for item in feature_state.document.get("acceptance") or ()
        ],
        "verified": _verified(feature_state) or None,
        "notes": _notes(feature_state),
        "next": next_command(feature_state),
    }


def facts_of(space: Workspace) -> dict[str, Any]:
    """`facts` of a workspace that may have no plan yet."""
    if space.has("plan.yaml"):
        return facts(FeatureState(space))
    return {
        "feature": space.feature,
        **money.facts(*costs(space).get("", (0, 0))),
        "tasks": [],
        "notes": _cut_off(space),
        "next": hints.plan(space.feature),
    }


def page(
    feature_state: FeatureState,
    *,
    ascii_only: bool = False,
    width: int | None = None,
    mark: Callable[[str], str] = str,
) -> str:
    """The page of one feature, for people; titles are cut where `width` cells are too few.

    `mark`: gives the words that tell a state a colour.
    """
    lines = [_headline(feature_state), _progress_line(feature_state, ascii_only)]
    lines += _task_lines(feature_state, width, "..." if ascii_only else "…", mark)
    lines += [
        _acceptance_line(feature_state, item)
        for item in feature_state.document.get("acceptance") or ()
    ]
    lines.append(_verified_line(feature_state, mark))
    lines += [f"  note: {note}" for note in _notes(feature_state)]
    lines.append(hints.next_line(next_command(feature_state)))
    return "\n".join(filter(None, lines))


def _page_without_plan(space: Workspace) -> str:
    lines = ["   ".join(_headline_without_plan(space))]
    lines += [f"  note: {note}" for note in _cut_off(space)]
    return "\n".join([*lines, hints.next_line(hints.plan(space.feature))])


def _headline_without_plan(space: Workspace) -> list[str]:
    """With what it has cost already: calls were made, but none of their answers was a plan."""
    paid = costs(space).get("")
    return [space.feature, "no plan yet", *([money.shown(*paid)] if paid else [])]


def next_command(feature_state: FeatureState) -> str:
    """What to type next; empty when only a person can tell."""
    feature = feature_state.workspace.feature
    task = feature_state.next_task()
    if task and feature_state.states[task] == "blocked" and not feature_state.to_prove:
        return hints.answer(feature, task)
    if not feature_state.finished:
        return feature_state.next_step()
    verified = _verified(feature_state)
    is_go = verified.get("verdict") == "GO" and verified["is_current"]
    return hints.stats() if is_go else hints.verify(feature)


def _verified(feature_state: FeatureState) -> dict[str, Any]:
    """What `verify` said last, of which commit, and whether that is still HEAD; or nothing."""
    report = last_report(feature_state.workspace, "verify") or {}
    verdict, commit = report.get("verdict"), report.get("commit")
    if not (isinstance(verdict, str) and isinstance(commit, str)):
        return {}
    tip = git_files.commit(feature_state.workspace.repo)
    is_current = commit == tip or _only_reported(feature_state, commit)
    return {"verdict": verdict, "commit": commit, "is_current": is_current}


def _only_reported(feature_state: FeatureState, commit: str) -> bool:
    """True when all that was committed since is what reviews and verifications write."""
    from pathlib import Path

    from ai_sessions import git
    from ai_sessions.errors import ConfigError
    from ai_sessions.workspace.reports import is_report

    space = feature_state.workspace
    try:
        changed = git.changed_between(Path(space.repo), commit, "HEAD")
    except ConfigError:  # that commit is not here
        return False
    return all(is_report(space, name) for name in changed)


def _verified_line(feature_state: FeatureState, mark: Callable[[str], str]) -> str:
    verified = _verified(feature_state)
    if not verified:
        return ""
    since = "" if verified["is_current"] else ", before the last commit"
    return f"  verified: {mark(verified['verdict'])} at {verified['commit'][:7]}{since}"


def _notes(feature_state: FeatureState) -> list[str]:
    """What a person should know: proofs that are missing, runs under way, calls cut off."""
    return [
        *feature_state.notes,
        *_runs(feature_state.workspace),
        *_cut_off(feature_state.workspace),
    ]


def _runs(space: Workspace) -> list[str]:
    return [
        f"{task} {note.step} is under way (pid {note.pid})"
        if is_at_work(note.pid)
        else f"{task} was interrupted at {note.step}; {_follows(note)}"
        for task, note in unfinished_runs(space).items()
    ]


def _follows(note: RunNote) -> str:
    """What the next run does with what an interrupted one left."""
    if note.trial:  # the working tree is without it meanwhile
        return "its tests were tried without the work, which the next run brings back"
    return "the next run goes on there"


def _cut_off(space: Workspace) -> list[str]:
    """Calls of any command whose process ended before the answer was saved."""
    notes = []
    for record in cut_off_calls(space).values():
        what = " ".join(filter(None, (record.get("task"), record.get("purpose"))))
        begun = f"begun {record.get('at')} by {record.get('provider')}"
        notes.append(f"a call was cut off ({what}, {begun}); what it cost comes with the next run")
    return notes


def _headline(feature_state: FeatureState) -> str:
    on = git_files.branch(feature_state.workspace.repo)
    known, unknown = feature_state.costs.get("", (0, 0))
    limit = feature_state.document.get("budget_usd")
    cost = money.shown(known, unknown)
    parts = [
        feature_state.workspace.feature,
        feature_state.document["title"],
        f"branch {on}" if on else "",
        f"{cost} of {money.shown(money.nano(limit))}" if limit else cost,
    ]
    return "   ".join(filter(None, parts))


def _progress_line(feature_state: FeatureState, ascii_only: bool) -> str:
    counted = [task for task in feature_state.needs if feature_state.states[task] != "dropped"]
    done = sum(feature_state.states[task] in ("done", "waived") for task in counted)
    full = _BAR_CELLS * done // max(1, len(counted))
    marks = ("#", ".") if ascii_only else ("█", "░")
    bar = marks[0] * full + marks[1] * (_BAR_CELLS - full)
    parts = [f"{done}/{len(counted)} done", f"{feature_state.count('ready')} ready"]
    parts.append(f"{feature_state.count('waiting')} waiting")
    for state in ("red", "green", "blocked", "failed", "waived", "dropped"):
        if feature_state.count(state):
            parts.append(f"{feature_state.count(state)} {state}")
    return f"  {bar}  {'   '.join(parts)}"


def _task_lines(
    feature_state: FeatureState, width: int | None, cut_mark: str, mark: Callable[[str], str]
) -> list[str]:
    """Id, state and title in columns; what else is known of a task follows."""
    rows = [_task_cells(feature_state, task) for task in feature_state.tasks]
    across = max((columns.width(line) for line in _task_table(rows)), default=0)
    if width and across > width:
        titles = max(columns.width(row[2]) for row in rows)
        left = max(titles - (across - width), _SHORTEST_TITLE)
        rows = [[*row[:2], columns.cut(row[2], left, cut_mark), *row[3:]] for row in rows]
    return _task_table(rows, mark)


def _task_table(rows: Sequence[Sequence[str]], mark: Callable[[str], str] = str) -> list[str]:
    widths = [max((columns.width(row[column]) for row in rows), default=0) for column in range(3)]
    lines = []
    for row in rows:
        id_, state, title = map(columns.padded, row[:3], widths)
        start = f"  {id_}  {mark(state)}  {title}"
        lines.append("   ".join([start, *row[3:]]).rstrip())
    return lines


def _task_cells(feature_state: FeatureState, task: Mapping[str, Any]) -> list[str]:
    id_ = task["id"]
    state = feature_state.shown(id_)
    record = feature_state.records.get(id_) or TaskState()
    cells = [id_, state, task["title"]]
    if state == "waiting":
        missing = progress.missing(id_, feature_state.needs, feature_state.states)
        cells.append(f"needs {', '.join(missing)}")
    if record.tests and state == "done":
        cells.append(f"{record.tests} test{'s' * (record.tests != 1)}")
    if record.reason:
        cells.append(record.reason)
    if id_ in feature_state.costs:
        cells.append(money.shown(*feature_state.costs[id_]))
    cells.append(feature_state.commit_of(id_)[:7])
    return [*cells[:3], *filter(None, cells[3:])]


def task_facts(feature_state: FeatureState, task: Mapping[str, Any]) -> dict[str, Any]:
    """One task, for machines."""
    id_ = task["id"]
    record = feature_state.records.get(id_) or TaskState()
    return {
        "id": id_,
        "title": task["title"],
        "state": feature_state.shown(id_),
        "needs": feature_state.needs[id_],
        "tests": record.tests or None,
        "reason": record.reason or None,
        "question": record.question or None,
        "commit": feature_state.commit_of(id_) or None,
        **_money(feature_state, id_),
    }


def _money(feature_state: FeatureState, key: str) -> dict[str, Any]:
    return money.facts(*feature_state.costs.get(key, (0, 0)))


def _acceptance_line(feature_state: FeatureState, item: Mapping[str, Any]) -> str:
    tasks = covered(feature_state, item["id"])
    told = ", ".join(f"{task} ({feature_state.shown(task)})" for task in tasks)
    return f"  {item['id']:<5} {'covered by ' + told if told else 'covered by no task'}"


def _one_line(space: Workspace, width: int | None) -> str:
    *parts, following = filter(None, _parts(space))
    line = "   ".join([*parts, following])
    if width is None or columns.width(line) <= width:
        return line
    return "\n  ".join(["   ".join(parts), following])


def _parts(space: Workspace) -> list[str]:
    """What `overview` tells of a feature; the last is what to type next."""
    if not space.has("plan.yaml"):
        return [*_headline_without_plan(space), hints.next_line(hints.plan(space.feature))]
    feature_state = FeatureState(space)
    done = sum(state in ("done", "waived") for state in feature_state.states.values())
    known, unknown = feature_state.costs.get("", (0, 0))
    return [
        space.feature,
        f"{done}/{len(feature_state.states)} done",
        money.shown(known, unknown),
        hints.next_line(next_command(feature_state)),
    ]
