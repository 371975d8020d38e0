"""Strategies by name: those that are built in, then those that other packages bring."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ai_sessions.config.spelling import nearest
from ai_sessions.errors import ConfigError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from ai_sessions.rotation.records import Strategy

#: The group of entry points under which packages bring strategies of their own.
GROUP = "ai_sessions.strategies"
_ROOM = "ai_sessions.rotation.strategies"
#: Name -> (module, class).
STRATEGIES = {
    "paced": ("paced", "Paced"),
    "seed": ("seed", "Seed"),
    "round-robin": ("round_robin", "RoundRobin"),
    "least-used": ("least_used", "LeastUsed"),
}


def named(name: str) -> Strategy:
    """The strategy of that name. Raises `ConfigError` where there is none."""
    if name in STRATEGIES:
        module, kind = STRATEGIES[name]
        made: Strategy = getattr(import_module(f"{_ROOM}.{module}"), kind)()
        return made
    outside = _outside()
    if name in outside:
        return _loaded(outside[name])
    known = [*STRATEGIES, *outside]
    near = nearest(name, known)
    hint = f"did you mean {near}? " if near else ""
    raise ConfigError(
        f"AI_STRATEGY={name!r}: no such strategy", f"{hint}there are {', '.join(known)}"
    )


def _outside() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # slow, and hardly anybody needs it

    return {one.name: one for one in entry_points(group=GROUP)}


def _loaded(entry: EntryPoint) -> Strategy:
    try:
        made: Strategy = entry.load()()
    except Exception as error:
        told = f"the strategy {entry.name} ({entry.value}) cannot be loaded: {error!r}"
        raise ConfigError(told, "update or remove the package that brings it") from error
    if not callable(getattr(made, "rank", None)):
        raise ConfigError(f"the strategy {entry.name} ({entry.value}) cannot rank")
    return made
