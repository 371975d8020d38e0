"""How many tokens a model holds at once, by the settings, its provider and its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.providers.contract import HasWindow

if TYPE_CHECKING:
    from ai_sessions.config import Settings
    from ai_sessions.providers.contract import Provider

#: What coding agents' models hold at least.
OF_AGENTS = 200_000


def window_of(settings: Settings, provider: Provider, model: str) -> int | None:
    """As the provider knows it, and no more than AI_WINDOW; else AI_WINDOW; else by the name.
    None: nobody knows.
    """
    chosen: int | None = settings["AI_WINDOW"]
    own = provider.window(model) if isinstance(provider, HasWindow) else None
    if own is not None:
        return min(own, chosen or own)
    return chosen or _by_name(model) or (OF_AGENTS if provider.quirks.edits_files else None)


def _by_name(model: str) -> int | None:
    if not model:
        return None
    from ai_sessions import catalog

    found = catalog.load().model(model)
    return found.window if found else None
