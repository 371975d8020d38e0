"""Past usage from the logs of other agents: which calls they made, with tokens, model and time.

One module an agent; each knows where its logs are and how a call looks in them. Adding one is a
file and a line in `SOURCES`.
"""

from ai_sessions.imports import claude, codex, gemini, opencode
from ai_sessions.imports.contract import Found, Past, Source, fresh
from ai_sessions.imports.costs import cost_of

__all__ = ["SOURCES", "Found", "Past", "Source", "cost_of", "fresh"]

SOURCES: dict[str, Source] = {
    source.name: source for source in (claude.SOURCE, codex.SOURCE, gemini.SOURCE, opencode.SOURCE)
}
