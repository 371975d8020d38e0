"""Extras that are nice to have: whether they are there, and whole."""

from collections.abc import Mapping

from ai_sessions import config, embeddings, telemetry, tokenizer
from ai_sessions.config import extras
from ai_sessions.diagnosis.checks import Check
from ai_sessions.embeddings.contract import Embedder
from ai_sessions.errors import ConfigError
from ai_sessions.telemetry import sending

_NAME = "search"
_TOKENS = "tokens"
_OTEL = "otel"
#: What is counted to see whether that works.
_SAMPLE = "one two three"


def search(setting: str, embedder: Embedder) -> Check:
    """What `search` goes by. `setting`: the value of SEMANTIC."""
    if setting == "false":
        return Check(_NAME, "ok", "by words alone (SEMANTIC=false)")
    if not embeddings.is_installed():
        told = f"by words alone; the extra `{embeddings.EXTRA}` finds what means the same"
        way = extras.how_to_install(embeddings.EXTRA, config.ROOT, config.INSTALLED)
        return Check(_NAME, "missing" if setting == "true" else "ok", told, way)
    try:
        embedder.check()
    except ConfigError as error:
        return Check(_NAME, "warning", error.message, error.hint)
    return Check(_NAME, "ok", f"by words and by meaning ({embedder.name})")


def tokens(setting: str) -> Check:
    """Who counts the tokens of a text. `setting`: the value of TOKENIZER."""
    try:
        count = tokenizer.counter(setting)
        count(_SAMPLE)
    except ConfigError as error:
        return Check(_TOKENS, "missing", error.message, error.hint)
    if count.source != "estimate":
        return Check(_TOKENS, "ok", f"counted exactly ({tokenizer.chosen(setting)})")
    if setting == tokenizer.ESTIMATE:
        return Check(_TOKENS, "ok", "estimated (TOKENIZER=estimate)")
    way = extras.how_to_install(tokenizer.EXTRA, config.ROOT, config.INSTALLED)
    return Check(_TOKENS, "ok", f"estimated; the extra `{tokenizer.EXTRA}` counts exactly", way)


def spans(is_on: bool, environment: Mapping[str, str]) -> Check:
    """Where spans of calls go. `is_on`: the value of OTEL."""
    if not is_on:
        return Check(_OTEL, "ok", "no spans are exported (OTEL=false)")
    if not telemetry.is_installed():
        lacking = extras.missing(telemetry.EXTRA, "OTEL=true")
        return Check(_OTEL, "missing", lacking.message, lacking.hint)
    return Check(_OTEL, "ok", f"spans of calls go to {sending.endpoint(environment)}")
