"""Words that commands take: features, tasks, sessions, providers; each is completed with Tab.

What cannot be found out completes to nothing: a shell is no place for an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from ai_sessions import config, names
from ai_sessions.assemble import providers
from ai_sessions.cli import commands
from ai_sessions.cli.app import App
from ai_sessions.errors import NotFound, UsageError

if TYPE_CHECKING:
    from ai_sessions.records import Session

    _Type = click.ParamType[str]
else:
    _Type = click.ParamType  # takes a type of its own in later versions of click only


class _Word(_Type):
    """`known`: all there are, in the order to offer them."""

    def known(self, app: App, context: click.Context) -> Iterable[str]:
        raise NotImplementedError

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        try:
            found = list(self.known(ctx.obj, ctx))
        except Exception:
            return []
        return [CompletionItem(word) for word in found if word.startswith(incomplete)]


def _features(app: App) -> Sequence[str]:
    from ai_sessions.workspace.features import features

    return features(str(app.repo), app.settings["SESSION_ROOT"])


def _whole(name: str) -> str:
    """A name as it was copied from a table that had no room for all of it."""
    return name.removesuffix("…").removesuffix("...")


class Feature(_Word):
    """A feature of this repository, by its name or an unambiguous beginning of it."""

    name = "feature"

    def known(self, app: App, context: click.Context) -> Iterable[str]:
        return _features(app)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The whole name. Raises `NotFound` with the choices when several begin like this."""
        typed, value = value, _whole(value)
        if ctx is None or not isinstance(ctx.obj, App) or not ctx.obj.project or not value:
            return value
        known = list(self.known(ctx.obj, ctx))
        fitting = [name for name in known if names.fits(name, value)]
        if value in known or not fitting or ctx.resilient_parsing:
            if value != typed:
                ctx.obj.shorthand[value] = typed
            return value
        if len(fitting) > 1:
            raise NotFound(f"{value!r} fits several features", f"which one? {', '.join(fitting)}")
        ctx.obj.shorthand[fitting[0]] = value
        ctx.obj.out.note(f"{value}: {fitting[0]}")
        return fitting[0]


class Task(_Word):
    """A task of the feature that stands before it on the command line."""

    name = "id"

    def known(self, app: App, context: click.Context) -> Iterable[str]:
        # behind an option that waits for its value click has not come to the arguments yet
        typed = context.params.get("feature") or next(iter(context.args), "")
        known = _features(app)
        fitting = [name for name in known if name.startswith(typed)]
        from ai_sessions.workflow.state import FeatureState
        from ai_sessions.workspace.files import Workspace

        root = app.settings["SESSION_ROOT"]
        space = Workspace(str(app.repo), root, typed if typed in known else fitting[0])
        return [task["id"] for task in FeatureState(space).tasks]


class Seconds(click.FloatRange):
    """A number of seconds. `nan` is within any range, and `inf` is no time to wait."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found: float = super().convert(value, param, ctx)
        return found if math.isfinite(found) else self.fail(f"{value} is no number", param, ctx)


class Name(_Word):
    """A session, by its name or an unambiguous beginning of it."""

    name = "session"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return _whole(value) or self.fail("it is empty", param, ctx)

    def known(self, app: App, context: click.Context) -> Iterable[str]:
        return app.sessions().names()


class Talk(Name):
    """A session to talk in, which need not be there yet: its name in full, unless it was copied
    from a table that had no room for all of it.
    """

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        is_cut = "…" in value or "..." in value
        if is_cut and ctx is not None and isinstance(ctx.obj, App):
            return ctx.obj.find(value)
        return super().convert(value, param, ctx)


class _OfSession(_Word):
    """A word that the session before it on the command line knows."""

    def known(self, app: App, context: click.Context) -> Iterable[str]:
        typed = context.params.get("name") or next(iter(context.args), "")
        return self.of(app.sessions().read(app.find(typed)))

    def of(self, session: Session) -> Iterable[str]:
        raise NotImplementedError


class PinKey(_OfSession):
    """The key of a pin."""

    name = "key"

    def of(self, session: Session) -> Iterable[str]:
        return session.pins


class StateKey(_OfSession):
    """The key of a variable, perhaps with a value."""

    name = "key[=value]"

    def of(self, session: Session) -> Iterable[str]:
        return session.state


class Removed(_Word):
    """A session in the trash."""

    name = "name"

    def known(self, app: App, context: click.Context) -> Iterable[str]:
        return app.sessions().discarded()


class Provider(_Word):
    """Who answers. The name is judged where the provider is made."""

    name = "name"

    def known(self, app: App, context: click.Context) -> Iterable[str]:
        return sorted(providers.PROVIDERS)


class Model(_Word):
    """A model that some pool serves. Its name is judged where it is used."""

    name = "model"

    def known(self, app: App, context: click.Context) -> Iterable[str]:
        from ai_sessions.assemble import known_models

        models = known_models.catalog(app.settings, app.environment).models
        return dict.fromkeys(one.id for one in models if not one.retired)


class Template(_Word):
    """A template of plans by its name, or a file."""

    name = "name|file"

    def known(self, app: App, context: click.Context) -> Iterable[str]:
        from ai_sessions.workflow.templates import bundled

        return bundled()

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        found = super().shell_complete(ctx, param, incomplete)
        return found or [CompletionItem(incomplete, type="file")]


class Command(_Word):
    """A command of this toolkit."""

    name = "command"

    def known(self, app: App, context: click.Context) -> Iterable[str]:
        return commands.BY_NAME


class Setting(_Word):
    """The name of a setting."""

    name = "key"

    def known(self, app: App, context: click.Context) -> Iterable[str]:
        return config.BY_NAME

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Raises `UsageError` for what is none, with the nearest one."""
        if value in config.BY_NAME or (ctx and ctx.resilient_parsing):
            return value
        near = config.nearest(value.upper(), list(config.BY_NAME))
        hint = f"did you mean {near}?" if near else "ai-session.sh config lists them"
        raise UsageError(f"no setting is called {value!r}", hint)
