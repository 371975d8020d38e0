"""`config`: the settings in force and who set them; `config set`, `config unset`."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from ai_sessions import config, controls
from ai_sessions.assemble import providers
from ai_sessions.cli.app import App
from ai_sessions.cli.words import Setting
from ai_sessions.config import editing, reading
from ai_sessions.disk import files, locks
from ai_sessions.errors import ConfigError, NotFound, UsageError
from ai_sessions.workspace.lock import lock_tree

#: What changes a file: given its text, the setting, the value (None: take it away), its path.
Edit = Callable[[str, str, str | None, str], str]
_FROM_STDIN = "-"


class _Config(click.Group):
    """Takes the name of a setting in place of a command: `config AI_MODEL`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        words = args if args[0] in self.commands else ["show", *args]
        return super().resolve_command(ctx, words)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        settings = [CompletionItem(name) for name in config.BY_NAME if name.startswith(incomplete)]
        return [*super().shell_complete(ctx, incomplete), *settings]


@click.group(
    "config",
    cls=_Config,
    invoke_without_command=True,
    subcommand_metavar="[KEY | set KEY VALUE | unset KEY]",
)
@click.option("--show-origin", is_flag=True, help="Also tell who set it, a file with its line.")
@click.pass_context
def config_(context: click.Context, show_origin: bool) -> None:
    """Show the settings as they are in force, or one of them; set one. Keys are not shown.

    \b
      ai-session.sh config --show-origin
      ai-session.sh config AI_MODEL
      ai-session.sh config set BUDGET_DAY 10
      ai-session.sh config set ATTEMPTS 5 --project     # for everyone in this project
      ai-session.sh config set OPENAI_API_KEY           # asks for it
    """
    app = context.find_object(App)
    if context.invoked_subcommand is None and app is not None:
        _show(app, config.BY_NAME, lambda name: f"{name}=", show_origin)


@config_.command()
@click.argument("key", type=Setting())
@click.option("--show-origin", is_flag=True, help="Also tell who set it, a file with its line.")
@click.pass_context
def show(context: click.Context, key: str, show_origin: bool) -> None:
    """Show one setting; the word `show` may be left out."""
    app = context.find_object(App)
    above = context.parent.params if context.parent else {}
    if app is not None:
        _show(app, [key], lambda _name: "", show_origin or bool(above.get("show_origin")))


def _show(app: App, names: Iterable[str], before: Callable[[str], str], show_origin: bool) -> None:
    """A line for each; `before`: what the value follows."""
    settings = app.settings
    app.out.result({"settings": {name: _facts(settings, name) for name in names}})
    for name in names:
        origin = f"\t({settings.place(name)})" if show_origin else ""
        app.out.say(f"{before(name)}{_shown(settings, name)}{origin}")


def _facts(settings: config.Settings, name: str) -> dict[str, Any]:
    return {
        "value": _shown(settings, name),
        "origin": settings.origin(name),
        "line": settings.line(name),
    }


def _shown(settings: config.Settings, name: str) -> str:
    value = settings[name]
    if config.BY_NAME[name].secret:
        return "(set)" if value else ""
    if isinstance(value, dict):
        return _pairs(value)
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pairs(value: dict[str, Any]) -> str:
    """`opus=3 haiku=1`; JSON where it is deeper than that."""
    if any(isinstance(each, dict) for each in value.values()):
        return json.dumps(value, ensure_ascii=False, default=str)
    return " ".join(f"{one}={each}" for one, each in value.items())


@config_.command("set")
@click.argument("key", type=Setting())
@click.argument("value", required=False)
@click.option("--project", is_flag=True, help="In the project's .ai-session/config.yaml.")
@click.pass_obj
def set_(app: App, key: str, value: str | None, project: bool) -> None:
    """Set one for yourself, or with --project for everyone in this project.

    Yours are in ~/.config/ai-sessions/config.json, those of a project in its
    .ai-session/config.yaml, whose comments stay.

    \b
      ai-session.sh config set AI_MODEL sonnet
      ai-session.sh config set ATTEMPTS 5 --project
      ai-session.sh config set OPENAI_API_KEY - < key.txt

    VALUE - is a line of stdin. A key is never taken from the command line, which others on this
    machine can read: it is asked for, or comes on stdin.
    """
    if project and config.BY_NAME[key].personal:
        raise ConfigError(f"{key} is yours to set, not the project's", "leave out --project")
    text = _checked(app, key, _given(app, key, value))
    _change(app, key, text, project=project)


@config_.command()
@click.argument("key", type=Setting())
@click.option("--project", is_flag=True, help="From the project's .ai-session/config.yaml.")
@click.pass_obj
def unset(app: App, key: str, project: bool) -> None:
    """Take one away that `config set` has set."""
    _change(app, key, None, project=project)


def _given(app: App, key: str, value: str | None) -> str:
    """The value as it was typed, asked for, or read from stdin."""
    secret = config.BY_NAME[key].secret
    if value == _FROM_STDIN:
        value = sys.stdin.read().rstrip("\r\n")
    elif secret and value is not None:
        raise UsageError(
            "a key does not belong on a command line, which others can read",
            f"ai-session.sh config set {key}   # asks for it; with - it is read from stdin",
        )
    elif secret and app.out.may_ask():
        value = str(click.prompt(key, hide_input=True, err=True))
    if not value or not value.strip():
        hint = f"ai-session.sh config unset {key} takes it away"
        raise UsageError(f"a value for {key} is missing", hint)
    if "\n" in value or controls.plain(value) != value:
        raise UsageError(f"the value of {key} is not one line of text")
    return value


def _checked(app: App, key: str, text: str) -> str:
    """Raises `ConfigError` for a value that the setting does not take."""
    typed = config.Settings([config.Layer("as typed", {key: text})])
    typed[key]  # parsed
    if key in (*config.PROVIDER_SETTINGS, "SUMMARY_PROVIDER"):
        models = config.of_user(app.environment)["AI_MODELS_FILE"]
        layer = config.Layer("as typed", {key: text, "AI_MODELS_FILE": models})
        providers.check_providers(config.Settings([layer]), app.environment)
    return text


def _change(app: App, key: str, text: str | None, *, project: bool) -> None:
    """Write the file anew, and say what counts now."""
    holding = _project_file(app) if project else _user_file(app)
    with holding as (path, edit):
        before = reading.text_of(path)
        after = edit(before, key, text, path)
        if after != before and (text is not None or before):
            mode = stat.S_IMODE(os.stat(path).st_mode) if project else files.PRIVATE_FILE
            with files.reported(path):
                files.replace(path, after.encode(), mode=mode)
    _tell(app, key, text, path)


@contextmanager
def _user_file(app: App) -> Iterator[tuple[str, Edit]]:
    """The user's file, held against others who change it."""
    path = config.user_file(app.environment)
    _refuse_link(path)
    with files.reported(path):
        files.make_folders(Path(path).parent)
    with locks.held(Path(f"{path}.lock"), _wait_s(app), path, app.out.note):
        yield path, editing.in_json


@contextmanager
def _project_file(app: App) -> Iterator[tuple[str, Edit]]:
    """The project's file, held against commands that work in this tree: while an agent is at work,
    they put it back.
    """
    root = config.session_root(app.environment)
    path = os.path.join(app.repo, root, config.PROJECT_YAML)
    if not os.path.lexists(path):
        raise NotFound(f"no {root}/{config.PROJECT_YAML} here", "init-session.sh FEATURE makes it")
    _refuse_link(path)
    lock = lock_tree(str(app.repo), _wait_s(app), app.out.note)
    try:
        yield path, editing.in_yaml
    finally:
        lock.release()


def _refuse_link(path: str) -> None:
    if os.path.islink(path):
        raise ConfigError(
            f"{path} is a symbolic link, which is never followed to write",
            f"change it where it leads to, in an editor: {os.path.realpath(path)}",
        )


def _wait_s(app: App) -> float:
    """By the default where the user's own files cannot be read: this may be what mends them."""
    found: float = config.load(app.environment)["SESSION_TURN_TIMEOUT"]
    return found


def _tell(app: App, key: str, text: str | None, path: str) -> None:
    told = "" if text is None else "(set)" if config.BY_NAME[key].secret else text
    app.out.say(f"{key}={told}\t({path})" if text is not None else f"{key} is not set in {path}")
    facts: dict[str, Any] = {"key": key, "value": told or None, "file": path}
    with suppress(ConfigError):  # said by the next command that needs settings
        settings = app.settings
        facts["in_force"] = _facts(settings, key)
        if settings.origin(key) not in (path, "default"):
            app.out.note(f"in force is {key}={_shown(settings, key)}\t({settings.place(key)})")
    app.out.result(facts)
