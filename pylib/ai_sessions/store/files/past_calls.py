"""Lines of imported calls, made from a template; their sums are sums of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

from ai_sessions import money, token_kinds
from ai_sessions.store import totals
from ai_sessions.store.entries import VERSION
from ai_sessions.store.files import lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ai_sessions.imports.contract import Row
    from ai_sessions.records import Cost
    from ai_sessions.store.past_calls import PastCalls

Plain = dict[str, Any]
#: No folder has a name as long as this; such a call is looked at as any entry.
_LONG = 1 << 16
_TOKENS = ",".join(f'"{name}":%d' for name in token_kinds.FIELDS)
_SUMS = tuple(token_kinds.FIELDS.values())


def drafts(calls: PastCalls, drafted: Callable[[Plain], lines.Drafted]) -> list[lines.Drafted]:
    """Calls as lines but for their numbers; `drafted` makes those of any other form."""
    frames: dict[tuple[str, ...], tuple[str, str, Plain | None]] = {}
    found: list[lines.Drafted] = []
    for number, (row, cost) in enumerate(zip(calls.rows, calls.costs, strict=True)):
        if row.past or not _is_bare(row.id) or len(row.folder) > _LONG:
            found.append(drafted(calls[number]))
            continue
        shared = row[2], row[4], row[5], row[6], row[7]  # all that calls have in common
        if shared not in frames:
            frames[shared] = _frame(calls[number])
        found.append(PastDraft(row, cost, *frames[shared]))
    return found


class PastDraft(lines.Drafted):
    """The line of a call of the usual form."""

    __slots__ = ("_text", "nusd", "resume", "row")

    def __init__(self, row: Row, cost: Cost, before: str, after: str, resume: Plain | None) -> None:
        """`before` and `after`: what stands before its tokens and after its cost."""
        self.row, self.resume = row, resume
        self.id, self.nusd = row.id, cost.nusd
        nusd = cost.nusd
        priced = (
            '"cost":null,"cost_nusd":null,"cost_source":"unknown"'
            if nusd is None
            else f'"cost":{money.number(nusd)!r},"cost_nusd":{nusd},"cost_source":"{cost.source}"'
        )
        tokens = _TOKENS % row.counts
        self._text = (
            f'"id":"{row.id}","ts":"{row.at}",{before}"tokens":{{{tokens}}},{priced},{after}'
        )

    def at(self, seq: int) -> bytes:
        head = f"{_HEAD}{seq},{self._text}".encode()
        return b'%b,"crc":"%08x"}\n' % (head, crc32(head))


_HEAD = f'{{"v":{VERSION},"type":"interaction","seq":'


def _is_bare(id_: str) -> bool:
    """Whether a text is the same in JSON."""
    return id_.isascii() and id_.isprintable() and '"' not in id_ and "\\" not in id_


def _frame(entry: Plain) -> tuple[str, str, Plain | None]:
    """What an entry shares with others of its conversation: the JSON before its tokens, that after
    its cost, and how to continue it.
    """
    names = list(entry)
    start, end = names.index("ts") + 1, names.index("cost_source") + 1
    before = {name: entry[name] for name in names[start : names.index("tokens")]}
    after = {name: entry[name] for name in names[end:]}
    return lines.encoded(before)[1:-1] + ",", lines.encoded(after)[1:-1], entry["resume"]


def add(checkpoint: Plain, drafts: Sequence[PastDraft], last: int) -> None:
    """Add calls to a session's sums as `totals.add` would one after another; `last`: the number of
    the last one. None of them may be in already.
    """
    provider = drafts[0].id.partition(":")[0]
    change = totals.Effects()
    by_model: dict[str, list[PastDraft]] = {}
    for one in drafts:
        by_model.setdefault(one.row.model, []).append(one)
    change.counts = {None: _summed(drafts)}
    change.counts |= {model: _summed(calls) for model, calls in by_model.items()}
    resumes = [one.resume for one in drafts if one.resume]
    if resumes:
        change.fields[f"resume.{provider}"] = resumes[-1]
    change.latest["last_used"] = max(one.row.at for one in drafts)
    asked = checkpoint["calling"].get("id")
    change.answers = next((one.id for one in drafts if one.id == asked), "")
    totals.apply(checkpoint, change)
    totals.remember(checkpoint, [one.id for one in drafts], last)


def _summed(drafts: Sequence[PastDraft]) -> dict[str, int]:
    columns = zip(*(one.row.counts for one in drafts), strict=True)
    known = [one.nusd for one in drafts if one.nusd is not None]
    return {
        "interactions": len(drafts),
        **dict(zip(_SUMS, map(sum, columns), strict=True)),
        "unknown_costs": len(drafts) - len(known),
        "cost_nusd": sum(known),
    }
