"""The ledger of what was spent, and what tells it of calls that are safe in a session."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence, Set
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions.errors import AiSessionsError
from ai_sessions.names import IMPORTED

if TYPE_CHECKING:
    from ai_sessions.config import Settings
    from ai_sessions.ledger.noting import Noting
    from ai_sessions.ledger.pending import Pending
    from ai_sessions.ledger.quotas import Quotas
    from ai_sessions.ledger.sqlite import SqliteLedger
    from ai_sessions.providers.contract import Provider, Reply
    from ai_sessions.store.contract import OnCalls

Plain = dict[str, Any]
Tell = Callable[[str], None]

#: What is so while the ledger was not told of something.
_UNCOUNTED = "a call is in no budget"
_TWICE = "imported calls count twice"


def ledger(settings: Settings, tell: Tell) -> SqliteLedger:
    """The ledger below SESSION_DIR. `tell` hears warnings and whom we wait for."""
    from ai_sessions.ledger.opening import ledger_at

    return ledger_at(
        Path(settings["SESSION_DIR"]),
        wait_s=settings["SESSION_LOCK_TIMEOUT"],
        is_safe=settings["SESSION_FSYNC"] != "none",
        tell=tell,
    )


def quotas(settings: Settings, tell: Tell, now: Callable[[], datetime]) -> Quotas:
    """The quotas of providers in the same ledger."""
    from ai_sessions.ledger import known_quotas
    from ai_sessions.ledger.quotas import Quotas

    def mark() -> None:
        with contextlib.suppress(AiSessionsError):  # they are not shown then
            known_quotas.mark(settings["SESSION_DIR"])

    return Quotas(ledger(settings, tell), now, mark)


def note_limits(
    settings: Settings,
    tell: Tell,
    now: Callable[[], datetime],
    provider: Provider,
    reply: Reply,
) -> None:
    """Keep what came back of limits with a call of a provider that is no pool. Without sessions
    nothing is kept.
    """
    if not (reply.told and settings["USE_SESSIONS"]):
        return
    from ai_sessions.catalog.rotation import ModelEntry, Pool
    from ai_sessions.providers.contract import HasAccount
    from ai_sessions.rotation.records import Place

    name, account = provider.name, provider.account if isinstance(provider, HasAccount) else ""
    place = Place(Pool(name, name, ""), ModelEntry(reply.model, reply.model, name), account)
    quotas(settings, tell, now).note(place, reply.told, now())


def cost_of(settings: Settings, tell: Tell, call: str) -> int | None:
    """What the call of an id cost; None: nobody knows."""
    with contextlib.suppress(AiSessionsError):  # who cannot read it is told when it is used next
        found = ledger(settings, tell).find(call)
        return found.cost_nusd if found else None
    return None


def on_calls(settings: Settings, tell: Tell, *, is_kept: bool) -> OnCalls:
    """What a store tells of calls goes into the ledger. `is_kept`: their sessions are."""
    return partial(_count, settings, tell, is_kept)


def _count(
    settings: Settings, tell: Tell, is_kept: bool, session: Plain, entries: Sequence[Plain]
) -> None:
    """The calls are safe, so what cannot be counted now is no failure: it is counted later."""
    from ai_sessions.ledger import pending, recorded

    kept = ledger(settings, tell)
    calls = [one for one in entries if one["type"] == "interaction"]
    if len(calls) < len(entries) and is_kept and session["totals"]["interactions"]:
        uid, project = recorded.text(session["uid"]), recorded.text(session["project"])
        change = partial(kept.move, uid, project)
        _tell(settings, tell, change, partial(pending.of_move, uid, project), _UNCOUNTED)
    if calls:
        told = [recorded.of_entry(session, one, is_kept=is_kept) for one in calls]
        notes = partial(pending.of_record, told)
        _tell(settings, tell, partial(kept.record, told), notes, _UNCOUNTED)


def noting(settings: Settings, tell: Tell) -> OnCalls:
    """The same for programs that live long: of most calls only their session is noted."""
    from ai_sessions.ledger.noting import Noting

    def catch_up() -> None:
        try:
            ledger(settings, tell).catch_up()
        except AiSessionsError as error:  # what was noted stays
            tell(f"warning: {_UNCOUNTED} until the ledger can be used again: {error.message}")

    return partial(_note, settings, tell, Noting(_pending(settings), catch_up))


def _note(
    settings: Settings, tell: Tell, notes: Noting, session: Plain, entries: Sequence[Plain]
) -> None:
    from ai_sessions.ledger import recorded

    if any(one["type"] != "interaction" for one in entries):
        _count(settings, tell, True, session, entries)
        return
    told = [recorded.of_entry(session, one) for one in entries]
    try:
        notes.record(session["uid"], session["name"], session["journal"]["seq"], told)
    except AiSessionsError as error:
        tell(f"warning: {_UNCOUNTED}: {error.message}")


def withdraw_imported(settings: Settings, tell: Tell, calls: Set[str]) -> None:
    """Imported calls that are in a session count there, not in those that are gone as well."""
    from ai_sessions.ledger import pending

    change = partial(ledger(settings, tell).withdraw_imported, calls)
    _tell(settings, tell, change, partial(pending.of_withdrawal, calls), _TWICE)


@contextlib.contextmanager
def returning(
    settings: Settings, tell: Tell, session: Plain, found: Sequence[Plain]
) -> Iterator[None]:
    """Around the return of a session from the trash: whoever is killed in between leaves a note of
    what the ledger has to be told then.
    """
    from ai_sessions.ledger import pending, recorded

    if session["command"] == IMPORTED:
        notes = pending.of_withdrawal({one["id"] for one in found})
    else:
        notes = pending.of_record([recorded.of_entry(session, one) for one in found])
    with _pending(settings).added(pending.of_return(session["name"], session["uid"], notes)):
        yield
    try:
        ledger(settings, tell).settle_gone()  # which makes up for the notes first
    except AiSessionsError as error:
        tell(f"warning: calls may count twice until the ledger can be used again: {error.message}")


def _pending(settings: Settings) -> Pending:
    from ai_sessions.ledger.pending import Pending

    root, wait_s = Path(settings["SESSION_DIR"]), settings["SESSION_LOCK_TIMEOUT"]
    return Pending(root, wait_s=wait_s, is_safe=settings["SESSION_FSYNC"] != "none")


def _tell(
    settings: Settings,
    tell: Tell,
    change: Callable[[], None],
    notes: Callable[[], list[str]],
    what: str,
) -> None:
    """Change the ledger, or leave notes for when it can be used again."""
    try:
        change()
    except AiSessionsError as error:
        try:
            _pending(settings).add(notes())
        except AiSessionsError as other:
            tell(f"warning: {what}: {error.message}; {other.message}")
        else:
            tell(f"warning: {what} until the ledger can be used again: {error.message}")
