"""Lines of imported calls, made from a template; their sums are sums of columns.

Those of a table of the compiled scan are made there, many at a time.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload
from zlib import crc32

from ai_sessions import money, token_kinds
from ai_sessions.store import totals
from ai_sessions.store.entries import VERSION
from ai_sessions.store.files import lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ai_sessions.compiled.calls import Calls
    from ai_sessions.imports.contract import Row
    from ai_sessions.records import Cost
    from ai_sessions.store.past_calls import PastCalls

Plain = dict[str, Any]
#: No folder has a name as long as this; such a call is looked at as any entry.
_LONG = 1 << 16
_TOKENS = ",".join(f'"{name}":%d' for name in token_kinds.FIELDS)
_SUMS = tuple(token_kinds.FIELDS.values())
_BEFORE_COUNTS = [
    ("," if place else '"tokens":{') + f'"{name}":' for place, name in enumerate(token_kinds.FIELDS)
]


def drafts(calls: PastCalls, drafted: Callable[[Plain], lines.Drafted]) -> Sequence[lines.Drafted]:
    """Calls as lines but for their numbers; `drafted` makes those of any other form."""
    if calls.table is not None:
        return TableDrafts(calls, *calls.table)
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


def _around_session(after: str, session: str) -> tuple[str, str]:
    """JSON before and behind the conversation that a call belongs to; all of it and nothing when it
    tells none.
    """
    head, resume, tail = after.partition('"resume":{"id":')
    return (head + resume, tail.removeprefix(session)) if resume else (after, "")


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


class TableDrafts(Sequence[lines.Drafted]):
    """The lines of calls in a table of the compiled scan, all of the usual form."""

    def __init__(self, calls: PastCalls, table: Calls, numbers: array[int]) -> None:
        self._calls, self._table, self._numbers = calls, table, numbers
        self.provider = calls.rows[0].id.partition(":")[0] if numbers else ""

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> lines.Drafted: ...
    @overload
    def __getitem__(self, place: slice) -> list[lines.Drafted]: ...
    def __getitem__(self, place: int | slice) -> lines.Drafted | list[lines.Drafted]:
        """For who has to look at each."""
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        entry = self._calls[place]
        return PastDraft(self._calls.rows[place], self._calls.costs[place], *_frame(entry))

    def encoded(self, first: int) -> Iterator[bytes]:
        """Lines with their newlines, many at a time; `first`: the number of the first."""
        self._table.form([_HEAD, *_BEFORE_COUNTS])
        of_all = self._table.frame_numbers()
        places = {of_all[number]: place for place, number in enumerate(self._numbers)}
        known: dict[tuple[object, ...], tuple[str, str, str]] = {}
        for number, place in places.items():
            frame = self._table.frame(number)
            session = lines.encoded(frame.session)
            alike = frame._replace(session=""), not frame.session
            if alike not in known:
                before, after, _resume = _frame(self._calls[place])
                known[alike] = before, *_around_session(after, session)
            before, head, tail = known[alike]
            self._table.around(number, before, f"{head}{session}{tail}" if tail else head)
        return self._table.lines(self._numbers, first)

    def may_be_in(self, checkpoint: Plain) -> bool:
        """Whether one of them may be among the entries of a session; False is sure."""
        recent = checkpoint["recent_ids"]
        is_ours = (one.startswith(f"{self.provider}:") for one in recent)
        return len(recent) >= totals.RECENT or any(is_ours)

    def add(self, checkpoint: Plain, last: int) -> None:
        """The same as `add`."""
        names = ("interactions", *_SUMS, "unknown_costs", "cost_nusd")
        by_model = {
            model: dict(zip(names, sums, strict=True))
            for model, sums in self._table.sums(self._numbers).items()
        }
        change = totals.Effects()
        whole = {name: sum(one[name] for one in by_model.values()) for name in names}
        change.counts = {None: whole}
        change.counts.update(by_model.items())
        whens = self._table.whens()
        latest = max(self._numbers, key=whens.__getitem__)
        change.latest["last_used"] = self._table.row(latest).at
        asked = checkpoint["calling"].get("id", "")
        if asked.startswith(f"{self.provider}:"):
            change.answers = next((one.id for one in self._calls.rows if one.id == asked), "")
        if resume := self._resume():
            change.fields[f"resume.{self.provider}"] = resume
        totals.apply(checkpoint, change)
        remembered = self._numbers[-totals.RECENT :]
        totals.remember(checkpoint, [self._table.id(one) for one in remembered], last)

    def _resume(self) -> Plain | None:
        """How to continue the conversation of the last call that tells one."""
        of_all = self._table.frame_numbers()
        for place in range(len(self) - 1, -1, -1):
            if self._table.frame(of_all[self._numbers[place]]).session:
                return _frame(self._calls[place])[2]
        return None


def _summed(drafts: Sequence[PastDraft]) -> dict[str, int]:
    columns = zip(*(one.row.counts for one in drafts), strict=True)
    known = [one.nusd for one in drafts if one.nusd is not None]
    return {
        "interactions": len(drafts),
        **dict(zip(_SUMS, map(sum, columns), strict=True)),
        "unknown_costs": len(drafts) - len(known),
        "cost_nusd": sum(known),
    }
