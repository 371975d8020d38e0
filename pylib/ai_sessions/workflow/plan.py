"""`plan`: ask for a plan as JSON, check it, write it; check, approve and revise what is there."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ai_sessions import controls, git
from ai_sessions.dialogue import prompts
from ai_sessions.dialogue.answers import json_object
from ai_sessions.errors import ConfigError, GateRefused, NotFound, UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import document as plans
from ai_sessions.plan import findings as plan_findings
from ai_sessions.plan import trust
from ai_sessions.plan.findings import Finding, line_of
from ai_sessions.plan.parts import with_parts
from ai_sessions.workflow import detecting, hints
from ai_sessions.workflow.calls import Line
from ai_sessions.workflow.project import Project, project
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workspace import approvals
from ai_sessions.workspace.events import add_event
from ai_sessions.workspace.features import need_new
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.logs import save_log
from ai_sessions.workspace.plan_file import (
    check_text,
    read_document,
    read_plan,
    read_plan_text,
    save_page,
    save_plan,
)
from ai_sessions.yaml_text import parsed

_MOST_CONTEXT = 60_000
_BIGGEST_FILE = 20_000


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan that was written. `warnings`: what is worth a look, with lines of the new file."""

    plan: plans.Plan
    path: str
    warnings: tuple[Finding, ...]
    next: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What `--check` found. `unapproved`: commands that wait for a person."""

    findings: tuple[Finding, ...]
    unapproved: tuple[plans.Command, ...]
    file: str

    @property
    def ok(self) -> bool:
        return not plan_findings.errors(self.findings)

    def lines(self) -> list[str]:
        return [one.shown(self.file) for one in self.findings]


def need_room(space: Workspace) -> None:
    """Raises `UsageError` when there is a plan already, which is never written over, and `NotFound`
    when HEAD has the feature, whose folder was deleted.
    """
    need_new(space)
    if space.text("plan.yaml").strip():
        raise UsageError(
            f"{space.feature} has a plan already; it is not written over",
            f'plan.sh {space.feature} --revise "what should change"',
        )


def need_tests(project: Project) -> None:
    """Raises `ConfigError` when nobody knows how a task's tests are run: no task can be proved."""
    if not project.can_test:
        raise ConfigError(*detecting.missing(project.detected, project.root))


def make(line: Line, project: Project, wish: str, *, full_context: bool = False) -> Planned:
    """Ask for a plan and write it. Raises as `need_room`."""
    need_room(line.space)
    prompt = first_prompt(line.space, project, wish, full_context=full_context)
    return _asked(line, project, prompt, wish, {})


def revise(line: Line, project: Project, wish: str) -> Planned:
    """Ask for a changed plan; tasks that are begun stay as they are."""
    feature_state = FeatureState(line.space)
    begun = _begun(feature_state)
    prompt = prompts.revise(line.space.feature, wish, read_plan_text(line.space), begun)
    kept = {task["id"]: task for task in feature_state.tasks if task["id"] in begun}
    return _asked(line, project, prompt, wish, kept)


def revise_prompt(space: Workspace, wish: str) -> str:
    """The prompt that `revise` sends."""
    return prompts.revise(space.feature, wish, read_plan_text(space), _begun(FeatureState(space)))


def _begun(feature_state: FeatureState) -> dict[str, str]:
    return {task: state for task, state in feature_state.states.items() if state != "todo"}


def first_prompt(
    space: Workspace, project: Project, wish: str, *, full_context: bool = False
) -> str:
    """The prompt that `make` sends."""
    files = project.files()
    commands = {name: plans.Command(tuple(one["cmd"])) for name, one in project.commands.items()}
    for place, named in project.parts.items():
        for name, one in named.items():
            commands[f"{name} of {place}"] = plans.Command(tuple(one["cmd"]), cwd=place)
    spec = space.text("spec.md")
    if full_context:
        spec += _contents(project.repo, files)
    return prompts.plan(space.feature, wish, spec, files, commands)


def check(space: Workspace) -> Checked:
    """All findings of `plan.yaml`, and its commands that are not approved, by line."""
    text = read_plan_text(space)
    document, found = check_text(space, text)
    file = space.relative("plan.yaml")
    if plan_findings.errors(found):
        return Checked(found, (), file)
    waiting = waiting_commands(space, plans.from_document(document), _preparing(space))
    _, lines, _ = parsed(text)
    told = tuple(_not_approved(one, document, lines) for one in waiting)
    return Checked((*found, *told), waiting, file)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Commands that wait for a person. `fingerprint`: of the whole list they belong to, which is
    what is approved.
    """

    commands: tuple[plans.Command, ...]
    fingerprint: str


def waiting(space: Workspace) -> Waiting:
    """What `approve` would approve now; no commands: nothing waits."""
    plan, preparing = read_plan(space), _preparing(space)
    commands = waiting_commands(space, plan, preparing)
    return Waiting(commands, trust.fingerprint(_commands(plan, preparing)))


def approve(space: Workspace, shown: str = "") -> tuple[plans.Command, ...]:
    """Approve the plan's commands exactly as they are; returns those that needed it.

    `shown`: fingerprint of the list that a person was shown. Raises `GateRefused` when it is
    another one by now.
    """
    plan, preparing = read_plan(space), _preparing(space)
    fingerprint = trust.fingerprint(_commands(plan, preparing))
    if shown not in ("", fingerprint):
        told = f"the commands of {space.feature} have changed since they were shown"
        raise GateRefused(told, hints.approve(space.feature), waits_for="approval")
    approvals.approve(space.repo, space.feature, fingerprint)
    return _unapproved(plan, preparing)


def waiting_commands(
    space: Workspace, plan: plans.Plan, preparing: Sequence[plans.Command]
) -> tuple[plans.Command, ...]:
    """The commands that may not run yet: neither plain test tools nor approved.

    `preparing`: the project's commands that make a checkout ready, approved together with them.
    """
    commands = _commands(plan, preparing)
    unapproved = _unapproved(plan, preparing)
    if unapproved and approvals.approved(space.repo, space.feature) == trust.fingerprint(commands):
        return ()
    return unapproved


def _commands(plan: plans.Plan, preparing: Sequence[plans.Command]) -> tuple[plans.Command, ...]:
    return (*plan.commands(), *preparing)


def _unapproved(plan: plans.Plan, preparing: Sequence[plans.Command]) -> tuple[plans.Command, ...]:
    """Those that are neither plain test tools nor plain installers."""
    unknown = (one for one in preparing if not trust.installs(one.cmd))
    return (*trust.unapproved(plan.commands()), *unknown)


def _preparing(space: Workspace) -> tuple[plans.Command, ...]:
    return project(Path(space.repo), space.root).preparing


def save(space: Workspace, document: Mapping[str, Any]) -> Planned:
    """Write a document as the plan. Raises `ConfigError` when it is wrong."""
    text = plans.dump(document)
    checked, found = check_text(space, text)
    wrong = plan_findings.errors(found)
    if wrong:
        raise ConfigError(wrong[0].message, hints.check(space.feature))
    plan = plans.from_document(checked)
    known = FeatureState(space).states if _is_sound(space) else {}
    save_plan(space, text, plans.page(plan, known))
    waiting = waiting_commands(space, plan, _preparing(space))
    following = hints.approve(space.feature) if waiting else FeatureState(space).next_step()
    return Planned(plan, space.relative("plan.yaml"), found, following)


def render_page(space: Workspace) -> None:
    """Write `plan.md` anew with the tasks as they stand."""
    feature_state = FeatureState(space)
    page = plans.page(plans.from_document(feature_state.document), feature_state.states)
    save_page(space, page)


def _asked(
    line: Line, project: Project, prompt: str, wish: str, kept: Mapping[str, Any]
) -> Planned:
    """Ask, repair once, write. What cannot be used goes to logs/, never into the plan."""
    for purpose in ("plan", "repair"):
        result = line.ask(prompt, purpose, schema=plans.ANSWER_SCHEMA)
        document, problems = _document(result.text, line.space, project, kept)
        if not problems:
            _remember(line.space, wish)
            planned = save(line.space, document)
            add_event(line.space, result.interaction.at, "planned", tasks=len(planned.plan.tasks))
            return planned
        line.say(f"the answer cannot be used: {problems[0]}")
        prompt = prompts.repair(problems, plans.ANSWER_SCHEMA)
    log = save_log(line.space, "plan-answer.txt", result.text)
    raise ConfigError(
        f"no plan was written: {problems[0]}", f"the answer is kept in {log}; run it again"
    )


def _document(
    text: str, space: Workspace, project: Project, kept: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """The plan in an answer, and what is wrong with it."""
    answer = json_object(text)
    if answer is None:
        return {}, ["it holds no JSON object"]
    base = git.branch(Path(space.repo))
    try:
        document = plans.from_answer(answer, space.feature, base, project.commands)
        document = with_parts(document, project.parts)
        found = plan_findings.findings(document, {}, space.feature)
    except (TypeError, AttributeError, ValueError) as error:
        return {}, [f"it does not fit the schema: {error}"]
    problems = [one.message for one in plan_findings.errors(found)]
    if not problems and kept:
        problems = _changed(document, kept)
    return document, problems


def _changed(document: Mapping[str, Any], kept: Mapping[str, Any]) -> list[str]:
    """Begun tasks that the new plan lost or altered."""
    new = {task["id"]: task for task in plans.tasks_in(document)}
    problems = []
    for id_, old in kept.items():
        if id_ not in new:
            problems.append(f"{id_} is begun and has to stay")
        elif any(new[id_].get(key) != old.get(key) for key in ("files", "tests", "kind")):
            problems.append(f"{id_} is begun: its files, tests and kind have to stay")
    return problems


def _remember(space: Workspace, wish: str) -> None:
    """The wish belongs to the specification, which later prompts read."""
    spec = space.text("spec.md")
    asked = controls.plain(wish).strip()
    if asked and asked not in spec:
        space.write(f"{spec.rstrip()}\n\n## Asked\n\n{asked}\n".lstrip(), "spec.md")


def _is_sound(space: Workspace) -> bool:
    try:
        read_document(space)
    except (ConfigError, NotFound):
        return False
    return True


def _not_approved(
    command: plans.Command, document: Mapping[str, Any], lines: plan_findings.Lines
) -> Finding:
    place = next((place for place, cmd in _places(document) if tuple(cmd) == command.cmd), ())
    told = f"not approved to run: {command.shown}"
    return Finding(line_of(place, lines), told, "warning")


def _places(document: Mapping[str, Any]) -> list[tuple[plan_findings.Place, Sequence[str]]]:
    found: list[tuple[plan_findings.Place, Sequence[str]]] = [
        (("defaults", name), one["cmd"])
        for name, one in (document.get("defaults") or {}).items()
        if isinstance(one, dict)
    ]
    for p, phase in enumerate(document["phases"]):
        for t, task in enumerate(phase["tasks"]):
            for name in ("check", "test"):
                if task.get(name):
                    found.append((("phases", p, "tasks", t, name), task[name]["cmd"]))
    return found


def _contents(repo: Path, files: Sequence[str]) -> str:
    """The text of the repository's files, as far as it fits."""
    parts, left = [], _MOST_CONTEXT
    for name in files:
        text = _text(repo / name)
        if not text or len(text) > min(left, _BIGGEST_FILE):
            continue
        parts.append(f"\n\n### {name}\n\n````\n{text.rstrip()}\n````")
        left -= len(text)
    return "".join(parts)


def _text(path: Path) -> str:
    try:
        if path.is_symlink():
            return ""
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def import_list(space: Workspace, project: Project, text: str, name: str) -> Checked:
    """Write the task list of another tool as our plan; what it lacks is among the findings.

    Raises `UsageError` when there is a plan already, `ConfigError` when it holds no task.
    """
    from ai_sessions.plan import tasklists

    need_room(space)
    document = tasklists.read(text, name, space.feature, project.commands)
    document = with_parts(document, project.parts)
    space.write(plans.dump(document), "plan.yaml")
    found = check(space)
    if found.ok:
        render_page(space)
    return found
