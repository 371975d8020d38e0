"""Tokens and what they cost, as programs have them: to be read, counted and added up."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Self, TypeVar

from ai_sessions import money
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library import storage
from ai_sessions.records import Usage

_Kind = TypeVar("_Kind", bound="Tokens")


@dataclass
class Tokens:
    """Tokens of one call, or of one model, whichever way their verbs are called."""

    prompt_tokens: int
    completion_tokens: int
    model: str
    estimated_cost_usd: float | None
    """None: nobody knows the price."""
    cached_tokens: int
    """Part of the prompt's."""
    reasoning_tokens: int
    """Part of the completion's."""
    estimated: bool
    """No provider counted them."""

    def __init__(
        self,
        prompt_tokens: int = 0,
        completion_tokens: int = 0,
        model: str = "",
        estimated_cost_usd: float | None = None,
        cached_tokens: int = 0,
        reasoning_tokens: int = 0,
        estimated: bool = False,
        total_tokens: int | None = None,  # noqa: ARG002 (as programs give it)
        *,
        is_unpriced: bool = False,
    ) -> None:
        """`estimated_cost_usd` None: by the price of `model`; `is_unpriced`: it stays None. The
        total is the sum of both parts, whatever is given.
        """
        self.prompt_tokens, self.completion_tokens = prompt_tokens, completion_tokens
        self.cached_tokens, self.reasoning_tokens = cached_tokens, reasoning_tokens
        self.model, self.estimated = model, estimated
        self.estimated_cost_usd = estimated_cost_usd
        if estimated_cost_usd is None and not is_unpriced:
            self.estimated_cost_usd = price_of(self)

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Tokens) -> Self:
        """Of both; the price is that of both, and nobody knows it where it is not known of one."""
        prices = (self.estimated_cost_usd, other.estimated_cost_usd)
        known = [one for one in prices if one is not None]
        return type(self)(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.model or other.model,
            sum(known) if len(known) == len(prices) else None,
            self.cached_tokens + other.cached_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            self.estimated or other.estimated,
            is_unpriced=True,
        )


class TokenUsage(Tokens):
    """Tokens of one call, or of one model."""

    @staticmethod
    def count_tokens(text: Any, model: str = "") -> int:  # noqa: ARG004 (as programs call it)
        """How many tokens a text is, by the setting TOKENIZER. Of other values: as text."""
        return counted(text)

    @classmethod
    def from_text(cls, prompt: str, completion: str | None = None, model: str = "") -> Self:
        """Of a call with these words, which nobody else counted."""
        return of_text(cls, prompt, completion, model)

    def calculate_cost(self: Tokens) -> float | None:
        """Dollars, by the price of the model; None: nobody knows it."""
        return price_of(self)

    def update(self: Tokens, prompt_tokens: int = 0, completion_tokens: int = 0) -> None:
        """Add more of them."""
        self.prompt_tokens += prompt_tokens
        self.completion_tokens += completion_tokens
        self.estimated_cost_usd = price_of(self)


@dataclass
class Sums:
    """Sums over calls and messages, whichever way their verbs are called."""

    total_prompt_tokens: int = 0
    total_completion_tokens: int = 0
    usage_by_model: dict[str, Any] = field(default_factory=dict)
    """`TokenUsage` by the name of the model."""
    total_estimated_cost_usd: float = 0.0
    unpriced: int = 0
    """Calls whose price nobody knows: `total_estimated_cost_usd` lacks them."""

    @property
    def total_tokens(self) -> int:
        return self.total_prompt_tokens + self.total_completion_tokens


class TokenSummary(Sums):
    """Sums over calls and messages."""

    def add_usage(self: Sums, usage: Tokens) -> None:
        """Add the tokens of a call."""
        add_usage(self, usage)


def add_usage(sums: Sums, used: Tokens) -> None:
    """As `TokenSummary.add_usage`."""
    sums.total_prompt_tokens += used.prompt_tokens
    sums.total_completion_tokens += used.completion_tokens
    sums.total_estimated_cost_usd += used.estimated_cost_usd or 0.0
    sums.unpriced += used.estimated_cost_usd is None
    if used.model:
        known = sums.usage_by_model.get(used.model)
        sums.usage_by_model[used.model] = known + used if known else used


def counted(text: Any) -> int:
    """As `TokenUsage.count_tokens`."""
    words = "" if text is None else str(text)
    return storage.conversations().memory.rules.count(words)


def of_text(kind: type[_Kind], prompt: str, completion: str | None, model: str) -> _Kind:
    """As `TokenUsage.from_text`, of that class."""
    return kind(counted(prompt), counted(completion), model, estimated=True)


def price_of(used: Tokens) -> float | None:
    """Dollars; None: nobody knows."""
    if not used.model:
        return None
    core = storage.conversations()
    nusd = core.price_of(plain(used), used.model, core.now()).nusd
    return None if nusd is None else money.number(nusd)


def plain(used: Tokens) -> Usage:
    """As records have it."""
    return Usage(
        used.prompt_tokens,
        used.completion_tokens,
        cache_read_tokens=used.cached_tokens,
        reasoning_tokens=used.reasoning_tokens,
        estimated=used.estimated,
    )


def usage(kind: type[_Kind], used: Usage, model: str, nusd: int | None) -> _Kind:
    """`nusd`: nano-dollars; None: nobody knows."""
    return kind(
        used.input_tokens,
        used.output_tokens,
        model,
        None if nusd is None else money.number(nusd),
        used.cache_read_tokens,
        used.reasoning_tokens,
        used.estimated,
        is_unpriced=True,
    )
