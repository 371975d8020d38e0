"""`clean`: remove sessions that nobody has used for a while, the raw output of old calls, and what
is in the trash.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import click

from ai_sessions import money, times, typed_times
from ai_sessions.assemble import recording
from ai_sessions.cli import listing
from ai_sessions.cli.app import App
from ai_sessions.cli.contradictions import excludes, one_of, refuse
from ai_sessions.cli.removing import told_removed
from ai_sessions.errors import StorageError, UsageError
from ai_sessions.plurals import counted
from ai_sessions.records import Session
from ai_sessions.sessions import cleaning
from ai_sessions.store.contract import Store

_TRASH_DAYS = 30
_A_SECOND = timedelta(seconds=1)


@click.command()
@click.option("--older-than", "age", metavar="AGE", help="Unused for so long: 30 or 30d, 12h, 2w.")
@click.option(
    "--keep",
    multiple=True,
    metavar="WHAT",
    help="Keep these: a name, a pattern such as 'plan-*', or a number: so many used last.",
)
@click.option("--expired", is_flag=True, help="Conversations that have expired or were ended.")
@click.option("--trash", is_flag=True, help="Delete for good what is in the trash.")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would go.")
@click.option("-y", "--yes", "--force", is_flag=True, help="Do not ask.")
@refuse(
    excludes("--trash", "--older-than", "--keep"), one_of("--trash", "--expired", "--older-than")
)
@click.pass_obj
def clean(
    app: App,
    age: str | None,
    keep: Sequence[str],
    expired: bool,
    trash: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Remove sessions that nobody has used for a while; pinned ones stay.

    \b
      ai-session.sh clean --older-than 30 --dry-run
      ai-session.sh clean --older-than 30 --keep 'plan-*' --keep 5
      ai-session.sh clean --expired
      ai-session.sh clean --trash

    They go to a trash: `restore NAME` takes one back within 30 days. Of the others the raw output
    of calls that old is deleted; what was said, and its cost, stays. Recorded files go by
    RECORD_KEEP_DAYS and RECORD_KEEP_COUNT. When there is nothing to do it says so on a terminal,
    and nothing from cron.
    """
    if trash:
        _empty_trash(app, dry_run=dry_run, yes=yes)
    elif expired:
        _clean_over(app, keep, dry_run=dry_run, yes=yes)
    else:
        _clean(app, age, keep, dry_run=dry_run, yes=yes)


def _empty_trash(app: App, *, dry_run: bool, yes: bool) -> None:
    store, upkeep = app.sessions(), app.upkeep()
    names, before = store.discarded(), datetime.now(UTC) + _A_SECOND
    taken = upkeep.room().trash_bytes
    if not (names or taken):
        if app.out.is_terminal():
            app.out.say("the trash is empty")
        app.out.result(_emptied(names, taken, dry_run=dry_run))
        return
    for name in names:
        app.out.note(f"{name}  in the trash")
    if dry_run:
        app.out.note(f"in the trash: {listing.size(taken)}")
    elif yes or app.agrees(f"Delete all that is in the trash ({listing.size(taken)}) for good?"):
        number = store.purge(before)
        taken -= upkeep.room().trash_bytes
        app.out.say(f"deleted {counted(number, 'session')} for good: {listing.size(taken)} freed")
    else:
        app.out.note("nothing deleted")
        return
    app.out.result(_emptied(names, max(0, taken), dry_run=dry_run))


def _emptied(names: Sequence[str], size: int, *, dry_run: bool) -> dict[str, object]:
    if dry_run:
        return {"would_delete": list(names), "would_free_bytes": size}
    return {"deleted": list(names), "freed_bytes": size}


def _clean(app: App, age: str | None, keep: Sequence[str], *, dry_run: bool, yes: bool) -> None:
    if age is None:
        raise UsageError("how old? --older-than is missing", "ai-session.sh clean --older-than 30")
    limit = typed_times.age(age)
    store, now = app.sessions(), datetime.now(UTC)
    old = cleaning.unused(store, limit, now, keep)
    for session in old.undated:
        app.out.warn(f"{session.name} stays: its date {session.last_used!r} cannot be read")
    for name in old.shared:
        app.out.note(f"{name} stays: a fork that was used since shares its messages")
    for what in old.unmatched:
        app.out.warn(f"--keep {what} fits no session")
    _preview(app, old.unused)
    if dry_run:
        found = _would_remove(app, old, now - limit)
    elif yes or not old.unused or app.agrees(f"Remove {counted(len(old.unused), 'session')}?"):
        found = _remove(app, store, old, now, limit)
    else:
        app.out.note("nothing removed")
        return
    if not any(found.values()) and app.out.is_terminal():
        app.out.say(f"nothing older than {_told(limit)}")
    app.out.result(found)


def _clean_over(app: App, keep: Sequence[str], *, dry_run: bool, yes: bool) -> None:
    store = app.sessions()
    old = cleaning.over(store, datetime.now(UTC), keep)
    for name in old.shared:
        app.out.note(f"{name} stays: a fork shares its messages")
    for what in old.unmatched:
        app.out.warn(f"--keep {what} fits no session")
    _preview(app, old.unused)
    names = [session.name for session in old.unused]
    if dry_run:
        app.out.result({"would_remove": names})
        return
    if not (yes or not names or app.agrees(f"Remove {counted(len(names), 'session')}?")):
        app.out.note("nothing removed")
        return
    done = cleaning.clean(store, old, app.settle)
    for name in done.busy:
        app.out.note(f"{name} stays: it is in use")
    told_removed(app, done.gone)
    if done.failed:
        raise StorageError(f"left, cannot be cleaned: {'; '.join(done.failed)}")
    if not done.gone and app.out.is_terminal():
        app.out.say("nothing has expired")
    app.out.result({"removed": list(done.gone), "in_use": list(done.busy)})


def _preview(app: App, sessions: Sequence[Session]) -> None:
    for session in sessions:
        sums = session.totals
        cost = money.shown(sums.cost_nusd, sums.unknown_costs)
        app.out.note(f"{session.name}  last used {_day(session.last_used)}  {cost}")


def _day(at: str) -> str:
    """The user's own day of a time as it is kept."""
    found = times.read(at)
    return times.day(found, None) if found else at


def _would_remove(app: App, old: cleaning.Old, before: datetime) -> dict[str, object]:
    upkeep = app.upkeep()
    stale = sum(upkeep.raw_output_before(name, before) for name in old.used)
    if stale:
        app.out.note(f"raw output of old calls: {listing.size(stale)}")
    files = app.recorded().old(recording.keep(app.settings), datetime.now(UTC))
    for path in files:
        app.out.note(f"recorded files: {path}.*")
    would_go = [session.name for session in old.unused]
    return {"would_remove": would_go, "would_free_bytes": stale, "recorded": files}


def _remove(
    app: App, store: Store, old: cleaning.Old, now: datetime, limit: timedelta
) -> dict[str, object]:
    done = cleaning.clean(store, old, app.settle)
    gone, failed = done.gone, list(done.failed)
    freed = _drop_raw_output(app, old, now - limit, failed)
    files = app.recorded().tend(recording.keep(app.settings), now)
    store.purge(now - timedelta(days=_TRASH_DAYS))
    for name in done.busy:
        app.out.note(f"{name} stays: it is in use")
    told_removed(app, gone)
    if freed:
        app.out.say(f"removed raw output of old calls: {listing.size(freed)}")
    if files:
        app.out.say(f"removed old recorded files of {counted(len(files), 'session')}")
    if failed:
        raise StorageError(f"left, cannot be cleaned: {'; '.join(failed)}")
    facts = {"removed": list(gone), "in_use": list(done.busy), "freed_bytes": freed}
    return {**facts, "recorded": files}


def _drop_raw_output(app: App, old: cleaning.Old, before: datetime, failed: list[str]) -> int:
    """Bytes that were freed; a session that cannot be cleaned is added to `failed`."""
    upkeep, freed = app.upkeep(), 0
    for name in old.used:
        try:
            freed += upkeep.drop_raw_output(name, before)
        except StorageError as error:
            failed.append(f"{name}: {error.message}")
    return freed


def _told(age: timedelta) -> str:
    """`30 days`, or `12 hours` for less than days."""
    hours = age.days * 24 + age.seconds // 3600
    return counted(hours, "hour") if hours % 24 else counted(age.days, "day")
