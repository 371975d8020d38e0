"""How each agent's own window (its terminal interface) goes on with a conversation.

Observed on the releases the adapters were written for. All of them look for the conversation in
the folder it was held in, so that is where the command has to run.
"""

from collections.abc import Mapping, Sequence

#: What comes before the conversation's id.
_WORDS: Mapping[str, Sequence[str]] = {
    "claude": ("claude", "--resume"),
    "codex": ("codex", "resume"),
    "gemini": ("gemini", "--resume"),
    "opencode": ("opencode", "--session"),
}


def words(provider: str, conversation: str) -> list[str] | None:
    """The command that goes on with a conversation; None: this provider has no window."""
    found = _WORDS.get(provider)
    return [*found, conversation] if found else None
