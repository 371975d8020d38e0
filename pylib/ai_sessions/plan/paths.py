"""Which paths a pattern of a plan means. Paths are relative to the repository, with `/`.

`*` stays inside one folder, `**` crosses folders, and the name of a folder means all below it. A
set of characters also means itself: `app/[slug]/page.tsx` is a file of many projects.
"""

import re
import unicodedata
from collections.abc import Container, Sequence
from functools import lru_cache

from ai_sessions.lazy_dataclasses import dataclass


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


def is_for_git(part: str) -> bool:
    """True for a name that some file system takes for `.git`: in other letters (`.GIT`), by its
    short name (`git~1`), with characters that are not seen or endings that are dropped.
    """
    seen = "".join(one for one in part if unicodedata.category(one) not in ("Cf", "Cc"))
    name = seen.partition(":")[0].casefold().rstrip(" .")
    return name == ".git" or bool(re.fullmatch(r"git~\d+", name))


def is_safe(text: str) -> bool:
    """True when the path or pattern stays inside the repository and out of its `.git`."""
    parts = text.split("/")
    return (
        bool(text)
        and "\\" not in text
        and not {"", ".."} & set(parts[: len(parts) - 1 if text.endswith("/") else None])
        and not any(map(is_for_git, parts))
    )


def problem(pattern: str) -> str:
    """Why a pattern does not mean what its author thinks; empty where nothing speaks for that."""
    if pattern.startswith("!"):
        return "a pattern cannot be negated; name what is meant"
    if found := _BRACES.search(pattern):
        return f"{found[0]} is taken as it stands; write one pattern for each"
    if pattern != pattern.strip() or not pattern.isprintable():
        return "it has a blank at an end or a character that is not seen"
    if pattern.startswith("~/"):
        return "no shell reads it; name a path in the repository"
    return "name a folder, or ** for all" if pattern in (".", "./") else ""


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    """As a regular expression that many wildcards do not make slow: what stands between two of them
    is looked for once, from the left, as the later one can skip whatever this one did not.
    """
    tokens = _TOKEN.split(pattern.removeprefix("./").rstrip("/"))
    first, *others = _parts(tokens, _ACROSS)
    body = _inside(first.tokens, is_last=not others)
    for part in others:
        is_last = part is others[-1]
        found = _ACROSS[part.wildcard] + _inside(part.tokens, is_last=is_last)
        body += found if is_last else f"(?>{found})"
    return re.compile(rf"{body}(?:/.*)?", re.DOTALL)


def _inside(tokens: Sequence[str], *, is_last: bool) -> str:
    """What has no `**`. `is_last`: the pattern ends with it."""
    first, *others = _parts(tokens, ("*",))
    body = "".join(map(_one, first.tokens))
    for part in others:
        found = "[^/]*?" + "".join(map(_one, part.tokens))
        body += found if is_last and part is others[-1] else f"(?>{found})"
    return body


@dataclass(frozen=True, slots=True)
class _Part:
    """A wildcard (none at the beginning of a pattern) and the tokens up to the next one."""

    wildcard: str
    tokens: list[str]


def _parts(tokens: Sequence[str], wildcards: Container[str]) -> list[_Part]:
    parts = [_Part("", [])]
    for token in tokens:
        if token in wildcards:
            parts.append(_Part(token, []))
        else:
            parts[-1].tokens.append(token)
    return parts


def _one(mark: str) -> str:
    """A token that means one character, or characters that mean themselves."""
    if mark == "?":
        return "[^/]"
    itself = re.escape(mark)
    return f"(?:{itself}|{_set(mark)})" if _TOKEN.fullmatch(mark) else itself


def _set(token: str) -> str:
    """`[a-z]` or `[!a-z]`; matches nothing for one that is no set of characters (`[user-id]`)."""
    inside = re.sub(r"([\\\[&~|])", r"\\\1", token[1:-1]).replace("--", r"-\-")
    body = f"(?!/)[{'^' + inside[1:] if inside[0] == '!' else inside}]"
    try:
        re.compile(body)
    except re.error:
        return _NOTHING
    return body


_NOTHING = "(?!)"
#: As a shell would take it apart; `{{cookiecutter.name}}` is a name.
_BRACES = re.compile(r"\{[^{},/]*,[^{}/]*\}")
#: Wildcards that cross folders; `**/` is one where a folder's name may begin.
_ACROSS = {"**/": "(?:.*?/)??", "**": ".*?"}
_TOKEN = re.compile(r"((?<![^/])\*\*/|\*\*|\*|\?|\[[^\]/]+\])")
