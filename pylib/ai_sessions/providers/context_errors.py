"""What a server says of a prompt that is too long for its model: how to know it, and its figures.

Every server has words of its own. They are recorded in test/fixtures/context-errors.json.
"""

from __future__ import annotations

import re

from ai_sessions.lazy_dataclasses import dataclass

#: Characters of a complaint that are looked at.
_TOLD = 4000
#: Words that mean it; not those of limits that pass, such as tokens per minute.
WORDS = (
    r"context.?length|context.?window|context.?size|context limit|maximum context"
    r"|maximum prompt length|maximum model length|model token limit|allowed input length"
    r"|range of input length|reduce the length of the (messages|prompt|input)"
    r"|token count .{0,40}exceeds|input tokens exceed|model with \d+ maximum context"
    r"|too long|too large"
)
_NUMBER = r"(\d[\d,]{0,11})\b"
#: Where the most stands that the model takes; the first pattern that is found wins.
_LIMITS = (
    r'"n_ctx":\s*{n}',
    r"\d\s*>\s*{n} maximum|tokens\s*>\s*{n}",
    r"context limit: [\d,]+ \+ [\d,]+ > {n}",
    r"maximum (?:context|prompt|model) length (?:is|of)?\s*(?:only )?\(?{n}",
    r"{n} maximum context length",
    r"maximum allowed input length of \(?{n}",
    r"maximum number of tokens allowed \(?{n}",
    r"context (?:size|length|window) (?:is only |of only |is |of )?\(?{n}",
    r"model token limit: {n}|limit of {n}|\(limit {n}\)",
    r"must be <= {n}",
    r"input length should be \[\d+,\s*{n}",
)
#: Where the size of the prompt stands, of which the answer's share is no part.
_SENT = (
    r'"n_prompt_tokens":\s*{n}',
    r"\({n} (?:tokens )?(?:in (?:the|your) (?:messages|prompt)|of text input)",
    r"{n} in the messages",
    r"too long: {n} tokens",
    r"context limit: {n} \+",
    r"token count (?:of )?\(?{n}",
    r"(?:resulted in|contains|passed|has|given:) {n} (?:`inputs`|input tokens|tokens)",
    r"(?:request|input) \({n} tokens",
    r"request is ~{n} tokens",
    r"input length \(?{n}",
    r"prompt \((?:total )?length {n}",
    r"requested:? (?:about )?(?:tokens )?\(?{n}",
    r"keep the first {n} tokens",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """In tokens, as the server counts them; None: it does not say."""

    limit: int | None = None
    """Most that the model takes; of most servers that is its answer, too."""
    sent: int | None = None
    """Size of the prompt that was too long."""


def figures(text: str) -> Figures:
    """What a complaint about a prompt that is too long tells."""
    told = text[:_TOLD]
    return Figures(_first(_LIMITS, told), _first(_SENT, told))


def _first(patterns: tuple[str, ...], told: str) -> int | None:
    for pattern in patterns:
        if found := re.search(pattern.replace("{n}", _NUMBER), told, re.IGNORECASE):
            number = int(next(filter(None, found.groups())).replace(",", ""))
            return number or None
    return None
