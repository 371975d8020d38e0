"""What providers allow now, for the overview."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ai_sessions.api.service import Service
from ai_sessions.assemble import ledgers, pools
from ai_sessions.cli import limited
from ai_sessions.display.html import limits
from ai_sessions.errors import ConfigError


def shown(service: Service) -> str:
    """Empty where nothing is known."""
    settings, now = service.settings(), service.now()
    root = settings["SESSION_DIR"]
    return limits.content(
        limited.windows(root, settings, service.environment, now),
        limited.reached(root),
        list(_pauses(service, now)) if limited.are_known(root) else (),
        now,
    )


def _pauses(service: Service, now: datetime) -> Iterator[limits.Pause]:
    """Models of `auto` that are not asked now; a setting that is wrong is told where they are."""
    settings = service.settings()
    try:
        places = pools.places(settings, service.environment)
    except ConfigError:
        return
    book = ledgers.quotas(settings, lambda _told: None, service.now)
    for one in book.candidates(places, now):
        until = one.state.open_until
        if until and until > now:
            yield limits.Pause(one.key, until, one.state.why)
