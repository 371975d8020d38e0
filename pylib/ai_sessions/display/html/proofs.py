"""A feature as HTML: where its tasks stand, and what our own process saw that proves it.

Plans and proofs are files of a repository that anybody may have written: whatever has another form
than ours is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from ai_sessions import money
from ai_sessions.controls import one_line
from ai_sessions.display.html import charts, tables
from ai_sessions.display.html.escaping import optional, text

Plain = Mapping[str, Any]
Path = Callable[[str], str]
_FINISHED = ("done", "waived")
#: Steps of a proof in the order they come about, and what each of them shows.
_STEPS = {
    "baseline": "before the work",
    "red": "the tests, without the work",
    "green": "the tests, with the work",
    "suite": "all tests, with the work",
    "check": "the check",
    "waiver": "waived by a person",
    "again": "proved again",
}
#: Runs of tests in a record: its key, and what is said of it.
_RUNS = {"run": "", "tests": "its tests", "suite": "all tests"}
_OUTCOMES = ("passed", "failed", "error", "skipped")
#: Tests that are named of each outcome; characters of a commit's id.
_NAMED, _COMMIT = 50, 7


def done_of(feature: Plain) -> tuple[int, int]:
    """How many tasks are finished, and of how many; dropped ones are left out."""
    states = [task["state"] for task in feature["tasks"] if task["state"] != "dropped"]
    return sum(state in _FINISHED for state in states), len(states)


def verdict(feature: Plain) -> tables.Html:
    """What `verify` said last, and whether that is still true; empty: nothing."""
    found = feature.get("verified")
    if not found:
        return tables.Html("")
    is_good = found["verdict"] == "GO" and found["is_current"]
    since = "" if found["is_current"] else ", before the last commit"
    shown = f"{found['verdict']} at {found['commit'][:_COMMIT]}{since}"
    return tables.Html(f'<b class="{"good" if is_good else "bad"}">{text(shown)}</b>')


def progress(feature: Plain) -> tables.Html:
    """A bar, and the numbers it stands for; empty for a plan with faults, which are told apart."""
    if feature.get("problem"):
        return tables.Html("")
    done, whole = done_of(feature)
    bar = charts.share(done / whole, 3) if whole else ""
    return tables.Html(f"{bar} {done} of {whole}" if whole else "no plan")


def content(feature: Plain, path_of: Path) -> str:
    """Everything about one feature below its name. `path_of`: of the page of a session."""
    title, branch = feature.get("title", ""), feature.get("branch", "")
    notes = "".join(f'<p class="mark">{text(one)}</p>\n' for one in feature["notes"])
    return (
        f"{optional('<p>{}</p>', title)}\n<p>{progress(feature)} &nbsp; {verdict(feature)}</p>\n"
        f"{optional(_BAD, feature.get('problem'))}{notes}"
        f"<dl>\n<dt>Repository</dt><dd>{text(feature['repository'])}</dd>\n"
        f"{optional(_fact('Branch'), branch)}{optional(_fact('Cost'), cost_of(feature))}"
        f"{optional(_fact('Next', 'code'), feature.get('next'))}</dl>\n"
        f"{_tasks(feature['tasks'])}{_acceptance(feature.get('acceptance') or ())}"
        f"{''.join(_proof(task, path_of) for task in feature['tasks'])}"
    )


_BAD = '<p class="bad">{}</p>\n'


def _fact(name: str, tag: str = "span") -> str:
    return f"<dt>{name}</dt><dd><{tag}>{{}}</{tag}></dd>\n"


def cost_of(found: Plain) -> str:
    """What calls for it have cost; empty: nobody counted."""
    return money.shown(found["cost_nusd"], found["unknown_costs"]) if "cost_nusd" in found else ""


def _tasks(tasks: Sequence[Plain]) -> str:
    heads = ("Task", "State", "Title", "Tests", "Needs", "Commit", "Cost")
    rows = (
        (
            tables.link(f"#{task['id']}", task["id"]) if task.get("proof") else task["id"],
            tables.Html(f'<b class="{_mark(task["state"])}">{text(task["state"])}</b>'),
            task["title"],
            task["tests"] or "",
            ", ".join(map(str, task["needs"])),
            (task["commit"] or "")[:_COMMIT],
            cost_of(task),
        )
        for task in tasks
    )
    return (
        f"<h2>Tasks</h2>\n{tables.table(heads, rows, 'Tasks', ('State', 'Title', 'Needs'))}"
        if tasks
        else ""
    )


def _mark(state: str) -> str:
    if state in _FINISHED:
        return "good"
    return "bad" if state in ("failed", "blocked", "red") else "soft"


def _acceptance(items: Iterable[Plain]) -> str:
    rows = [
        (item["id"], item.get("text", ""), ", ".join(item["covered_by"]) or "no task")
        for item in items
    ]
    heads = ("Criterion", "What holds", "Covered by")
    return f"<h2>Acceptance</h2>\n{tables.table(heads, rows, 'Acceptance', heads)}" if rows else ""


# --- the proof of a task


def _proof(task: Plain, path_of: Path) -> str:
    records = task.get("proof") or {}
    if not records:
        return ""
    told = (task["reason"], task["question"])
    said = "".join(optional('<p class="soft">{}</p>\n', one) for one in told)
    steps = "".join(
        _step(step, records[step], path_of) for step in _STEPS if _is_object(records.get(step))
    )
    return (
        f'<section class="proof" id="{text(task["id"])}">\n'
        f"<h2>{text(task['id'])}: {text(one_line(task['title']))}</h2>\n{said}{steps}</section>\n"
    )


def _step(name: str, record: Plain, path_of: Path) -> str:
    runs = "".join(
        _run(told, record[key]) for key, told in _RUNS.items() if _is_object(record.get(key))
    )
    facts = "".join(optional(f"<dt>{key}</dt><dd>{{}}</dd>\n", one) for key, one in _facts(record))
    session = record.get("session")
    if isinstance(session, str) and session:
        facts += f"<dt>Session</dt><dd>{tables.link(path_of(session), session)}</dd>\n"
    return (
        f"<details><summary><b>{name}</b> {_STEPS[name]}{_brief(record)}</summary>\n"
        f"<dl>\n{facts}</dl>\n{runs}</details>\n"
    )


def _brief(record: Plain) -> str:
    """`: 2 passed` of the first run."""
    runs = [record[key] for key in _RUNS if _is_object(record.get(key))]
    return optional(' <span class="soft">{}</span>', _counts(runs[0])) if runs else ""


def _facts(record: Plain) -> Iterator[tuple[str, str]]:
    yield "At", _text(record.get("at"))
    yield "Begun from", _text(record.get("base"))[:_COMMIT]
    yield "Changed", ", ".join(map(str, record.get("changed") or ()))
    yield "Kept unchanged", ", ".join(map(str, record.get("frozen") or ()))
    yield "Reason", _text(record.get("reason"))
    yield "Model", " ".join(filter(None, map(_text, map(record.get, ("provider", "model")))))
    nusd = record.get("cost_nusd")
    yield "Cost", money.shown(nusd) if isinstance(nusd, int) else ""


def _run(told: str, run: Plain) -> str:
    command, ids = run.get("command"), run.get("ids")
    typed = " ".join(map(str, command)) if isinstance(command, list) else ""
    named = "".join(_ids(one, ids.get(one)) for one in _OUTCOMES) if _is_object(ids) else ""
    return (
        f"<h3>{told or 'Run'}</h3>\n{optional('<p><code>{}</code></p>', typed)}\n"
        f"<p>exit {text(run.get('exit', '?'))}{optional(': {}', _counts(run))}</p>\n{named}"
    )


def _counts(run: Plain) -> str:
    counts = run.get("counts")
    if not _is_object(counts):
        return ""
    return ", ".join(f"{counts[one]} {one}" for one in _OUTCOMES if counts.get(one))


def _ids(outcome: str, ids: Any) -> str:
    if not isinstance(ids, list):
        return ""
    mark = "good" if outcome == "passed" else "soft" if outcome == "skipped" else "bad"
    items = "".join(f"<li>{text(one)}</li>\n" for one in ids[:_NAMED])
    more = f"<li>and {len(ids) - _NAMED:,} more</li>\n" if len(ids) > _NAMED else ""
    return f'<p class="{mark}">{outcome}</p>\n<ul class="tests">\n{items}{more}</ul>\n'


def _is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
