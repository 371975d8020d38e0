"""Commands that do the work: plan, implement, review, verify, status."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ai_sessions.cli import budgeted, flags, github, limited, watching
from ai_sessions.cli.app import App
from ai_sessions.cli.calling import (
    alone_in_tree,
    alone_on,
    line_for,
    need_sessions,
    project_of,
    space_of,
    space_to_be,
    told,
)
from ai_sessions.cli.contradictions import excludes, needs, one_of, refuse
from ai_sessions.cli.terminal import is_ascii_only, room
from ai_sessions.cli.words import Feature, Name, Provider, Seconds, Task
from ai_sessions.disk import files
from ai_sessions.display import colours
from ai_sessions.errors import NeedsPerson, UsageError
from ai_sessions.plurals import counted
from ai_sessions.workflow import hints
from ai_sessions.workspace.features import features, workspace
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.tasks import read_evidence, read_states

if TYPE_CHECKING:
    from ai_sessions.workflow.calls import Line
    from ai_sessions.workflow.plan import Planned

Command = TypeVar("Command", bound=Callable[..., Any])
_FEATURE = click.argument("feature", type=Feature())
_TASK = click.option("-t", "--task", type=Task(), help="The task to do, such as T1.1.")


#: What a command has no use for that calls no model.
_CALLS = ("--provider", "--model", "--timeout", "--retry", "--retry-wait")
#: The same in a command that talks in a session.
_TALKS = ("--session", "--lock-wait", "--require-resume", *_CALLS)


def _asking(command: Command) -> Command:
    """The options of every command that calls a model."""
    options = (
        click.option("--provider", type=Provider(), help="Who answers (AI_PROVIDER)."),
        click.option("-m", "--model", metavar="MODEL", help="Its name or an alias (AI_MODEL)."),
        click.option(
            "--timeout",
            type=Seconds(min=0, min_open=True),
            metavar="SECONDS",
            help="For one call (AI_TIMEOUT).",
        ),
        click.option(
            "--retry",
            type=click.IntRange(min=0),
            default=0,
            metavar="N",
            help="Repeat a failed call so often.",
        ),
        click.option(
            "--retry-wait",
            metavar="TIME",
            help="Longest wait for a limit to pass (AI_RETRY_WAIT).",
        ),
        flags.watched,
    )
    for option in reversed(options):
        command = option(command)
    return command


def _talking(command: Command) -> Command:
    """The options of every command that talks in a session."""
    options = (
        click.option("--session", type=Name(), help="Session to talk in."),
        click.option("--default-session", hidden=True, help="The one that the script has named."),
        click.option("--no-session", is_flag=True, help="Keep no session (USE_SESSIONS=false)."),
        click.option("--require-resume", is_flag=True, help="Fail when the context is lost."),
        click.option(
            "--lock-wait",
            type=Seconds(min=0),
            metavar="SECONDS",
            help="How long to wait for another run.",
        ),
        _asking,
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@_FEATURE
@click.argument("wish", required=False, default="", metavar="[PROMPT]")
@click.option("--check", is_flag=True, help="Say what is wrong with the plan, by line.")
@click.option("--approve", is_flag=True, help="Approve the plan's commands as they are now.")
@click.option("--revise", is_flag=True, help="Change the plan; begun tasks stay.")
@click.option(
    "--import",
    "import_",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Read a task list: spec-kit or OpenSpec tasks.md, task-master tasks.json.",
)
@click.option("--full-context", is_flag=True, help="Send the files of the project too.")
@click.option("-y", "--yes", is_flag=True, help="Lay out a new feature without asking.")
@click.option("-n", "--dry-run", is_flag=True, help="Show the prompt; call nobody.")
@_talking
@refuse(
    one_of("--check", "--approve", "--import", "--revise"),
    *(
        excludes(mode, "PROMPT", "--full-context", "--dry-run", *_TALKS)
        for mode in ("--check", "--approve", "--import")
    ),
    excludes("--revise", "--full-context"),
    excludes("--yes", "--check", "--approve", "--revise", "--dry-run"),
)
@click.pass_obj
def plan(
    app: App,
    /,
    feature: str,
    wish: str,
    check: bool,
    approve: bool,
    revise: bool,
    import_: Path | None,
    full_context: bool,
    yes: bool,
    dry_run: bool,
    **calling: Any,
) -> int:
    """Plan a feature: ask for tasks, check them, write plan.yaml and plan.md.

    A feature that is not there yet is laid out first.

    \b
      plan.sh payment-gateway "Design payment processing"
      plan.sh payment-gateway --check                  # after you edited plan.yaml
      plan.sh payment-gateway --revise "Add refunds"

    PROMPT says what is wanted; `-` reads it from stdin.
    """
    if check or approve:
        return (_checked if check else _approved)(app, space_of(app, feature))
    from ai_sessions.workflow import plan as verb
    from ai_sessions.workflow.state import FeatureState

    space = space_of(app, feature) if revise else space_to_be(app, feature, is_meant=yes)
    wish = wish if import_ else _wish(wish, feature)
    if dry_run:
        if revise:
            return _dry(app, f"plan {feature} --revise", verb.revise_prompt(space, wish))
        prompt = verb.first_prompt(space, project_of(app), wish, full_context=full_context)
        return _dry(app, f"plan {feature}", prompt)
    need_sessions(app, calling)
    if revise:
        FeatureState(space)
    else:
        verb.need_room(space)
    if not (revise or import_):
        verb.need_tests(project_of(app))
    if not (yes or space.exists() or app.agrees(_new(space), default=True)):
        app.out.note("nothing made")
        return NeedsPerson.exit_code
    if import_:
        _lay_out(app, space)
        return _imported(app, space, import_)
    line = line_for(app, space, "plan", calling)
    _lay_out(app, space)
    with alone_on(app, space, calling):
        if revise:
            planned = verb.revise(line, project_of(app), wish)
        else:
            planned = verb.make(line, project_of(app), wish, full_context=full_context)
    _say_plan(app, feature, planned, line)
    return 0


def _say_plan(app: App, feature: str, planned: Planned, line: Line) -> None:
    tasks = [
        {"id": task.id, "title": task.title, "needs": task.needs} for task in planned.plan.tasks
    ]
    facts = {"feature": feature, "plan": planned.path, "tasks": tasks, "cost": line.facts()}
    app.out.result({**facts, "next": planned.next})
    app.out.say(f"{feature}: {counted(len(tasks), 'task')} in {planned.path}")
    for task in planned.plan.tasks:
        app.out.say(f"  {task.id:<6} {task.title}")
    for one in planned.warnings:
        app.out.note(one.shown(planned.path))
    told(app, line)
    app.out.say(hints.next_line(planned.next))


@click.command()
@_FEATURE
@_TASK
@click.option("--next", "next_", is_flag=True, help="Do the task that comes next.")
@click.option("--all", "all_", is_flag=True, help="Do tasks until none is ready.")
@click.option(
    "--max-tasks", type=click.IntRange(min=1), metavar="N", help="With --all: at most so many."
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="With --all: up to N tasks that share no file at the same time, in working trees.",
)
@click.option("--in-worktree", is_flag=True, hidden=True, help="In a working tree; used by --jobs.")
@click.option("--tdd", is_flag=True, help="Clean up after green, with the tests as guard.")
@click.option("--no-tests", is_flag=True, help="Waive the proof; shown for ever. Needs --reason.")
@click.option("--reason", help="Why the proof is waived.")
@click.option(
    "--attempts", type=click.IntRange(min=1), metavar="N", help="Tries for each step (ATTEMPTS)."
)
@click.option("--answer", help="The answer to a blocked task.")
@click.option("--allow-dirty", is_flag=True, help="Go on although the tree has changes.")
@click.option(
    "--commit",
    type=click.Choice(["step", "task"]),
    default="step",
    show_default=True,
    help="A commit for the red tests and one for the task, or only one.",
)
@click.option("--strict-files", is_flag=True, help="Refuse changes outside the task's files.")
@click.option("--strict", is_flag=True, help="Refuse tests without teeth.")
@click.option("--no-teeth", is_flag=True, help="Do not try the tests against the old sources.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would happen; change nothing.")
@_talking
@refuse(
    excludes("--next", "--task", "--all"),
    needs("--max-tasks", "--all"),
    needs("--jobs", "--all"),
    needs("--answer", "--task"),
    one_of("--answer", "--all"),
    needs("--no-tests", "--reason"),
    needs("--reason", "--no-tests"),
    excludes("--no-tests", "--tdd", "--strict", "--no-teeth", "--attempts"),
    one_of("--strict", "--no-teeth"),
)
@click.pass_obj
def implement(
    app: App,
    /,
    feature: str,
    task: str | None,
    next_: bool,
    all_: bool,
    max_tasks: int | None,
    jobs: int,
    in_worktree: bool,
    dry_run: bool,
    **given: Any,
) -> int:
    """Do a task, test first: red, green and a commit, each proved by our own run of the tests.

    \b
      implement.sh payment-gateway --task T1.1
      implement.sh payment-gateway --all --jobs 3
      implement.sh payment-gateway --task T1.2 --answer "in cents"
    """
    from ai_sessions.cli import implementing

    space = space_of(app, feature)
    if not (task or next_ or all_):
        from ai_sessions.workflow.implement import ready_tasks

        raise UsageError(*ready_tasks(space))
    options = implementing.options(app, given)
    if not task and implementing.is_finished(space):
        return implementing.nothing_left(app, space)
    if dry_run:
        from ai_sessions.workflow.implement import dry

        return _dry(app, *dry(space, project_of(app), task or "", options))
    if in_worktree:
        return implementing.in_worktree(app, space, task or "", options, given)
    most = implementing.Most(tasks=max_tasks or (None if all_ else 1), jobs=jobs)
    return implementing.implement(app, space, task or "", options, given, most)


@click.command()
@_FEATURE
@click.argument("files", nargs=-1)
@click.option("-t", "--task", type=Task(), help="Only the changes of one task.")
@click.option("--base", metavar="REF", help="Compare with this; else where the feature began.")
@click.option("--with", "with_", type=Provider(), help="Who reviews: the same as --provider.")
@click.option(
    "--focus", default="", metavar="TEXT", help="What to look at above all: security, performance."
)
@click.option("--fix", is_flag=True, help="Add a task to the plan for each serious finding.")
@click.option("-n", "--dry-run", is_flag=True, help="Show the prompt; call nobody.")
@_talking
@refuse(one_of("--with", "--provider"), excludes("--task", "--base", "FILES"))
@click.pass_obj
def review(
    app: App,
    /,
    feature: str,
    files: tuple[str, ...],
    task: str | None,
    base: str | None,
    with_: str | None,
    focus: str,
    fix: bool,
    dry_run: bool,
    **calling: Any,
) -> int:
    """Have the changes reviewed by someone who did not write them; exit 1 on a blocker.

    \b
      review.sh payment-gateway
      review.sh payment-gateway --task T1.1 --with codex
      review.sh payment-gateway --focus security --fix
    """
    from ai_sessions.workflow import review as verb
    from ai_sessions.workflow.state import FeatureState

    space = space_to_be(app, feature) if base else space_of(app, feature)
    if fix:
        FeatureState(space)
    what: dict[str, Any] = {"task": task or "", "base": base or "", "files": files, "focus": focus}
    given = calling | {"provider": with_ or calling["provider"]}
    with alone_in_tree(app, calling):
        subject = verb.subject(space, **what)
        if dry_run:
            return _dry(app, f"review {feature}", subject.prompt(verb.SHOWN_CHARACTERS)[0])
        line = _reviewer(app, space, given)
        found = verb.review(line, subject)
        added = _fixes(app, space, found, calling) if fix else ()
    code = 1 if found.blockers else 0
    following = hints.implement(feature, added[0]) if added else found.next
    facts = {**found.facts(), "cost": line.facts(), "tasks": added, "next": following}
    app.out.result({"ok": not code, "code": code, **facts})
    for text in found.lines():
        app.out.say(text)
    if added:
        app.out.say(f"added to the plan: {', '.join(added)}")
    told(app, line)
    app.out.say(hints.next_line(following))
    app.github(github.findings(found), space.text("reviews", Path(found.file).name))
    return code


@click.command()
@_FEATURE
@click.option("--evidence-only", is_flag=True, help="Our own runs alone: costs nothing.")
@click.option("--ai/--no-ai", default=None, help="Also ask a fresh model, which may only object.")
@click.option("--strict", is_flag=True, help="Refuse waived tasks and uncovered acceptance.")
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the checks as JUnit XML.",
)
@click.option("--unit", is_flag=True, help="Only the tests of the tasks.")
@click.option("--integration", is_flag=True, help="Only the suite.")
@click.option("--acceptance", is_flag=True, help="Only whether acceptance is covered.")
@click.option("--all", "all_", is_flag=True, help="All of it (the default).")
@click.option("--commit", is_flag=True, help="After GO, commit reviews and verdict, nothing else.")
@click.option("--ci", is_flag=True, help="As in CI: no model, nothing asked.")
@_asking
@refuse(
    one_of("--ai", "--evidence-only"),
    one_of("--ai", "--ci"),
    *(excludes(option, *_CALLS) for option in ("--evidence-only", "--ci", "--no-ai")),
    excludes("--all", "--unit", "--integration", "--acceptance"),
)
@click.pass_obj
def verify(
    app: App,
    /,
    feature: str,
    evidence_only: bool,
    ai: bool | None,
    strict: bool,
    junit: Path | None,
    unit: bool,
    integration: bool,
    acceptance: bool,
    all_: bool,
    commit: bool,
    ci: bool,
    **calling: Any,
) -> int:
    """Check the finished work in a fresh checkout: GO (0), NO-GO (1) or MANUAL (6).

    \b
      verify.sh payment-gateway
      verify.sh payment-gateway --evidence-only        # costs nothing
      verify.sh payment-gateway --ci --junit verify.xml
    """
    from ai_sessions.workflow.verify import Options, check
    from ai_sessions.workflow.verify import verify as judge

    if junit and not junit.absolute().parent.is_dir():  # known before anything is spent
        raise UsageError(
            f"no folder for --junit {junit}", f"mkdir -p {shlex.quote(str(junit.parent))}"
        )
    space = space_of(app, feature)
    check(space)
    chosen = {"unit": unit, "integration": integration, "acceptance": acceptance}
    parts = frozenset(name for name, wanted in chosen.items() if wanted and not all_)
    options = Options(strict, parts or frozenset(chosen), app.settings["TEST_TIMEOUT"], commit)
    line = None
    if ai or not (ai is False or evidence_only or ci):
        line = _fresh_line(app, space, calling, required=bool(ai))
    with alone_in_tree(app, calling):
        report = judge(space, app.environment_for_code, options, line, app.out.phase)
    if junit:
        with files.reported(junit):
            junit.write_text(report.junit(), "utf-8")
    code = report.exit_code
    cost = line.facts() if line else None
    app.out.result({"ok": not code, "code": code, **report.facts(), "cost": cost})
    for text in report.lines(colours.word):
        app.out.say(text)
    if line:
        told(app, line)
    app.out.say(hints.next_line(report.next))
    if app.environment.get("GITHUB_ACTIONS"):
        from ai_sessions.workflow.report import page

        app.github(github.checks(report), page(report))
    return code


@click.command()
@click.argument("feature", type=Feature(), required=False)
@click.option("--all", "all_", is_flag=True, help="All features, one line each.")
@click.option("--watch", is_flag=True, help="Show it again whenever it changes.")
@click.option(
    "--prove", is_flag=True, help="Prove finished tasks again that no commit names; calls nobody."
)
@refuse(
    one_of("FEATURE", "--all"),
    one_of("--watch", "--json"),
    excludes("--prove", "--all", "--watch"),
)
@click.pass_obj
def status(app: App, feature: str | None, all_: bool, watch: bool, prove: bool) -> int:
    """Show where a feature stands and what to type next.

    \b
      status.sh payment-gateway
      status.sh --all
      status.sh payment-gateway --prove    # after a squash, an amended commit, a rebase
    """
    from ai_sessions.workflow import status as verb

    repo, root = str(app.repo), app.settings["SESSION_ROOT"]
    sessions = app.settings["SESSION_DIR"]
    known = features(repo, root)
    if not (feature or all_):
        feature = _only(known)
    if prove and feature:
        return _prove(app, space_of(app, feature))
    if app.json:
        spaces = [workspace(repo, root, feature)] if feature else []
        spaces = spaces or [Workspace(repo, root, name) for name in known]
        found = [verb.facts_of(space) for space in spaces]
        limits = {
            "limits": limited.facts(sessions),
            "quotas": limited.quota_facts(sessions, app.settings, app.environment),
        }
        app.out.result({**(found[0] if feature else {"features": found}), **limits})
        return 0

    def shown() -> str:
        width = room() if app.out.is_terminal() else None
        if not feature:
            return verb.overview(repo, root, width)
        ascii_only = is_ascii_only(app.environment)
        return verb.show(repo, feature, root, ascii_only=ascii_only, width=width, mark=colours.word)

    if watch:
        watching.watch(app.out, shown, lambda: app.out.say(shown()))
    else:
        app.out.say(shown())
        limits_of = limited.lines(sessions, app.settings, app.environment)
        for line in (*budgeted.lines(app.settings, app.index), *limits_of):
            app.out.note(line)
    return 0


def _prove(app: App, space: Workspace) -> int:
    from ai_sessions.workflow.proving import following
    from ai_sessions.workflow.verify import check, prove

    check(space)
    with alone_in_tree(app, {}):
        proved = prove(space, app.environment_for_code, app.settings["TEST_TIMEOUT"], app.out.phase)
    code, next_command = proved.exit_code, following(space, proved, app.environment)
    app.out.result({"ok": not code, "code": code, **proved.facts(), "next": next_command})
    for text in proved.lines(colours.word):
        app.out.say(text)
    app.out.say(hints.next_line(next_command))
    return code


def _new(space: Workspace) -> str:
    return f"No feature {space.feature} yet. Make {space.relative()}?"


def _lay_out(app: App, space: Workspace) -> None:
    from ai_sessions.workflow.init import init as lay_out

    if not space.exists():
        lay_out(app.repo, space.root, space.feature)
        app.out.note(f"{space.feature}: a new feature, laid out in {space.relative()}")


def _only(known: list[str]) -> str:
    """The feature that is meant when none is named. Raises `UsageError` with the choices."""
    if not known:
        raise UsageError("no features yet", "init-session.sh FEATURE")
    if len(known) > 1:
        raise UsageError("which feature?", f"there are: {', '.join(known)} (or: --all)")
    return known[0]


def _fresh_line(
    app: App, space: Workspace, given: Mapping[str, Any], *, required: bool
) -> Line | None:
    """A line without memory. None when no model is at hand and none was asked for."""
    from ai_sessions.errors import ConfigError

    try:
        alone = dict.fromkeys(("session", "default_session", "lock_wait"))
        alone |= {"no_session": True, "require_resume": False}
        line = line_for(app, space, "verify", {**given, **alone})
        return replace(line, calling=replace(line.calling, ephemeral=True))
    except ConfigError as error:
        if required or given["provider"]:
            raise
        app.out.note(f"no model looks at it: {error.message}")
        return None


def _reviewer(app: App, space: Workspace, given: Mapping[str, Any]) -> Line:
    """The calls of `review`, to somebody who did not write the work."""
    from ai_sessions.workflow.init import prepare

    need_sessions(app, given)
    line = line_for(app, space, "review", given, preferred=_other_than_author(app, space))
    prepare(app.repo, space.root)
    return line


def _other_than_author(app: App, space: Workspace) -> str:
    """An installed agent that did not write the work; empty: whoever is the default."""
    from ai_sessions.assemble import providers

    proofs = (read_evidence(space, task, "green") for task in read_states(space))
    authors = {str(proof.get("provider")) for proof in proofs if proof}
    others = (name for name in providers.installed(app.environment) if name not in authors)
    return next(others, "") if authors else ""


def _fixes(app: App, space: Workspace, found: Any, given: Mapping[str, Any]) -> tuple[str, ...]:
    from ai_sessions.workflow.review import add_tasks

    with alone_on(app, space, given):
        return add_tasks(space, found.findings)


def _checked(app: App, space: Workspace) -> int:
    from ai_sessions.workflow.plan import check

    found = check(space)
    code = 0 if found.ok else 3
    told = [
        {"line": one.line, "level": one.level, "message": one.message} for one in found.findings
    ]
    following = hints.approve(space.feature) if found.unapproved else hints.status(space.feature)
    app.out.result({"ok": not code, "code": code, "plan": found.file, "findings": told})
    wrong = sum(one.level == "error" for one in found.findings)
    app.out.say(f"{found.file}: {f'{wrong} to correct' if wrong else 'valid'}")
    for text in found.lines():
        app.out.say(text)
    if not code:
        app.out.say(hints.next_line(following))
    return code


def _approved(app: App, space: Workspace) -> int:
    from ai_sessions.workflow.plan import approve
    from ai_sessions.workflow.state import FeatureState

    commands = approve(space)
    shown = [list(command.cmd) for command in commands]
    following = FeatureState(space).next_step()
    app.out.result({"feature": space.feature, "approved": shown, "next": following})
    app.out.say(f"{space.feature}: approved until one of its commands changes")
    for command in commands:
        app.out.say(f"  {command.shown}")
    app.out.say(hints.next_line(following))
    return 0


def _imported(app: App, space: Workspace, file: Path) -> int:
    from ai_sessions.workflow.plan import import_list

    found = import_list(space, project_of(app), file.read_text("utf-8", "replace"), file.name)
    code = 0 if found.ok else 6
    told = [{"line": one.line, "message": one.message} for one in found.findings]
    app.out.result({"ok": not code, "code": code, "plan": found.file, "findings": told})
    app.out.say(f"{space.feature}: imported into {found.file}")
    for text in found.lines():
        app.out.say(text)
    app.out.say(hints.next_line(hints.check(space.feature)))
    return code


def _wish(wish: str, feature: str) -> str:
    """The prompt, from stdin for `-`. Raises `UsageError` without one."""
    text = sys.stdin.read() if wish == "-" else wish
    if not text.strip():
        raise UsageError("what should be planned?", hints.plan(feature))
    return text


def _dry(app: App, title: str, prompt: str) -> int:
    app.out.result({"dry_run": True, "title": title, "prompt": prompt})
    app.out.say(f"{title} (dry run: nothing is called, nothing changes)\n")
    app.out.say(prompt)
    return 0
