"""What `search` answers, with few imports: its plainest form needs no click (`plain_forms`)."""

from __future__ import annotations

from ai_sessions.cli import listing
from ai_sessions.display import briefs
from ai_sessions.errors import NotFound
from ai_sessions.index import search

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ai_sessions.cli.output import Output
    from ai_sessions.index import Index


def show(
    index: Index,
    out: Output,
    words: str,
    within: Sequence[str] = (),
    limit: int = search.SHOWN,
    *,
    utc: bool = False,
    until: Mapping[str, int] | None = None,
) -> int:
    """`within`, `until`: as `search.search` has them. Raises `NotFound` when nothing has the words,
    and `UsageError` when there are none.
    """
    found = search.search(index, words, within, limit, until)
    for told in found.unreadable:
        out.warn(told)
    if not found.hits:
        raise NotFound(f"nothing found for {words!r}", "try fewer words")
    out.result({"hits": [_plain(hit) for hit in found.hits], "exact": found.exact})
    if not found.exact:
        out.note("no exact match: these have some of the words")
    for hit in found.hits:
        _show(hit, out, utc)
    return 0


def _show(hit: search.Hit, out: Output, utc: bool) -> None:
    at = listing.when(hit.at, out, utc=utc)
    if out.is_terminal():
        out.say(f"{hit.session}  {at}  {hit.role}")
        out.say(f"  {briefs.unbroken(hit.excerpt)}")
    else:
        out.say("\t".join((hit.session, at, hit.role, hit.excerpt)))


def _plain(hit: search.Hit) -> dict[str, Any]:
    return {
        "session": hit.session,
        "seq": hit.seq,
        "at": hit.at,
        "role": hit.role,
        "excerpt": hit.excerpt,
    }
