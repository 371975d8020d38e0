"""Calls in a table of the compiled scan: rows that are made when somebody looks at one.

Columns of numbers, marks, sums, prices and lines are made for all at once, without a Python object
for each call.
"""

from __future__ import annotations

import ctypes
import struct
import weakref
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, overload

from ai_sessions.compiled.library import loaded
from ai_sessions.imports.contract import Context, Row, UnusualError
from ai_sessions.records import Cost

#: The sizes of a request above which other rates hold; for each size the rates of a token (fresh,
#: read, written, written for an hour, said, thought), of the request, and how many units of them
#: are a nano-dollar; and who says so.
Units = tuple[Sequence[int], Sequence[tuple[Sequence[int], int, int]], str]

#: `struct call` in scan.c: its mark, then numbers.
_CALL = struct.Struct("=8s14q")
_COLUMNS = _CALL.size // 8
_FRAME, _WHEN, _COUNTS, _NUSD, _SOURCE, _PLACE, _OPEN = 1, 2, slice(3, 9), 9, 10, 11, 12
#: `struct frame`: numbers of texts.
_FRAME_BYTES = 5 * 8
_UNPRICED, _UNKNOWN = -1, -2
#: The source of a cost that a log tells.
_OWN = "client"
#: Numbers of a model's sums: calls, counts of tokens, calls of unknown cost, nano-dollars.
_SUMS = 9
_LARGEST = 2**63 - 1
#: Numbers in a context are below it, so that their differences fit.
_MOST = 2**62
_MARK_BYTES = 8
#: So many lines are made at once.
_LINES = 4096
#: What the compiled scan says when it has done all it was asked for, and when it has not.
_OK, _UNUSUAL, _IS_CONTEXT = 0, 1, 3
#: `struct context`: numbers of texts, then those of a thread's totals.
_KINDS, _TOTAL, _RECORDED, _CONTEXT = 5, 8, 14, 20


class Frame(NamedTuple):
    """What calls of a conversation have in common."""

    model: str
    session: str
    folder: str
    version: str
    branch: str


class Calls:
    """A `Table`, and what becomes of its calls."""

    def __init__(self, library: ctypes.CDLL) -> None:
        """Raises `MemoryError`, as everything here may."""
        self._library = library
        self._table = library.scan_new(_OWN.encode())
        if not self._table:
            raise MemoryError
        weakref.finalize(self, library.scan_free, self._table).atexit = False
        self._texts: list[str] = []
        self._frames: list[Frame] = []
        self._models: list[int] = []
        self._columns: dict[int, list[int]] = {}
        self._numbers: dict[str, int] = {}
        self._contexts: list[ctypes.Array[ctypes.c_int64]] = []
        self._context = (ctypes.c_int64 * _CONTEXT)()
        self._span = (ctypes.c_int64 * 2)()
        self._unpriced: set[int] | None = None
        self._known_places: tuple[int, int, int] | None = None

    def __len__(self) -> int:
        return int(self._library.scan_count(self._table))

    def _places(self) -> tuple[int, int, int]:
        """How many calls there are, where they are, and where their ids are; until more come."""
        if self._known_places is None:
            library, table = self._library, self._table
            calls, ids = library.scan_calls(table) or 0, library.scan_ids(table) or 0
            self._known_places = library.scan_count(table), calls, ids
        return self._known_places

    def claude(self, block: bytes, end: int, place: int) -> None:
        self._changed()
        self._checked(self._library.scan_claude(self._table, block, end, place))

    def codex(self, block: bytes, end: int, at: int, place: int) -> tuple[int, int] | None:
        return self._up_to(self._library.scan_codex, block, end, at, place)

    def gemini(self, block: bytes, end: int, at: int, place: int) -> tuple[int, int] | None:
        return self._up_to(self._library.scan_gemini, block, end, at, place)

    def _up_to(
        self, scan: Callable[..., int], block: bytes, end: int, at: int, place: int
    ) -> tuple[int, int] | None:
        self._changed()
        code = scan(self._table, block, end, at, place, self._span)
        if code == _IS_CONTEXT:
            return self._span[0], self._span[1]
        self._checked(code)
        return None

    def opencode(self, messages: Sequence[bytes], contexts: Sequence[int], place: int) -> None:
        block = b"\n".join([*messages, b""])
        told = [ctypes.addressof(self._contexts[number]) for number in contexts]
        pointers = (ctypes.c_void_p * len(told))(*told)
        scan = self._library.scan_opencode
        self._changed()
        self._checked(scan(self._table, block, len(block), pointers, len(told), place))

    def tell(self, context: Context) -> None:
        self._context = (ctypes.c_int64 * _CONTEXT)(*self._numbers_of(context))
        self._library.scan_set_context(self._table, self._context)

    def told(self) -> tuple[list[int] | None, list[int] | None]:
        self._library.scan_context(self._table, self._context)
        total, recorded = self._context[_TOTAL:_RECORDED], self._context[_RECORDED:]
        return total[1:] if total[0] else None, recorded[1:] if recorded[0] else None

    def context_number(self, context: Context) -> int:
        self._contexts.append((ctypes.c_int64 * _CONTEXT)(*self._numbers_of(context)))
        return len(self._contexts) - 1

    def _numbers_of(self, context: Context) -> list[int]:
        """`struct context`."""
        *texts, is_forked, _total, _recorded = context
        found = [*map(self._number_of, map(str, texts)), int(is_forked is True)]
        for counts in (context.total, context.recorded):
            found += [0] * (1 + _KINDS) if counts is None else [1, *counts]
        if len(found) != _CONTEXT or not 0 <= min(found) <= max(found) < _MOST:
            raise UnusualError
        return found

    def _number_of(self, text: str) -> int:
        if text not in self._numbers:
            try:
                raw = text.encode()
            except UnicodeEncodeError:  # half a surrogate pair
                raise UnusualError from None
            self._numbers[text] = self._library.scan_number(self._table, raw, len(raw))
        if self._numbers[text] < 0:
            raise UnusualError
        return self._numbers[text]

    def _checked(self, code: int) -> None:
        if code == _UNUSUAL:
            raise UnusualError
        if code != _OK:
            raise MemoryError

    def settle(self, start: int, *, is_first: bool = False) -> None:
        self._changed()
        if self._library.scan_settle(self._table, start, is_first) < 0:
            raise MemoryError

    def _changed(self) -> None:
        self._columns.clear()
        self._unpriced = None
        self._known_places = None

    def cut(self, count: int) -> None:
        self._changed()
        self._library.scan_cut(self._table, count)

    def marks(self, start: int) -> list[bytes]:
        """Those of the calls from `start` on."""
        made = ctypes.create_string_buffer(max(1, (len(self) - start) * _MARK_BYTES))
        self._library.scan_marks(self._table, start, made)
        raw = made.raw
        whole = range(0, (len(self) - start) * _MARK_BYTES, _MARK_BYTES)
        return [raw[at : at + _MARK_BYTES] for at in whole]

    def frame_numbers(self) -> list[int]:
        """What each of all calls has in common with others, see `frame`."""
        return self._whole_column(_FRAME)

    def whens(self) -> list[int]:
        """The times of all calls, as numbers that sort like them."""
        return self._whole_column(_WHEN)

    def opens(self, start: int) -> list[bool]:
        return list(map(bool, self._column(_OPEN, start)))

    def places(self, start: int) -> list[int]:
        return self._column(_PLACE, start)

    def _whole_column(self, number: int) -> list[int]:
        """Read once, when all calls are in."""
        found = self._columns.get(number, [])
        if len(found) != len(self):
            found = self._columns[number] = self._column(number)
        return found

    def _column(self, number: int, start: int = 0) -> list[int]:
        count = len(self)
        if count <= start:
            return []
        at = self._library.scan_calls(self._table) + start * _CALL.size
        numbers = (ctypes.c_int64 * ((count - start) * _COLUMNS)).from_address(at)
        return memoryview(numbers).cast("B").cast("q")[number::_COLUMNS].tolist()

    def rows(self, numbers: Iterable[int]) -> Rows:
        return Rows(self, array("q", numbers))

    def row(self, number: int) -> Row:
        one = self._call(number)
        frame = self.frame(one[_FRAME])
        nusd = one[_NUSD] if one[_NUSD] >= 0 and self._text(one[_SOURCE]) == _OWN else None
        at = at_of(one[_WHEN])
        return Row(self._id(*one[-2:]), at, frame.model, one[_COUNTS], *frame[1:], nusd)

    def id(self, number: int) -> str:
        return self._id(*self._call(number)[-2:])

    def _id(self, at: int, size: int) -> str:
        return ctypes.string_at(self._places()[2] + at, size).decode()

    def _call(self, number: int) -> tuple[int, ...]:
        count, at, _ids = self._places()
        if not 0 <= number < count:
            raise IndexError(number)
        return _CALL.unpack(ctypes.string_at(at + number * _CALL.size, _CALL.size))

    def frame(self, number: int) -> Frame:
        if number >= len(self._frames):
            self._read_frames()
        return self._frames[number]

    def sessions(self) -> set[str]:
        """The conversations of all calls."""
        return {self.frame(number).session for number in set(self.frame_numbers())}

    def _read_frames(self) -> None:
        self._read_texts()
        found = ctypes.c_void_p()
        count = self._library.scan_frames(self._table, ctypes.byref(found))
        known = len(self._frames)
        if count > known:
            at = (found.value or 0) + known * _FRAME_BYTES
            raw = ctypes.string_at(at, (count - known) * _FRAME_BYTES)
            for texts in struct.iter_unpack("=5q", raw):
                self._models.append(texts[0])
                self._frames.append(Frame(*(self._texts[text] for text in texts)))

    def _text(self, number: int) -> str:
        if number >= len(self._texts):
            self._read_texts()
        return self._texts[number]

    def _read_texts(self) -> None:
        size = ctypes.c_size_t()
        for number in range(len(self._texts), self._library.scan_texts(self._table)):
            at = self._library.scan_text(self._table, number, ctypes.byref(size))
            self._texts.append(ctypes.string_at(at, size.value).decode())

    def price(self, units_of: Callable[[str], Units | None]) -> None:
        """Price the calls that have no price, as far as the rates of their models tell."""
        self._read_frames()
        self._unpriced = None
        for model in set(self._models):
            units = units_of(self._texts[model])
            if units is None:
                continue
            steps, sizes, source = units
            numbers = [
                (most, *each, request, unit)
                for most, (each, request, unit) in zip((*steps, _LARGEST), sizes, strict=True)
            ]
            flat = [number for size in numbers for number in size]
            if max(flat) <= _LARGEST and (said := self._number(source)) >= 0:
                told = (ctypes.c_int64 * len(flat))(*flat)
                self._library.scan_price(self._table, model, told, len(sizes), said)

    def price_rest(self, numbers: Iterable[int], cost_of: Callable[[Row], Cost]) -> bool:
        """Price what `price` left; whether all calls of `numbers` are priced then."""
        if self._unpriced is None:
            prices = enumerate(self._column(_NUSD))
            self._unpriced = {number for number, nusd in prices if nusd == _UNPRICED}
        left = sorted(self._unpriced.intersection(numbers))
        return all(self._set_price(number, cost_of(self.row(number))) for number in left)

    def _set_price(self, number: int, cost: Cost) -> bool:
        nusd = _UNKNOWN if cost.nusd is None else cost.nusd
        if not _UNKNOWN <= nusd <= _LARGEST:
            return False
        source = self._number(cost.source)
        set_price = self._library.scan_set_price
        is_set = source >= 0 and bool(set_price(self._table, number, nusd, source))
        if is_set and self._unpriced is not None:
            self._unpriced.discard(number)
        return is_set

    def _number(self, text: str) -> int:
        """Of a text that stands in lines as it is; -1 when it cannot."""
        if not (text.isascii() and text.isprintable()) or '"' in text or "\\" in text:
            return -1
        return self._number_of(text)

    def cost(self, number: int) -> Cost:
        one = self._call(number)
        return Cost() if one[_NUSD] < 0 else Cost(one[_NUSD], self._text(one[_SOURCE]))

    def sums(self, numbers: array[int]) -> dict[str, tuple[int, ...]]:
        """By model: calls, counts of tokens, calls of unknown cost, nano-dollars."""
        self._read_frames()
        sums = (ctypes.c_int64 * (_SUMS * max(1, len(self._texts))))()
        self._library.scan_sums(self._table, numbers.buffer_info()[0], len(numbers), sums)
        return {
            self._texts[model]: tuple(sums[model * _SUMS : (model + 1) * _SUMS])
            for model in sorted(set(self._models))
            if sums[model * _SUMS]
        }

    def form(self, parts: Sequence[str]) -> None:
        """What lines are made of: the JSON of one before its number, then that before each count
        of tokens.
        """
        made = (ctypes.c_char_p * len(parts))(*(one.encode() for one in parts))
        if not self._library.scan_form(self._table, made):
            raise MemoryError

    def around(self, frame: int, before: str, after: str) -> None:
        """What stands in the lines of a frame between the time and the tokens, and behind the
        cost.
        """
        one, two = before.encode(), after.encode()
        if not self._library.scan_around(self._table, frame, one, len(one), two, len(two)):
            raise MemoryError

    def lines(self, numbers: array[int], seq: int) -> Iterator[bytes]:
        """The lines of calls, numbered from `seq` on, many at a time."""
        begin, size = numbers.buffer_info()[0], numbers.itemsize
        found = ctypes.c_void_p()
        for at in range(0, len(numbers), _LINES):
            many = min(_LINES, len(numbers) - at)
            length = self._library.scan_lines(
                self._table, begin + at * size, many, seq + at, ctypes.byref(found)
            )
            if length < 0:
                raise MemoryError
            yield ctypes.string_at(found.value or 0, length)


class Rows(Sequence[Row]):
    """Some calls of a table."""

    def __init__(self, calls: Calls, numbers: array[int]) -> None:
        self.calls, self.numbers = calls, numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def marked(self) -> Iterator[tuple[bytes, int]]:
        """The mark of each, and its place in the table."""
        start = self.numbers[0] if self.numbers else 0
        marks = self.calls.marks(start)
        return ((marks[number - start], number) for number in self.numbers)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return list(map(self.calls.row, self.numbers[place]))
        return self.calls.row(self.numbers[place])


class Prices(Sequence[Cost]):
    """What some calls of a table cost."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Cost: ...
    @overload
    def __getitem__(self, place: slice) -> list[Cost]: ...
    def __getitem__(self, place: int | slice) -> Cost | list[Cost]:
        if isinstance(place, slice):
            return list(map(self._rows.calls.cost, self._rows.numbers[place]))
        return self._rows.calls.cost(self._rows.numbers[place])


def at_of(when: int) -> str:
    """The time that digits tell: 20261001235959123 is 2026-10-01T23:59:59.123Z."""
    text = f"{when:017}"
    day = f"{text[:4]}-{text[4:6]}-{text[6:8]}"
    return f"{day}T{text[8:10]}:{text[10:12]}:{text[12:14]}.{text[14:]}Z"


def table() -> Calls | None:
    """An empty table; None where the scan is not compiled."""
    library = loaded()
    return None if library is None else Calls(library)
