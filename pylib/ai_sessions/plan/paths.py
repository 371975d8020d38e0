"""Which paths a pattern of a plan means. Paths are relative to the repository, with `/`.

`*` stays inside one folder, `**` crosses folders, and the name of a folder means all below it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache


def matches(path: str, patterns: Sequence[str]) -> bool:
    """True when one of the patterns means `path`."""
    return any(_compiled(pattern).fullmatch(path) for pattern in patterns)


def is_pattern(text: str) -> bool:
    """True when `text` may mean more than one path."""
    return any(mark in text for mark in "*?[") or text.endswith("/")


def may_meet(one: str, other: str) -> bool:
    """True when two patterns may mean the same path. Of two globs: judged by their fixed parts."""
    if matches(one, [other]) or matches(other, [one]):
        return True
    if not (is_pattern(one) and is_pattern(other)):
        return False
    first, second = fixed(one), fixed(other)
    if not (first.startswith(second) or second.startswith(first)):
        return False
    endings = re.split(r"[*?\]]", one)[-1], re.split(r"[*?\]]", other)[-1]
    return endings[0].endswith(endings[1]) or endings[1].endswith(endings[0])


def fixed(pattern: str) -> str:
    """A pattern as far as it means one path."""
    return re.split(r"[*?\[]", pattern, maxsplit=1)[0]


def is_safe(text: str) -> bool:
    """True when the path or pattern stays inside the repository and out of its `.git`."""
    parts = text.split("/")
    return (
        bool(text)
        and "\\" not in text
        and not {"", "..", ".git"} & set(parts[: len(parts) - 1 if text.endswith("/") else None])
    )


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    pattern = pattern.removeprefix("./")
    tokens = re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", pattern.rstrip("/"))
    body = "".join(_TOKENS.get(token) or _literal(token) for token in tokens)
    return re.compile(rf"{body}(?:/.*)?", re.DOTALL)


_TOKENS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _literal(token: str) -> str:
    if token.startswith("[") and token.endswith("]") and len(token) > 2:
        inside = token[1:-1].replace("\\", r"\\")
        return f"[{'^' + inside[1:] if inside[0] == '!' else inside}]"
    return re.escape(token)
