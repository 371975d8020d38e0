"""Every setting there is: declared once, read from flag > environment > project > user > default.

`.env.template`, the reference page and `config --show-origin` are made from `SETTINGS`. This module
stays light on imports because every command loads it.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ai_sessions.errors import ConfigError

TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("0", "false", "no", "off")


def boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError("use true or false")


def positive_number(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError("use a number above 0")
    return value


def positive_integer(text: str) -> int:
    value = int(text)
    if value <= 0:
        raise ValueError("use a whole number above 0")
    return value


def word_of(*words: str) -> Callable[[str], str]:
    """A parser that takes one of `words`."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"use one of: {', '.join(words)}")
        return text

    return parse


def directory(text: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(text)))


def optional_directory(text: str) -> Path | None:
    return directory(text) if text else None


class Setting:
    """One setting: its variable, default (as text), parser and what it is for (one sentence)."""

    __slots__ = ("default", "group", "meaning", "name", "parse", "secret")

    def __init__(
        self,
        name: str,
        default: str,
        parse: Callable[[str], Any],
        meaning: str,
        *,
        group: str,
        secret: bool = False,
    ) -> None:
        self.name = name
        self.default = default
        self.parse = parse
        self.meaning = meaning
        self.group = group
        self.secret = secret


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "SESSION_DIR",
        "~/.ai-sessions",
        directory,
        "Where sessions are kept (0700).",
        group="Sessions",
    ),
    Setting(
        "USE_SESSIONS",
        "true",
        boolean,
        "Record and continue conversations; false leaves no trace in SESSION_DIR.",
        group="Sessions",
    ),
    Setting(
        "SESSION_FSYNC",
        "data",
        word_of("data", "full", "none"),
        "What survives a power cut: data (all acknowledged writes), full (also the checkpoint "
        "file), none (for tests).",
        group="Sessions",
    ),
    Setting(
        "SESSION_LOCK_TIMEOUT",
        "30",
        positive_number,
        "Seconds to wait for another process that is writing to the session.",
        group="Sessions",
    ),
    Setting(
        "SESSION_TURN_TIMEOUT",
        "60",
        positive_number,
        "Seconds to wait while another command talks in the session or works on the feature.",
        group="Sessions",
    ),
    Setting(
        "SESSION_CONTENT",
        "full",
        word_of("full", "none"),
        "Whether prompts and answers are stored, or only tokens and cost.",
        group="Sessions",
    ),
    Setting(
        "AI_PROVIDER",
        "",
        str,
        "Who answers: claude, openai, demo, echo; empty: the first agent that is installed.",
        group="Models",
    ),
    Setting(
        "AI_MODEL",
        "",
        str,
        "Model name or alias (sonnet, opus, haiku, or a full id); empty: the provider's default.",
        group="Models",
    ),
    Setting(
        "AI_TIMEOUT",
        "1800",
        positive_number,
        "Seconds one call of an agent may take.",
        group="Models",
    ),
    Setting(
        "AI_SILENCE_TIMEOUT",
        "600",
        positive_number,
        "Seconds an agent may say nothing at all before it is stopped.",
        group="Models",
    ),
    Setting(
        "OPENAI_BASE_URL",
        "",
        str,
        "Base URL of an OpenAI-compatible server, for AI_PROVIDER=openai "
        "(Ollama: http://127.0.0.1:11434/v1).",
        group="Models",
    ),
    Setting(
        "OPENAI_API_KEY",
        "",
        str,
        "Key for that server; may stay empty for a local one.",
        group="Models",
        secret=True,
    ),
    Setting(
        "SESSION_ROOT",
        ".ai-session",
        str,
        "Name of the workspace folder in your repository.",
        group="Workflow",
    ),
    Setting(
        "TEST_TIMEOUT",
        "300",
        positive_number,
        "Seconds one run of a task's tests may take when the plan names no limit.",
        group="Workflow",
    ),
    Setting(
        "ATTEMPTS",
        "3",
        positive_integer,
        "How often the agent may try each step of a task when the plan names no number.",
        group="Workflow",
    ),
    Setting("DEBUG", "false", boolean, "Show a traceback when something breaks.", group="Output"),
)

_BY_NAME = {setting.name: setting for setting in SETTINGS}


class Settings:
    """The values in force. `settings["SESSION_DIR"]` is parsed; `origin` tells who set it."""

    def __init__(self, layers: tuple[tuple[str, Mapping[str, str]], ...]) -> None:
        """`layers`: (origin, raw texts by name), strongest first."""
        self._layers = layers

    def __getitem__(self, name: str) -> Any:
        setting = _BY_NAME[name]
        text, origin = self._found(setting)
        try:
            return setting.parse(text)
        except ValueError as error:
            raise ConfigError(f"{name}={text!r} ({origin}): {error}") from error

    def origin(self, name: str) -> str:
        """`flag`, `environment`, a file's path, or `default`."""
        return self._found(_BY_NAME[name])[1]

    def _found(self, setting: Setting) -> tuple[str, str]:
        for origin, values in self._layers:
            text = values.get(setting.name)
            if text is not None and (text != "" or setting.default == ""):
                return text, origin
        return setting.default, "default"


def load(
    environment: Mapping[str, str],
    flags: Mapping[str, str] | None = None,
    files: tuple[tuple[str, Mapping[str, str]], ...] = (),
) -> Settings:
    """Put the layers in order. `files`: project before user, already read as text values."""
    return Settings((("flag", flags or {}), ("environment", environment), *files))
