"""How each agent's own window (its terminal interface) goes on with a conversation.

Observed on the releases the adapters were written for. All of them look for the conversation in
the folder it was held in, so that is where the command has to run.
"""

from collections.abc import Mapping, Sequence

from ai_sessions.providers import agents
from ai_sessions.records import Resume

#: What comes before the conversation's id.
_WORDS: Mapping[str, Sequence[str]] = {
    "claude": ("claude", "--resume"),
    "codex": ("codex", "resume"),
    "gemini": ("gemini", "--resume"),
    "opencode": ("opencode", "--session"),
}


def has(provider: str) -> bool:
    """Whether this provider has a window."""
    return provider in _WORDS


def words(provider: str, resume: Resume) -> list[str]:
    """The command that goes on with a conversation. Raises `ProviderError` for an id that could
    be an option in there.
    """
    return [*_WORDS[provider], agents.conversation(resume)]
