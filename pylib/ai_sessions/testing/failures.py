"""Telling a test that failed from one that could not start, by the first line of its message."""

import re

_MESSAGE_CHARACTERS = 4000
#: The name, file or grammar that a test needs is not there: nothing was tested yet.
_NOT_STARTED = re.compile(
    r"(?:ModuleNotFoundError|ImportError|NameError|SyntaxError|IndentationError|TabError)\b"
    r"|AttributeError: (?:partially initialized )?module '"
    r"|Error \[ERR_MODULE_NOT_FOUND\]|Error: Cannot find module\b|ReferenceError\b"
    r"|fixture '[^']*' not found"
)


def could_not_start(message: str) -> bool:
    """True when `message` begins with an error that comes before any assertion."""
    return bool(_NOT_STARTED.match(message))


def shortened(message: str) -> str:
    """The message as it is kept: the beginning says what was wrong."""
    return message.strip()[:_MESSAGE_CHARACTERS]
