"""The greeting from two files alone, as a shell's start-up file asks for it. Light on imports.

Neither the user's own models nor the lists that pools publish are looked at.
"""

from __future__ import annotations

from ai_sessions.assistant import greeting, profile_file
from ai_sessions.catalog import shipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.assistant.folder import Folder


def greeted(folder: Folder) -> str:
    """The line; empty where it takes more: nobody is known, or they prefer a model that this
    release does not ship, or that is served no more. Raises as `profile.read` does.
    """
    found = folder.read(profile_file.NAME)
    if found is None:
        return ""
    known = profile_file.checked(found, folder.place(profile_file.NAME))
    title = shipped.title(known["preferred_model"])
    return greeting.line(known["user_name"], known["assistant_name"], title) if title else ""
