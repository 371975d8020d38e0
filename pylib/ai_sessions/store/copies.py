"""Which entries are copies of another one.

An entry has its id in every copy of its session. A fork makes the ids of its messages from the
session and the place that they were taken from; forks of it keep these ids.
"""

from typing import Any

from ai_sessions import ids
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.store.redacted import has_words, redacted

Plain = dict[str, Any]


def copies_of(name: str, uid: str, entry: Plain | None, seq: int) -> "Copies":
    """The copies of the entry with that number in a session.

    Raises `NotFound` when `entry` is None, `UsageError` when nothing was said in it.
    """
    if entry is None:
        raise NotFound(
            f"session {name} has no entry {seq}", f"see what there is: ai-session.sh show {name}"
        )
    if not has_words(entry):
        raise UsageError(
            f"entry {seq} of session {name} is a fact about it: nothing was said in it",
            f"see what there is: ai-session.sh show {name}",
        )
    return Copies(uid, entry)


class Copies:
    """What to look for where an entry and all of its copies are meant; more as they are found."""

    def __init__(self, uid: str, entry: Plain) -> None:
        """`uid`: of the session that the entry is in."""
        self._uid, self._seq = uid, entry.get("seq", -1)
        self._id = str(entry.get("id", ""))
        self._everywhere = {self._id} if ids.is_unique(self._id) else set()
        self.found(uid, entry)

    def ids(self, uid: str) -> frozenset[str]:
        """Ids that copies have in a session of that `uid`.

        Ids that are not unique, such as those of the first layout, count in their session alone.
        """
        own = {self._id} if uid == self._uid and self._id else set()
        return frozenset(self._everywhere | own)

    def has(self, uid: str, entry: Plain) -> bool:
        """Whether an entry of that session is one of them."""
        if not has_words(entry):
            return False
        if not self._id and not entry.get("id"):
            return uid == self._uid and entry.get("seq") == self._seq
        return entry.get("id") in self.ids(uid)

    def found(self, uid: str, entry: Plain) -> None:
        """Look for what forks took from this one, too."""
        said = entry["messages"] if entry["type"] == "interaction" else [entry]
        places = (f"{entry.get('seq', -1)}.{number}" for number in range(len(said)))
        self._everywhere |= {ids.forked(uid, place) for place in places}

    def without(self, uid: str, entry: Plain, at: str) -> Plain | None:
        """An entry of that session without its words; None when it is none of the copies."""
        if not self.has(uid, entry):
            return None
        self.found(uid, entry)
        return redacted(entry, at)
