"""The rules of a Makefile that run all tests."""

import re

from ai_sessions.detection.folder import Folder
from ai_sessions.detection.found import Words

_RULE = re.compile(r"^(test|check)[ \t]*:(?![:=])", re.MULTILINE)


def make(folder: Folder) -> Words:
    """`make test`, or `make check`; empty without such a rule."""
    name = folder.first("GNUmakefile", "makefile", "Makefile")
    rules = set(_RULE.findall(folder.text(name))) if name else set()
    return next((("make", rule) for rule in ("test", "check") if rule in rules), ())
