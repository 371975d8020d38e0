"""What counts tokens, by the setting TOKENIZER: a vocabulary (extra `tokens`), or the estimate.

The vocabularies are those of current models of OpenAI, inside the package toktok-rs: no network is
needed. Reading one takes 0.4 s and 70 MB, so it waits for the first text that has to be counted.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from functools import cached_property

from ai_sessions import tokens
from ai_sessions.config import extras
from ai_sessions.errors import ConfigError
from ai_sessions.records import TokensSource
from ai_sessions.tokens import Counter

#: Values of TOKENIZER -> name of the vocabulary.
VOCABULARIES = {"o200k": "o200k_base", "cl100k": "cl100k_base"}
AUTO, ESTIMATE = "auto", "estimate"
NAMES = (AUTO, *VOCABULARIES, ESTIMATE)
EXTRA = "tokens"
_PACKAGE = "toktok"


def counter(name: str) -> Counter:
    """`auto`: exact where the extra is installed. Raises `ConfigError` for a vocabulary without it,
    and for an unknown name.
    """
    counted = chosen(name)
    if counted == ESTIMATE:
        return tokens.ESTIMATE
    if not is_installed():
        raise extras.missing(EXTRA, f"TOKENIZER={name}")
    return _Exact(VOCABULARIES[counted])


def chosen(name: str) -> str:
    """What `auto` stands for on this machine; any other name is returned as it is."""
    if name not in NAMES:
        raise ConfigError(f"TOKENIZER: unknown tokenizer {name!r}", f"one of {', '.join(NAMES)}")
    if name == AUTO:
        return "o200k" if is_installed() else ESTIMATE
    return name


def is_installed() -> bool:
    """Whether the extra is there; nothing of it is loaded."""
    return importlib.util.find_spec(_PACKAGE) is not None


class _Exact:
    """Safe to use from several threads."""

    source: TokensSource = "tokenizer"

    def __init__(self, vocabulary: str) -> None:
        self._vocabulary = vocabulary

    def __call__(self, text: str, /) -> int:
        try:
            return self._count(text)
        except UnicodeEncodeError:  # half of a surrogate pair, which no vocabulary knows
            return self._count(text.encode("utf-8", "replace").decode("utf-8"))

    @cached_property
    def _count(self) -> Callable[[str], int]:
        """Of one text: `batch_count` starts threads for each call, which takes forty times longer
        for a message. Raises `ConfigError` for a package that does not load.
        """
        try:
            toktok = importlib.import_module(_PACKAGE)
        except ImportError as error:
            raise extras.missing(EXTRA, "an exact count of tokens", error) from error
        count: Callable[[str], int] = toktok._encoding(self._vocabulary).count
        return count
