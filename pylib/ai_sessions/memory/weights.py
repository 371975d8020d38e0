"""How much of a model's window a message takes, with a margin for what cannot be known exactly."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ai_sessions.memory import parts
from ai_sessions.records import Message, TokensSource
from ai_sessions.tokens import ESTIMATE, Counter

#: Tokens round each message, by the common chat formats (OpenAI's cookbook: 3, 4 with a name).
ROUND_EACH = 4
#: Hundredths. Providers' vocabularies differ from each other's and from a tokenizer's by a few per
#: cent, our estimate is off by up to a tenth.
_MARGINS: dict[TokensSource, int] = {"provider": 105, "tokenizer": 105, "estimate": 110}


def weigh(message: Message, count: Counter = ESTIMATE) -> int:
    """Tokens of a message in a request, rounded up: those that are known, else those of all it has,
    its tool calls included.
    """
    if message.tokens is None:
        return _with_margin(*counted(message, count))
    return _with_margin(message.tokens, message.tokens_source or "estimate")


def weigh_all(messages: Iterable[Message], count: Counter = ESTIMATE) -> int:
    """The sum of several."""
    return sum([weigh(message, count) for message in messages])


def weigh_text(text: str, count: Counter = ESTIMATE) -> int:
    """Tokens of a text that is said as a message of its own."""
    return _with_margin(count(text), count.source)


def counted(message: Message, count: Counter = ESTIMATE) -> tuple[int, TokensSource]:
    """Tokens of all that a model is told of a message, and who says so. Nobody can say what an
    image is charged for: a message with one is estimated.
    """
    files = sum(map(parts.files, message.parts))
    found = count(told(message)) + files * parts.FILE_TOKENS
    return found, "estimate" if files else count.source


def told(message: Message) -> str:
    """All words that a model is told of a message, in one text."""
    if not (message.tool_calls or message.parts):
        return message.text
    called = (f"{call.name} {_json(call.arguments)}" for call in message.tool_calls)
    return "\n".join([message.text, *called, *map(parts.words, message.parts)])


def _with_margin(tokens: int, source: TokensSource) -> int:
    return -(-tokens * _MARGINS.get(source, 110) // 100) + ROUND_EACH


def _json(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
