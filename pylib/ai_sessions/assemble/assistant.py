"""The assistant by the user's settings: its folder, the models that are known, the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ai_sessions import config
from ai_sessions.assistant.folder import Folder
from ai_sessions.assistant.models import Models
from ai_sessions.assistant.service import Assistant, Parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ai_sessions.config import Settings
    from ai_sessions.ledger.quotas import Quotas
    from ai_sessions.rotation.records import Place, Strategy, WindowState

    Environment = Mapping[str, str]
    Tell = Callable[[str], None]


def assistant(settings: Settings, environment: Environment, tell: Tell) -> Assistant:
    """`tell` hears warnings and whom we wait for. Nothing is read before the first question."""
    return Assistant(
        Parts(
            folder=Folder(str(settings["ASSISTANT_DIR"]), tell),
            models=lambda: _models(settings, environment),
            places=lambda: _places(settings, environment),
            quotas=lambda: _quotas(settings, tell),
            limits=lambda now: _limits(settings, environment, now),
            strategy=lambda: _strategy(settings),
            clock=_now,
            tell=tell,
        )
    )


def of_user(environment: Environment) -> Assistant:
    """The same for Python programs, whose log hears warnings."""
    settings = config.of_user(environment)
    return assistant(settings, environment, _log)


def _models(settings: Settings, environment: Environment) -> Models:
    from ai_sessions.assemble import known_models

    return Models(known_models.catalog(settings, environment))


def _places(settings: Settings, environment: Environment) -> Sequence[Place]:
    from ai_sessions.assemble import pools

    return pools.places(settings, environment)


def _quotas(settings: Settings, tell: Tell) -> Quotas:
    from ai_sessions.assemble import ledgers

    return ledgers.quotas(settings, tell, _now)


def _limits(settings: Settings, environment: Environment, now: datetime) -> Sequence[WindowState]:
    from ai_sessions.assemble import known_models
    from ai_sessions.ledger import known_quotas

    known = known_models.catalog(settings, environment)
    return known_quotas.windows(str(settings["SESSION_DIR"]), known, now)


def _strategy(settings: Settings) -> Strategy:
    from ai_sessions.rotation import registry

    return registry.named(settings["AI_STRATEGY"])


def _now() -> datetime:
    return datetime.now(UTC)


def _log(warning: str) -> None:
    """As libraries do: the program that uses this decides what becomes of it."""
    import logging

    logging.getLogger("ai_sessions").warning(warning)
