"""What became of the files that somebody spoke of, since then."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ai_sessions import git_files
from ai_sessions.errors import AiSessionsError
from ai_sessions.git import history
from ai_sessions.plurals import counted

#: A path, or a name with an extension; whether there is such a file git knows.
_PATH = re.compile(
    r"(?<![\w./:@-])(?:\./)?((?:[\w.@+-]+/)+[\w.@+-]*\w|[\w.@+-]*\w\.[A-Za-z]\w{0,9})"
)
#: Files of one statement that are looked up.
_MOST = 4


def changed(project: str, commit: str, text: str) -> str:
    """Such as `src/app.py changed in 3 commits since`, for the files that `text` names; empty where
    nothing changed or nobody knows: no repository, no such commit, no such file.

    `commit`: of the project when that was said. Only what is committed counts.
    """
    names = dict.fromkeys(_PATH.findall(text))
    head = git_files.commit(project) if project and commit and names else ""
    if not head or head == commit:
        return ""
    return _changed(project, commit, head, tuple(names)[:_MOST])


@functools.lru_cache(maxsize=256)
def _changed(project: str, commit: str, _head: str, names: tuple[str, ...]) -> str:
    """The same for a commit that is HEAD, with which the answer changes."""
    try:
        found = history.since(Path(project), commit, history.named(Path(project), names))
    except (AiSessionsError, OSError):
        return ""
    return ", ".join(_phrases(found))


def _phrases(found: Mapping[str, history.Since]) -> Iterator[str]:
    for path, one in found.items():
        if one.is_gone:
            yield f"{path} was deleted since"
        else:
            most = "at least " if one.commits == history.MOST else ""
            yield f"{path} changed in {most}{counted(one.commits, 'commit')} since"
