"""The command `assistant`: its options, and the commands below it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ai_sessions.cli import flags
from ai_sessions.cli.app import App
from ai_sessions.cli.contradictions import given as typed
from ai_sessions.cli.contradictions import needs, one_of, refuse
from ai_sessions.cli.words import Model, Provider, Seconds
from ai_sessions.errors import UsageError

if TYPE_CHECKING:
    from ai_sessions.assistant.service import Assistant

#: At most one of these is done.
_ACTIONS = (
    *("--init", "--greeting", "--stats", "--suggest-model"),
    *("--favorite", "--unfavorite", "--reset"),
)
_FOR_EVERY_COMMAND = ("--json", "--quiet", "--debug")


@click.group(invoke_without_command=True, subcommand_metavar="[ask TEXT | chat]")
@click.option("--init", is_flag=True, help="Say who you are; once more: change it.")
@click.option("--name", metavar="NAME", help="With --init: your name, without being asked.")
@click.option("--assistant", "called", metavar="NAME", help="With --init: what you call it.")
@click.option(
    "-m",
    "--model",
    metavar="MODEL",
    type=Model(),
    help="With --init: a number from 1 to 5, or a name.",
)
@click.option("--greeting", is_flag=True, help="Be greeted.")
@click.option("--stats", is_flag=True, help="Show how much of which model was used.")
@flags.forms("table", "json", "csv")
@click.option("--suggest-model", is_flag=True, help="Say which model is best now.")
@click.option(
    "--explain", is_flag=True, help="With --suggest-model: show what each one's score is."
)
@click.option("--large-context", is_flag=True, help="With --suggest-model: prefer large windows.")
@click.option("--favorite", metavar="MODEL", type=Model(), help="Prefer a model.")
@click.option("--unfavorite", metavar="MODEL", type=Model(), help="Prefer it no more.")
@click.option("--reset", is_flag=True, help="Forget who you are; what was used is still counted.")
@refuse(
    one_of(*_ACTIONS),
    *(needs(option, "--init") for option in ("--name", "--assistant", "--model")),
    *(needs(option, "--stats") for option in ("--format", "--csv")),
    *(needs(option, "--suggest-model") for option in ("--explain", "--large-context")),
)
@click.pass_context
def assistant(context: click.Context, /, **given: Any) -> None:
    """Talk with an assistant that remembers you and takes the model that is best now.

    \b
      assistant.sh --init                      # your name, its name, a model
      assistant.sh --init --name Declan --assistant Brakel --model 1
      assistant.sh                             # the greeting, and the statistics
      assistant.sh ask "What is a closure?"
      assistant.sh chat                        # on a terminal: a prompt
    """
    if context.invoked_subcommand:
        _refuse_before(context)
        return
    from ai_sessions.assemble.assistant import assistant as made

    app = context.find_object(App)
    if app is None:
        raise LookupError("no App")
    _act(app, made(app.settings, app.environment, app.out.note), given)


def _refuse_before(context: click.Context) -> None:
    """Raises `UsageError` for options in front of a command, which would be lost."""
    lost = next((name for name in typed(context) if name not in _FOR_EVERY_COMMAND), "")
    if lost:
        command = context.invoked_subcommand
        raise UsageError(f"{lost} and {command} exclude each other", f"assistant.sh {command} -h")


def _act(app: App, helper: Assistant, given: dict[str, Any]) -> None:
    from ai_sessions.cli.assistant import acting, showing

    out = app.out
    actions: tuple[tuple[object, Callable[[], None]], ...] = (
        (
            given["init"],
            lambda: acting.init(out, helper, given["name"], given["called"], given["model"]),
        ),
        (given["greeting"], lambda: showing.show(helper, out, "greeting")),
        (given["stats"], lambda: showing.show(helper, out, "stats", given["form"])),
        (
            given["suggest_model"],
            lambda: acting.suggest(out, helper, given["explain"], given["large_context"]),
        ),
        (given["favorite"], lambda: acting.favorite(out, helper, given["favorite"])),
        (given["unfavorite"], lambda: acting.unfavorite(out, helper, given["unfavorite"])),
        (given["reset"], lambda: acting.reset(out, helper)),
        (True, lambda: showing.show(helper, out)),
    )
    next(act for is_wanted, act in actions if is_wanted)()


_provider = click.option("--provider", type=Provider(), help="This one, in place of the best.")
_model = click.option(
    "-m", "--model", metavar="MODEL", type=Model(), help="This one, in place of the best."
)
_timeout = click.option(
    "--timeout",
    type=Seconds(min=0, min_open=True),
    metavar="SECONDS",
    help="For one answer (AI_TIMEOUT).",
)


@assistant.command()
@click.argument("text", required=False)
@_provider
@_model
@_timeout
@flags.waiting
@flags.watched
@click.pass_obj
def ask(app: App, /, text: str | None, **given: Any) -> int:
    """Ask TEXT, or what comes from stdin.

    \b
      assistant.sh ask "What is a closure?"
      git log -3 | assistant.sh ask

    It knows who you are and what was said before: all of it is kept in the session assistant,
    wherever you are. The answer comes on stdout as it is written.
    """
    from ai_sessions.cli.assistant import asking

    return asking.ask(app, text, given)


@assistant.command()
@_provider
@_model
@_timeout
@flags.waiting
@flags.watched
@click.pass_obj
def chat(app: App, /, **given: Any) -> int:
    """Talk at a prompt, turn after turn; Ctrl-D leaves."""
    from ai_sessions.cli.assistant import asking

    return asking.chat(app, given)
