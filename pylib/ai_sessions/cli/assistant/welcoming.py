"""The greeting at once, as a shell's start-up file asks for it. Light on imports."""

from __future__ import annotations

import os

from ai_sessions.assemble import known_models
from ai_sessions.assistant import quick_greeting
from ai_sessions.assistant.folder import Folder
from ai_sessions.cli.terminal import without_pictures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.cli.output import Output
    from ai_sessions.config import Settings


def greet(settings: Settings, out: Output) -> bool:
    """Print the greeting; False, and nothing printed, where that takes more than two files."""
    if out.json or known_models.models_file(settings, os.environ) is not None:
        return False
    text = quick_greeting.greeted(Folder(str(settings["ASSISTANT_DIR"]), out.note))
    if text:
        out.say(without_pictures(text, os.environ))
    return bool(text)
