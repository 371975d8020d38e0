"""Raw output of tests and agents in `logs/`; not committed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.workspace.files import Workspace


def save_log(space: Workspace, name: str, text: str) -> str:
    """Keep raw output; returns its path as seen from the repository. Not committed."""
    file = f"{space.last_number('logs') + 1:04d}-{name}"
    space.write(text, "logs", file, private=True)
    return space.relative("logs", file)
