"""Raw output of tests and agents in `logs/`; not committed."""

from __future__ import annotations

from ai_sessions import controls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.workspace.files import Workspace


def save_log(space: Workspace, name: str, text: str | bytes) -> str:
    """Keep raw output, or a patch; returns its path as seen from the repository. Not committed.

    Text (`.txt`) is for people, so nothing in it steers a terminal; patches stay as they are.
    """
    file = f"{space.last_number('logs') + 1:04d}-{name}"
    shown = controls.plain(text) if isinstance(text, str) and name.endswith(".txt") else text
    space.write(shown, "logs", file, private=True)
    return space.relative("logs", file)
