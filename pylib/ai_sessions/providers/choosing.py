"""Who answers a command, and with which model: as chosen, else as found on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.config import POOL_KEYS, for_command
from ai_sessions.errors import ConfigError
from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_sessions.config import Settings

#: In place of a model's name: the best of several, or of those that are free.
AUTO, AUTO_FREE = "auto", "auto:free"

#: A setting that is enough to choose a provider. An address is set for one purpose, while a key may
#: be there for another program, so addresses come first.
_ENOUGH = (
    ("OPENAI_BASE_URL", "openai"),
    ("ANTHROPIC_BASE_URL", "anthropic"),
    ("ANTHROPIC_API_KEY", "anthropic"),
    ("OPENAI_API_KEY", "openai"),
    ("LOCAL_MODEL_PATH", "local"),
    *((name, AUTO) for name in POOL_KEYS),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for; empty: nothing. `preferred`: better than what is found, with
    `its_model` unless another one is named.
    """

    provider: str = ""
    model: str = ""
    preferred: str = ""
    its_model: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """`model` empty: the provider's default. `because`: the setting that chose the provider when
    nobody named one and no agent is installed. `left`: an AI_MODEL meant for another provider.
    `provider` auto: the best of several models, those of provider `among` or (empty) of all.
    """

    provider: str
    model: str = ""
    because: str = ""
    left: str = ""
    among: str = ""


def is_auto(model: str) -> bool:
    """Whether it asks for the best, and names no model. Raises `ConfigError` for a slip in it."""
    if model.startswith(f"{AUTO}:") and model != AUTO_FREE:
        raise ConfigError(f"--model {model}: no such choice", f"there are {AUTO} and {AUTO_FREE}")
    return model in (AUTO, AUTO_FREE)


def choose(
    settings: Settings, command: str, wanted: Wanted, installed: Callable[[], str]
) -> Choice:
    """Who answers `command`: the flag, AI_PROVIDER_<COMMAND>, AI_PROVIDER, else who is found.

    `installed`: the first agent on PATH, or the empty string. An empty `provider` in the answer
    means that there is nobody.
    """
    named = settings[for_command("AI_PROVIDER", command)] or settings["AI_PROVIDER"]
    if auto := _auto(settings, command, wanted, named):
        return auto
    if provider := wanted.provider or named or wanted.preferred:
        because = ""
    else:
        provider, because = found(settings, installed)
        if provider == AUTO and _names_model(settings, command, wanted):
            return Choice("", wanted.model)  # which pool's model that is nobody knows
    if wanted.model:
        return Choice(provider, wanted.model, because)
    model, left = _model(settings, command, provider, wanted, installed)
    return Choice(provider, AUTO if provider == AUTO else model, because, left)


def _auto(settings: Settings, command: str, wanted: Wanted, named: str) -> Choice | None:
    """The choice among several models; None: a model or a provider's default is meant. The command
    line wins over the settings, and a provider that it names alone over an AI_MODEL.
    """
    if wanted.model:
        return Choice(AUTO, wanted.model, among=wanted.provider) if is_auto(wanted.model) else None
    model = settings[for_command("AI_MODEL", command)]
    if not (model or settings[for_command("AI_PROVIDER", command)]):
        model = settings["AI_MODEL"]
    if wanted.provider or not is_auto(model):
        return None
    return Choice(AUTO, model, among=named)


def _names_model(settings: Settings, command: str, wanted: Wanted) -> bool:
    return any((wanted.model, settings[for_command("AI_MODEL", command)], settings["AI_MODEL"]))


def found(settings: Settings, installed: Callable[[], str]) -> tuple[str, str]:
    """The provider when nobody named one, and the setting that it is known by, if by one."""
    if agent := installed():
        return agent, ""
    known = ((name, provider) for name, provider in _ENOUGH if _is_set(settings, name))
    name, provider = next(known, ("", ""))
    return provider, name


def _is_set(settings: Settings, name: str) -> bool:
    return settings.origin(name) != "default" and bool(settings[name].strip())


def _model(
    settings: Settings,
    command: str,
    provider: str,
    wanted: Wanted,
    installed: Callable[[], str],
) -> tuple[str, str]:
    """The model from the settings, and one that was set for another provider.

    AI_MODEL names a model of AI_PROVIDER, AI_MODEL_PLAN one of AI_PROVIDER_PLAN: Claude's model is
    none for Gemini. Whoever names a provider in the command line alone may mean any.
    """
    general = settings["AI_PROVIDER"] or ("" if wanted.provider else found(settings, installed)[0])
    own = settings[for_command("AI_PROVIDER", command)] or general
    left = ""
    for name, meant in ((for_command("AI_MODEL", command), own), ("AI_MODEL", general)):
        model = "" if is_auto(settings[name]) else settings[name]
        if model and meant in ("", provider):
            return model, ""
        if model and not left:
            left = f"{name}={model} is for {meant}"
    if wanted.its_model and provider == wanted.preferred:
        return wanted.its_model, ""
    return "", left
