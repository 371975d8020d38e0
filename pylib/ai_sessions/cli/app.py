"""What every click command gets: settings, output, store, kit and provider, each made when asked.

`@click.pass_obj` hands it over. Nothing here is read or opened before a command needs it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions import config, environment
from ai_sessions.assemble import providers, stores
from ai_sessions.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from ai_sessions.cli.output import Output
    from ai_sessions.index import Index
    from ai_sessions.index.meaning import Meaning
    from ai_sessions.jobs import Kit
    from ai_sessions.providers.choosing import Choice, Wanted
    from ai_sessions.providers.contract import Provider
    from ai_sessions.sessions.cut_off import Books
    from ai_sessions.sessions.recording.kept import KeptFiles
    from ai_sessions.store.contract import Store, Upkeep
    from ai_sessions.tokens import Counter


class App:
    """`flags`: settings given on the command line, as text by name; give them through `set`.

    `shorthand`: what was typed for a feature whose name is longer.
    """

    def __init__(
        self,
        out: Output,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.out = out
        self.flags: dict[str, str] = {}
        self.shorthand: dict[str, str] = {}
        self.environment = os.environ if environment is None else environment
        self._answerers: dict[tuple[str, Wanted, bool], tuple[Provider, str]] = {}
        self._folder = folder

    @property
    def json(self) -> bool:
        return self.out.json

    @property
    def quiet(self) -> bool:
        return self.out.quiet

    def set(self, name: str, value: object) -> None:
        """A setting given as a flag; None and the empty string leave it as it was."""
        if value is not None and value != "":
            self.flags[name] = str(value)
            self.__dict__.pop("settings", None)  # made before the flag was known

    def checked(self, name: str, value: str) -> Any:
        """What a setting would be as a flag; nothing is set. Raises `ConfigError`."""
        return config.load(self.environment, {**self.flags, name: value}, self._files)[name]

    @cached_property
    def environment_for_code(self) -> Mapping[str, str]:
        """What tests, hooks and set-up commands start from: with the user's exceptions in it."""
        return {**self.environment, environment.KEEP: " ".join(self.settings[environment.KEEP])}

    def github(self, annotations: Sequence[str], summary: str) -> None:
        """Show something beside the run of GitHub Actions, when it is one."""
        if not self.environment.get("GITHUB_ACTIONS"):
            return
        from ai_sessions.cli import github

        for text in annotations:
            self.out.say(text)
        github.summary(self.environment, summary)

    @cached_property
    def folder(self) -> Path:
        """The one we are in. Raises `ConfigError` when it was removed."""
        try:
            return self._folder or Path.cwd()
        except FileNotFoundError:
            raise ConfigError("the folder you are in was removed", "cd to your project") from None

    @property
    def _files(self) -> tuple[config.Layer, ...]:
        """What files say of settings, read anew."""
        folder = ""
        with suppress(ConfigError):
            folder = str(self.folder)
        return config.files(self.environment, self.project, folder=folder)

    @property
    def project(self) -> str:
        """Top-level folder of the repository we are in; empty outside of one."""
        with suppress(ConfigError):
            return config.repository(str(self.folder)) or ""
        return ""

    @cached_property
    def settings(self) -> config.Settings:
        """Raises `ConfigError` for an unknown name in a file, and for a wrong value anywhere:
        also of a setting that this command does not need, so that none is noticed too late.
        """
        found = config.load(self.environment, self.flags, self._files)
        found.check()
        providers.check_providers(found, self.environment)
        return found

    @cached_property
    def repo(self) -> Path:
        """Top-level folder of the repository we are in.

        Raises `ConfigError` outside of one, and where git is not installed.
        """
        from ai_sessions import git

        git.need()
        folder = self.folder
        if not self.project:
            raise ConfigError(
                f"not in a git repository: {folder}", "go to your project, or: git init"
            )
        return Path(self.project)

    def find(self, given: str) -> str:
        """The session that is meant by a name or the beginning of one; this project's first.

        Raises `NotFound` with the choices.
        """
        from ai_sessions.sessions import projects

        return projects.find(self.sessions(), given, self.project)

    def store(self) -> Store:
        """Where this command's conversation goes: memory alone with USE_SESSIONS=false."""
        return self._store

    def sessions(self) -> Store:
        """The sessions in SESSION_DIR, whatever USE_SESSIONS says: for looking at them."""
        return stores.files(self.settings, self.out.note)

    def index(self) -> Index:
        """What is known of all those sessions without reading them."""
        return stores.index(self.settings, self.sessions())

    def meaning(self, wish: str = "") -> Meaning | None:
        """What finds texts of those sessions by their meaning; None where that is off. `wish`: what
        asks for it, whatever the settings say. Raises `ConfigError` where it is not installed.
        """
        from ai_sessions.assemble import meanings

        folder = self.index().folder
        return meanings.required(folder, wish) if wish else meanings.meaning(self.settings, folder)

    def sessions_at(self, moment: datetime | None) -> Store:
        """The same with a clock that stands still, for sessions that were made at that time."""
        now = (lambda: moment) if moment else None
        return stores.files(self.settings, self.out.note, now)

    def recorded(self) -> KeptFiles:
        """The files that were made of those sessions, in whatever folders."""
        from ai_sessions.assemble import recording

        return recording.kept_files(self.settings, self.sessions(), self.out.warn)

    def upkeep(self) -> Upkeep:
        """What looks after SESSION_DIR: damage, room, what is left beside the sessions."""
        return stores.upkeep(
            self.settings, self.out.note, lambda name: self.out.working(f"examine {name}")
        )

    def need_store(self) -> None:
        """Raises `StorageError` when what is said could not be kept. Nothing is touched."""
        self._store.check_writable()

    def agrees(self, question: str, *, default: bool = False) -> bool:
        """Ask where somebody can answer; cron and CI have said what they want already."""
        if self.json or not self.out.may_ask():
            return True
        import click

        return click.confirm(question, default=default, err=True)

    def counter(self) -> Counter:
        """What counts the tokens of a text; it loads nothing before the first one. Raises
        `ConfigError` when that is not installed.
        """
        from ai_sessions import tokenizer

        return tokenizer.counter(self.settings["TOKENIZER"])

    def kit(self) -> Kit:
        from ai_sessions.assemble.kit import kit

        return kit(self.settings, self._store, self.out.watch, self.out.note, self.environment)

    def settle(self, names: Sequence[str]) -> None:
        """Record the calls of sessions that were cut off, as their agents' own logs tell them."""
        from ai_sessions.sessions import cut_off

        cut_off.settle_all(self._books(), names)

    def settle_all(self) -> None:
        """The same for those of all sessions, and of none."""
        from ai_sessions.assemble import kit

        kit.settle(self.settings, self._books(), self.out.note)

    def _books(self) -> Books:
        from ai_sessions.assemble.kit import books
        from ai_sessions.assemble.prices import prices

        return books(self.settings, self.sessions(), self.environment, prices(self.settings))

    def answerer(
        self, command: str, wanted: Wanted, need_edit: bool = False
    ) -> tuple[Provider, str]:
        """Who answers `command`, and with which model (empty: its default); said once.

        `need_edit`: it must be able to change files, by itself or through the file protocol.
        Raises `ConfigError` for an unknown name, or when there is nobody.
        """
        key = (command, wanted, need_edit)
        if key not in self._answerers:
            from ai_sessions.assemble.answerer import answerer

            found = answerer(self.settings, self.environment, command, wanted, self.out.note)
            provider, choice = found
            quirks = provider.quirks
            if need_edit and not (quirks.edits_files or quirks.takes_schema):
                raise ConfigError(
                    f"{provider.name} cannot change files", "name another: --provider claude"
                )
            self._introduce(provider, choice)
            self._answerers[key] = provider, choice.model
        return self._answerers[key]

    def _introduce(self, provider: Provider, choice: Choice) -> None:
        """Say what the user may not expect of who answers."""
        if choice.because:
            self.out.note(
                f"{_answers(choice)}: {choice.because} is set and no agent is installed "
                "(AI_PROVIDER, AI_MODEL choose another)"
            )
        if choice.left:
            self.out.note(f"{choice.left}, so {provider.name} takes its own default")
        if provider.quirks.note:
            self.out.note(provider.quirks.note)
        from ai_sessions.assemble.answerer import model_warning

        if warning := model_warning(self.settings, choice.model):
            self.out.warn(warning)

    @cached_property
    def _store(self) -> Store:
        return stores.store(self.settings, self.settings["USE_SESSIONS"], self.out.note)


def _answers(choice: Choice) -> str:
    """`openai answers with gpt-5.4`, or that the best of several does."""
    if choice.provider == choice.model:
        return "the best of several models answers"
    with_model = f" with {choice.model}" if choice.model else ""
    return f"{choice.provider} answers{with_model}"
