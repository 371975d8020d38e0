"""Commands that only read: they prove nothing, so others are told before them."""

from __future__ import annotations

import re

_LOOKS = frozenset(
    {
        "cat",
        "cd",
        "date",
        "df",
        "du",
        "echo",
        "env",
        "fd",
        "file",
        "find",
        "grep",
        "head",
        "hexdump",
    }
    | {"hostname", "id", "jq", "less", "ls", "man", "more", "nl", "od", "printenv", "ps", "pwd"}
    | {
        "rg",
        "sed",
        "sort",
        "stat",
        "tail",
        "tree",
        "type",
        "uname",
        "uniq",
        "wc",
        "which",
        "whoami",
    }
)
#: Of programs that do other things as well, by the word behind them.
_PARTLY = {
    "git": frozenset({"blame", "branch", "diff", "log", "remote", "show", "status"}),
    "docker": frozenset({"images", "inspect", "logs", "ps"}),
    "kubectl": frozenset({"describe", "get", "logs"}),
}
_JOINTS = re.compile(r"\|\|?|&&|;|\n")
#: What writes all the same: an output to a file, `sed -i`, `find -delete`.
_WRITES = re.compile(r"(?<![<0-9&])>(?!&|\s*/dev/null)|\s(?:-i\S*|--in-place|-delete|-exec)\b")


def is_read_only(command: str) -> bool:
    """Whether each part of a command only shows something."""
    if _WRITES.search(command):
        return False
    parts = [words for part in _JOINTS.split(command) if (words := part.split())]
    return bool(parts) and all(map(_looks, parts))


def _looks(words: list[str]) -> bool:
    name = words[0].rpartition("/")[2]
    if name in _PARTLY:
        return next((one for one in words[1:] if not one.startswith("-")), "") in _PARTLY[name]
    return name in _LOOKS
