"""Constants that programs import by name."""

from __future__ import annotations

import os

from ai_sessions import tokenizer

#: A model to name in examples, and where a program has no other.
DEFAULT_TOKEN_MODEL = os.environ.get("CHUK_DEFAULT_MODEL") or "gpt-4o-mini"
#: Whether tokens are counted by a vocabulary; else they are estimated.
TIKTOKEN_AVAILABLE = tokenizer.is_installed()
