"""Forgetting what was said in an entry of a session, wherever it is kept."""

from ai_sessions.errors import AiSessionsError, NotFound
from ai_sessions.index import Index
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.store.contract import Plain, Store
from ai_sessions.store.copies import copies_of


@dataclass(frozen=True, slots=True)
class Redacted:
    """`seq`, `id`: of the entry. `also_in`: other sessions that had a copy of it."""

    seq: int
    id: str
    also_in: tuple[str, ...]


def find(store: Store, name: str, given: str) -> Plain:
    """The entry that `given` means: its id, or its number. Raises `NotFound`, and `UsageError` for
    one in which nothing was said.
    """
    found = None
    for entry in store.plain_entries(name):
        if given in (entry.get("id"), str(entry.get("seq"))):
            found = entry
        if given == entry.get("id"):
            break
    if found is None:
        raise NotFound(
            f"session {name} has no entry {given!r}",
            f"numbers are in the column seq: ai-session.sh show {name} --interactions 100",
        )
    copies_of(name, "", found, found.get("seq", -1))
    return found


def redact(store: Store, index: Index, name: str, entry: Plain) -> Redacted:
    """Take the words of an entry out of every session that has it, of the trash and the index.

    Who is killed meanwhile, or cannot have a session that is in use, calls it again. Raises
    `LockBusy`, `StorageError`, `ConfigError`.
    """
    try:
        _own, *others = store.redact(name, entry.get("seq", -1))
    except AiSessionsError as error:
        error.hint = "; ".join(filter(None, (error.hint, "then run the same command again")))
        raise
    finally:  # what was taken out of one session must not be found by its words
        index.delete()
    return Redacted(entry.get("seq", -1), str(entry.get("id", "")), tuple(others))
