"""`init`: lay out a new feature, with a plan from a template where one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ai_sessions.cli.app import App
from ai_sessions.cli.words import Template
from ai_sessions.workflow import hints

if TYPE_CHECKING:
    from ai_sessions.workflow.init import Created
    from ai_sessions.workflow.plan import Planned


def _list(context: click.Context, _param: click.Parameter, value: bool) -> None:
    """`--templates`: the names, each with what it is for."""
    if not value or context.resilient_parsing:
        return
    from ai_sessions.workflow.templates import bundled

    out = context.obj.out
    known = bundled()
    out.result({"templates": known})
    for name, about in known.items():
        out.say(f"{name:<10} {about}")
    context.exit()


@click.command()
@click.argument("feature")
@click.argument("wish", required=False, default="", metavar="[PROMPT]")
@click.option("--template", type=Template(), help="Plan it by a template: its name, or a file.")
@click.option(
    "--templates",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list,
    help="List the templates there are.",
)
@click.pass_obj
def init(app: App, feature: str, wish: str, template: str | None) -> None:
    """Lay out a new feature; what is there already is left as it is.

    \b
      init-session.sh payment-gateway
      init-session.sh payment-gateway "Take card payments once per idempotency key"
      init-session.sh empty-cart "total([]) raises" --template bugfix
    """
    from ai_sessions.workflow.init import init as lay_out

    document = _document(app, feature, wish, template) if template else None
    made = lay_out(app.repo, app.settings["SESSION_ROOT"], feature, wish)
    planned = _planned(app, feature, document) if document else None
    _say(app, feature, made, planned)
    folder = f"{app.settings['SESSION_ROOT']}/{feature}"
    if wish.strip() and not planned and f"{folder}/spec.md" not in made.made:
        app.out.note(f"the prompt was not kept: {folder}/spec.md is there; edit that file")
    for name, command in made.commands.items():
        app.out.note(f"  {name}: {' '.join(command['cmd'])}")
    app.out.notes([f"  {note}" for note in made.notes])
    if document:
        _say_plan(app, document, wish)
    app.out.say(hints.next_line(planned.next if planned else made.next))


def _document(app: App, feature: str, wish: str, template: str) -> dict[str, Any]:
    """The plan of the template, checked before anything is made."""
    from ai_sessions import names
    from ai_sessions.workflow import templates
    from ai_sessions.workflow.project import project
    from ai_sessions.workspace.files import Workspace

    root = app.settings["SESSION_ROOT"]
    space = Workspace(str(app.repo), root, names.feature(feature))
    found = templates.find(template)
    return templates.document_of(found, space, project(app.repo, root), wish)


def _planned(app: App, feature: str, document: dict[str, Any]) -> Planned:
    from ai_sessions.workflow import templates
    from ai_sessions.workspace.files import Workspace

    space = Workspace(str(app.repo), app.settings["SESSION_ROOT"], feature)
    return templates.plan(space, document)


def _say(app: App, feature: str, made: Created, planned: Planned | None) -> None:
    paths = [*made.made, *([planned.path] if planned else [])]
    tasks = [task.id for task in planned.plan.tasks] if planned else []
    plan = {"plan": planned.path, "tasks": tasks} if planned else {}
    following = planned.next if planned else made.next
    facts = {"commands": made.commands, "notes": made.notes, **plan, "next": following}
    app.out.result({"feature": feature, "made": paths, **facts})
    if paths:
        app.out.say(f"{feature}: laid out in {app.settings['SESSION_ROOT']}/{feature}")
        app.out.note("\n".join(f"  made {path}" for path in paths))
    else:
        app.out.say(f"{feature}: all there already, nothing changed")


def _say_plan(app: App, document: dict[str, Any], wish: str) -> None:
    """The files that are proposed, which only a person can know to be the right ones."""
    from ai_sessions.workflow.templates import proposed

    app.out.note(f"  files of the plan: {', '.join(proposed(document))} (edit plan.yaml: your own)")
    if not wish.strip():
        app.out.note("  what is wanted goes into spec.md, which the plan refers to")
