"""What runs all tests of a project: a rule of its Makefile, its justfile or its Taskfile."""

import re

from ai_sessions.detection.folder import Folder, table
from ai_sessions.detection.found import Words

_NAMES = ("test", "check")
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_JUSTFILES = ("justfile", "Justfile", ".justfile")
_TASKFILES = tuple(f"{name}.{end}" for name in ("Taskfile", "taskfile") for end in ("yml", "yaml"))
#: A text in several lines, whose lines are no rules.
_DEFINED = re.compile(r"^define\b.*?(?:^endef\b|\Z)", re.MULTILINE | re.DOTALL)
_RECIPE = re.compile(r"^@?(test|check)\b[^:=\n]*:(?!=)", re.MULTILINE)


def make(folder: Folder) -> Words:
    """`make test`, or `make check`, else the same of just or task; empty without such a rule."""
    for tool, names, rules_in in (
        ("make", _MAKEFILES, _made),
        ("just", _JUSTFILES, _recipes),
        ("task", _TASKFILES, _tasks),
    ):
        name = folder.first(*names)
        rules = rules_in(folder.text(name)) if name else set()
        rule = next((one for one in _NAMES if one in rules), "")
        if rule:
            return (tool, rule)
    return ()


def _made(text: str) -> set[str]:
    """The targets of the rules; a variable that is set (`test := 1`) is none."""
    rules: set[str] = set()
    for line in _DEFINED.sub("", text).splitlines():
        targets, colon, rest = line.partition(":")
        if colon and not line.startswith(("\t", "#")) and not rest.startswith(("=", ":=")):
            rules.update(targets.split())
    return rules


def _recipes(text: str) -> set[str]:
    return set(_RECIPE.findall(text))


def _tasks(text: str) -> set[str]:
    from ai_sessions.yaml_text import NotYaml, parsed

    try:
        found, _, _ = parsed(text)
    except NotYaml:
        return set()
    return {str(name) for name in table(found, "tasks")}
