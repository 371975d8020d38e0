"""Which model is to answer next, of those that this user may ask."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sessions.errors import AiSessionsError, ConfigError, LimitReached
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.rotation import filters
from ai_sessions.rotation.records import Candidate, Need

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from ai_sessions.catalog.rotation import ModelEntry
    from ai_sessions.rotation.records import Ranked, Strategy


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`ranked`: all that were looked at, the best first; those that may not answer say why."""

    model: ModelEntry
    ranked: tuple[Ranked, ...]


def liked(candidates: Sequence[Candidate], favourites: Collection[str]) -> tuple[Candidate, ...]:
    """The candidates, those marked that a user likes. `favourites`: names or keys of models."""
    return tuple(
        replace(one, favourite=one.model.id in favourites or one.key in favourites)
        for one in candidates
    )


def suggest(
    candidates: Sequence[Candidate], need: Need, now: datetime, strategy: Strategy
) -> Suggestion:
    """The best one. Raises `LimitReached` when none may answer, with why, and `ConfigError` where
    that is for want of keys.
    """
    ranked = strategy.rank(candidates, need, now)
    models = {one.key: one.model for one in candidates}
    best = next((one for one in ranked if not one.excluded), None)
    if best is None:
        raise _nobody(ranked, models)
    return Suggestion(models[best.model], ranked)


def _nobody(ranked: Sequence[Ranked], models: Mapping[str, ModelEntry]) -> AiSessionsError:
    names: dict[str, list[str]] = {}
    for one in ranked:
        names.setdefault(one.excluded, []).append(models[one.model].display_name)
    why = "; ".join(f"{', '.join(same)}: {why}" for why, same in names.items())
    told = f"no model may answer now: {why or 'there is none to choose among'}"
    if ranked and all(one.excluded == filters.NO_KEY for one in ranked):
        return ConfigError(told, "set the key of one, such as OPENROUTER_API_KEY")
    return LimitReached(told, "wait until a limit ends, or name more models in AI_MODELS")
