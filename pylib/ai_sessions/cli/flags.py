"""Options that several commands share, each with one meaning everywhere."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ai_sessions.cli import commands
from ai_sessions.cli.contradictions import given, one_of, refuse
from ai_sessions.cli.words import Seconds
from ai_sessions.errors import UsageError

if TYPE_CHECKING:
    from ai_sessions.cli.output import Output

Command = TypeVar("Command", bound=Callable[..., Any])
_SINCE = 'From when on: 2026-11-28, 2026-11, today, monday, 7d, "2 weeks", or an exact time.'
_UNTIL = "Up to when: the end of a day, week or month, or an exact time."
Callback = Callable[[click.Context, click.Parameter, Any], Any]


def common() -> list[click.Option]:
    """What every command takes without declaring it."""
    return [
        _flag(("--json",), "Print one JSON object, on failure too."),
        _flag(("-q", "--quiet"), "Say nothing but the answer and errors.", _turn_on("quiet")),
        _flag(("--debug",), "Show a traceback when something breaks."),
        version(),
    ]


def version() -> click.Option:
    return click.Option(
        ["-V", "--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_print_version,
        help="Show the version.",
    )


def watched(command: Command) -> Command:
    """For commands during which an agent works: what is told of it meanwhile."""
    options = (
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            expose_value=False,
            callback=_turn_on("verbose"),
            help="Tell each step of the agent, too.",
        ),
        click.option(
            "--jsonl",
            is_flag=True,
            expose_value=False,
            help="Print each event as a line of JSON; the last one is --json's object.",
        ),
    )
    command = refuse(one_of("--quiet", "--verbose"), one_of("--json", "--jsonl"))(command)
    for option in reversed(options):
        command = option(command)
    return command


def waiting(command: Command) -> Command:
    """For commands that talk in a session; `lock_wait`: seconds, None where nothing is said."""
    return click.option(
        "--wait",
        "--lock-wait",
        "lock_wait",
        type=Seconds(min=0),
        metavar="SECONDS",
        help="How long to wait while another command talks in the session.",
    )(command)


def forms(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--format`, for `json` the same as --json, and `--NAME` for each other one but `table`.

    The command is given `form`: one of `names`, `table` unless the user says otherwise.
    """

    short = [name for name in names if name not in ("table", "json")]

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @refuse(one_of("--format", *(f"--{name}" for name in short)))
        @functools.wraps(command)
        def formed(*args: Any, form: str, **kwargs: Any) -> Any:
            chosen = [name for name in short if kwargs.pop(f"as_{name}")]
            found = chosen[0] if chosen else form
            _settle_json(found)
            return command(*args, form=found, **kwargs)

        for name in reversed(short):
            flag = click.option(f"--{name}", f"as_{name}", is_flag=True, help=f"--format {name}")
            formed = flag(formed)
        return click.option(
            "-f",
            "--format",
            "form",
            type=click.Choice(names),
            default="table",
            help="How to print it: for people, as --json does, or for a spreadsheet.",
        )(formed)

    return add


def _settle_json(form: str) -> None:
    """`--format json` is --json; another form beside --json is a second answer."""
    context = click.get_current_context()
    out, typed = _out(context), given(context)
    if form == "json" and out:
        out.json = True
    chosen = next((one for one in ("--format", f"--{form}") if one in typed), "")
    if out and out.json and form != "json" and chosen:
        shown = f"--format {form}" if chosen == "--format" else chosen
        raise UsageError(f"--json and {shown} exclude each other", f"{context.command_path} --help")


def time_span(command: Command) -> Command:
    """`--since`, `--until` and `--tz`, given to the command as `since`, `until` and `zone`."""
    options = (
        click.option("--since", metavar="WHEN", help=_SINCE),
        click.option("--until", metavar="WHEN", help=_UNTIL),
        time_zone,
    )
    for option in reversed(options):
        command = option(command)
    return command


def time_zone(command: Command) -> Command:
    """`--tz`, given to the command as `zone`."""
    text = "Time zone for days, such as Europe/Berlin (default: local)."
    return click.option("--tz", "zone", metavar="ZONE", help=text)(command)


def _flag(names: Sequence[str], text: str, act: Callback | None = None) -> click.Option:
    """`start` reads these before anything can go wrong; it misses bundled ones alone (`-qn`)."""
    return click.Option(list(names), is_flag=True, expose_value=False, callback=act, help=text)


def _turn_on(attribute: str) -> Callback:

    def turn_on(context: click.Context, _param: click.Parameter, value: bool) -> None:
        out = _out(context)
        if value and out:
            setattr(out, attribute, True)

    return turn_on


def _out(context: click.Context) -> Output | None:
    """None where no command is run: in completion, and for the pages."""
    return getattr(context.obj, "out", None)


def _print_version(context: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        click.echo(commands.VERSION)
        context.exit()
