"""What `search` answers, with few imports: its plainest form needs no click (`plain_forms`)."""

from __future__ import annotations

from ai_sessions.cli import listing
from ai_sessions.display import briefs
from ai_sessions.errors import NotFound
from ai_sessions.index import search
from ai_sessions.plurals import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ai_sessions.cli.output import Output
    from ai_sessions.index import Index
    from ai_sessions.index.meaning import Meaning

#: Ways to search: by words alone, by meaning alone, by both at once.
BOTH = "both"
WAYS = (search.WORDS, search.MEANING, BOTH)


def show(
    index: Index,
    out: Output,
    words: str,
    within: Sequence[str] = (),
    limit: int = search.SHOWN,
    *,
    utc: bool = False,
    until: Mapping[str, int] | None = None,
    meaning: Meaning | None = None,
    by_words: bool = True,
) -> int:
    """`within`, `until`: as `search.search` has them. `meaning`: what finds entries by what they
    mean, beside those with the words, or with `by_words` False in their place.

    Raises `NotFound` when nothing fits, and `UsageError` when there are no words.
    """
    found = None
    if meaning:
        found = _by_meaning(index, out, words, within, limit, until, meaning, by_words)
    if found is None:
        found = search.search(index, words, within, limit, until)
    for told in found.unreadable:
        out.warn(told)
    if found.left:
        out.note(_left(found.left))
    if not found.hits:
        raise NotFound(f"nothing found for {words!r}", "try fewer words")
    out.result({"hits": [_plain(hit) for hit in found.hits], "exact": found.exact})
    if not found.exact and not meaning:
        out.note("no exact match: these have some of the words")
    for hit in found.hits:
        _show(hit, out, utc)
    return 0


def _by_meaning(
    index: Index,
    out: Output,
    text: str,
    within: Sequence[str],
    limit: int,
    until: Mapping[str, int] | None,
    meaning: Meaning,
    by_words: bool,
) -> search.Found | None:
    """None where vectors cannot be kept: words have to do."""
    from ai_sessions.index.search_fused import search_fused
    from ai_sessions.index.vectors import Unavailable

    try:
        return search_fused(index, meaning, text, within, limit, until, by_words=by_words)
    except Unavailable as reason:
        out.warn(f"found by words alone, not by meaning: {reason}")
        return None


def _left(count: int) -> str:
    passages = counted(count, "passage")
    return f"{passages} cannot be found by meaning yet; ai-session.sh index prepares all of them"


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
        "by": list(hit.by),
    }
