"""The click group: commands are imported when they are called, help keeps the order of the work.

Every command takes --json, --quiet and --debug without declaring them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module

import click

from ai_sessions import config
from ai_sessions.cli import commands, completing, flags, overview
from ai_sessions.cli.app import App
from ai_sessions.cli.called import as_typed
from ai_sessions.cli.contradictions import no_empty_option
from ai_sessions.cli.output import Output
from ai_sessions.cli.terminal import COMPLETE
from ai_sessions.display import columns
from ai_sessions.errors import AiSessionsError, UsageError


def run(args: Sequence[str], out: Output) -> int:
    """Run one command; its exit code is what it returns, 0 when it returns nothing.

    Raises what the command raises; click's own complaints become `UsageError`.
    """
    if instruction := os.environ.get(COMPLETE):
        return completing.answer(group, App(out), instruction)
    try:
        code = group.main(list(args), "", obj=App(out), standalone_mode=False)
    except click.Abort as error:
        raise KeyboardInterrupt from error
    except click.ClickException as error:
        raise _usage(error, args) from error
    return code if isinstance(code, int) else 0


#: Cells that click leaves free at the right.
_MARGIN = 2


class Page(click.HelpFormatter):
    """Shows commands as this user has to type them. Keeps examples and choices, which click leaves
    as they are, in the width of the terminal.
    """

    def __init__(self, called: str, width: int | None, max_width: int | None) -> None:
        super().__init__(width=width, max_width=max_width)
        self._called = called

    def getvalue(self) -> str:
        cells = self.width + _MARGIN
        lines = as_typed(super().getvalue(), self._called).splitlines()
        return "".join(
            f"{(_option if line.startswith('  -') else columns.command)(line, cells)}\n"
            for line in lines
        )


def _option(line: str, cells: int) -> str:
    """An option whose choices are too wide, `--by [session|feature|...]`, on two lines."""
    end = line.rfind("|", 0, cells) + 1
    if len(line) <= cells or not end:
        return line
    return f"{line[:end]}\n      {line[end:]}"


class Context(click.Context):
    """Names a command by its script: `plan.sh`, not `ai-session.sh plan`."""

    @property
    def command_path(self) -> str:
        parent = self.parent
        if parent and not parent.parent:
            entry = commands.BY_NAME.get(self.info_name or "")
            return entry.typed if entry else super().command_path
        return super().command_path

    @property
    def called(self) -> str:
        app = self.find_object(App)
        return app.out.called if app else ""

    def make_formatter(self) -> click.HelpFormatter:
        return Page(self.called, self.terminal_width, self.max_content_width)


class Lazy(click.Group):
    """A group whose commands live elsewhere and are named in `commands.COMMANDS`."""

    context_class = Context

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(commands.BY_NAME)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return loaded(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        args = [*commands.SYNONYMS.get(args[0], args[:1]), *args[1:]]
        if not args[0].startswith("-") and args[0] not in commands.BY_NAME:
            raise _unknown(args[0])
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        return overview.page(ctx.called if isinstance(ctx, Context) else "")


def loaded(name: str) -> click.Command | None:
    """The command of that name with the common options; None when there is none."""
    entry = commands.BY_NAME.get(name)
    if entry is None:
        return None
    module, attribute = entry.target.split(":")
    command: click.Command = getattr(import_module(module), attribute)
    _complete(command)
    return command


def _complete(command: click.Command) -> None:
    """Give a command, and those below it, the options that all have."""
    command.context_class = Context
    command.context_settings.setdefault("help_option_names", ["-h", "--help"])
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _complete(below)
        if len(command.params) == 0:
            command.params.append(flags.version())
        if not command.invoke_without_command:
            return
    taken = {name for param in command.params for name in param.opts}
    if not taken & {"--json", "--version"}:  # a command is loaded more than once
        command.params.extend(flags.common())
        if command.callback:
            command.callback = no_empty_option(command.callback)


group = Lazy(
    "ai-sessions",
    context_settings={"help_option_names": ["-h", "--help"]},
    params=[flags.version()],
    no_args_is_help=False,
)


#: Words of click that are a programmer's.
_PLAIN = {"valid integer range": "whole number", "valid float range": "number"}


def _unknown(name: str) -> UsageError:
    near = config.nearest(name, list(commands.BY_NAME))
    hint = f"did you mean {near}? " if near else ""
    return UsageError(f"no such command: {name!r}", f"{hint}ai-session.sh help lists them all")


def _which(error: click.exceptions.NoArgsIsHelpError) -> UsageError:
    command = error.ctx.command
    if isinstance(command, click.Group):
        return UsageError(f"which one? {', '.join(command.commands)}", _help_of(error.ctx))
    return UsageError("arguments are missing", _help_of(error.ctx))


def _help_of(context: click.Context | None, args: Sequence[str] = ()) -> str:
    """What to type for help; click knows no context for an option without its value."""
    if context and context.parent:
        return f"{context.command_path} --help"
    entry = commands.BY_NAME.get(args[0]) if args else None
    return f"{entry.typed} --help" if entry else "ai-session.sh help"


def _usage(error: click.ClickException, args: Sequence[str]) -> AiSessionsError:
    """One line, and what would have worked."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return _which(error)
    message = " ".join(error.format_message().split()).rstrip(".")
    for word, plain in _PLAIN.items():
        message = message.replace(word, plain)
    return UsageError(
        message[:1].lower() + message[1:], _help_of(getattr(error, "ctx", None), args)
    )
