"""Tokens and what they cost, as programs have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from ai_sessions import money, tokens
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Usage


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one call, or of one model. `estimated_cost_usd` None: nobody knows the price."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    model: str = ""
    estimated_cost_usd: float | None = None
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False
    """Nobody counted them: they are an estimate."""

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    @staticmethod
    async def count_tokens(text: str, model: str = "") -> int:  # noqa: ARG004 (as programs call it)
        """About how many tokens a text is."""
        return tokens.estimate(text)


@dataclass(frozen=True, slots=True)
class TokenSummary:
    """Sums over calls and messages. `unpriced`: calls that `total_estimated_cost_usd` lacks."""

    total_prompt_tokens: int = 0
    total_completion_tokens: int = 0
    usage_by_model: Mapping[str, TokenUsage] = field(default_factory=dict)
    total_estimated_cost_usd: float = 0.0
    unpriced: int = 0

    @property
    def total_tokens(self) -> int:
        return self.total_prompt_tokens + self.total_completion_tokens


def usage(used: Usage, model: str, nusd: int | None) -> TokenUsage:
    """`nusd`: nano-dollars; None: nobody knows."""
    return TokenUsage(
        used.input_tokens,
        used.output_tokens,
        model,
        None if nusd is None else money.number(nusd),
        used.cache_read_tokens,
        used.reasoning_tokens,
        used.estimated,
    )
