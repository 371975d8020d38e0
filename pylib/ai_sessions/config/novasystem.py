"""The variables of NovaSystem, under which its users may have set what is a setting here."""

from __future__ import annotations

from ai_sessions.config.layers import Layer
from ai_sessions.config.parsers import FALSE_WORDS, TRUE_WORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Its variable -> the setting here, and what its `config/novasystem.json` calls it.
COUNTERPARTS = {
    "NOVASYSTEM_SESSION_DIR": ("RECORD_DIR", "session.default_session_dir"),
    "NOVASYSTEM_AUTO_SAVE": ("RECORD", "session.auto_save_sessions"),
    "NOVASYSTEM_DEFAULT_MODEL": ("AI_MODEL", "llm.default_model"),
}
#: What it knows in its file alone.
ONLY_IN_FILES = {
    "session.session_retention_days": "RECORD_KEEP_DAYS",
    "llm.fallback_models": "LLM_FALLBACK",
}


def layers(theirs: Mapping[str, str]) -> tuple[Layer, ...]:
    """One for each variable that counts, so that an error names it. `theirs`: all variables of
    NovaSystem that are set.
    """
    return tuple(
        Layer(name, {ours: _translated(ours, theirs[name])}) for name, ours in _counting(theirs)
    )


def hint(theirs: Mapping[str, str], own: Mapping[str, str]) -> str:
    """What to set in their place, as one line; empty where there is nothing to say. `own`: where
    our own variables are, which win.
    """
    taken = {name: ours for name, ours in _counting(theirs) if not own.get(ours)}
    unused = sorted(name for name, text in theirs.items() if text and name not in COUNTERPARTS)
    told = []
    if taken:
        pairs = (f"{name} counts as {ours}" for name, ours in taken.items())
        told.append(f"{', '.join(pairs)}: set {', '.join(taken.values())} instead")
    if unused:
        told.append(f"not used: {', '.join(unused)}")
    return "; ".join(told)


def _counting(theirs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((name, ours) for name, (ours, _key) in COUNTERPARTS.items() if theirs.get(name))


def _translated(ours: str, text: str) -> str:
    """Its `true` is our `auto`: what programs ask is recorded, not what commands ask."""
    word = text.strip().lower()
    if ours != "RECORD" or word not in (*TRUE_WORDS, *FALSE_WORDS):
        return text
    return "auto" if word in TRUE_WORDS else "false"
