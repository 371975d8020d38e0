"""What the files of a session are called: `session_20261128_101500_<id>.md` and `.json`."""

from __future__ import annotations

import hashlib
import re

from ai_sessions import times
from ai_sessions.records import Session

#: Any other uid is one that somebody made up, perhaps with a slash in it.
_PLAIN_UID = re.compile(r"[A-Za-z0-9-]{1,64}")
_NAME = re.compile(r"session_\d{8}_\d{6}_([A-Za-z0-9-]{1,64})\.(?:md|json)")
#: A file on its way, as `disk.files` calls it.
_DRAFT = re.compile(rf"({_NAME.pattern})\.\d+\.[0-9a-f]{{8}}\.tmp")
_UNDATED = "00000000_000000"


def id_of(session: Session) -> str:
    """Its uid, or what stands for one that cannot be a part of a file's name."""
    if _PLAIN_UID.fullmatch(session.uid):
        return session.uid
    return digest(session.uid or f"name:{session.name}")


def digest(text: str) -> str:
    """What stands for a text that is too long or too strange."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def stem(session: Session) -> str:
    """The name without its ending. The time is that of its beginning, in UTC."""
    made = times.read(session.created_at)
    return f"session_{made.strftime('%Y%m%d_%H%M%S') if made else _UNDATED}_{id_of(session)}"


def id_in(name: str) -> str:
    """The id in the name of a file; empty: it is not called as ours are."""
    found = _NAME.fullmatch(name)
    return found[1] if found else ""


def of_draft(name: str) -> str:
    """The name that a file would get that is on its way; empty: it is none of ours."""
    found = _DRAFT.fullmatch(name)
    return found[1] if found else ""
