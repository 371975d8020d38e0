"""One line of a journal: a JSON object that carries the CRC of its own bytes as last member.

Light on imports: `list` reads journals with it, and with an index it needs no JSON at all, so
`json` (8 ms) is imported by whoever comes first.
"""

from __future__ import annotations

import sys
import zlib
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    import json
    from typing import Any

#: Longest line that is written, bytes.
LONGEST = 64 << 20
#: `,"crc":"5d41402a"}` and the newline.
TAIL_BYTES = 19
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: What stands at the beginning of a line, and the digits of the longest number there.
_NUMBERED, _MOST_DIGITS = ("v", "type", "seq"), 20
_CRC_KEY = b',"crc":"'
_CRC_END = b'"}\n'


def _refuse(word: str) -> float:
    raise ValueError(f"not JSON: {word}")


@cache
def _decoder() -> json.JSONDecoder:
    """Refuses NaN and Infinity, which Python would read and no other tool."""
    import json

    return json.JSONDecoder(parse_constant=_refuse)


def parse(text: str) -> Any:
    """JSON, strictly. Raises `ValueError`, also for nesting nobody means."""
    try:
        return _decoder().decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def encode(fields: dict[str, Any]) -> bytes:
    """The line with its newline. Raises `ValueError` when it is longer than `LONGEST`."""
    return _sealed(_json(fields))


class Drafted:
    """An entry that is encoded but for its number, which only the holder of the lock knows."""

    __slots__ = ("_body", "_head", "id", "plain")

    def __init__(self, plain: dict[str, Any]) -> None:
        """Raises `ValueError` when the line would be longer than `LONGEST`."""
        self.plain = plain
        self.id: str = plain.get("id", "")
        rest = {key: value for key, value in plain.items() if key not in _NUMBERED}
        self._head = b'{"v":%d,"type":%b,"seq":' % (plain["v"], _json(plain["type"]))
        self._body = _json(rest)[1:]  # less its opening brace
        if len(self._head) + len(self._body) + _MOST_DIGITS + TAIL_BYTES > LONGEST:
            raise ValueError(f"a journal line of {len(self._body)} bytes (at most {LONGEST})")

    def at(self, seq: int) -> bytes:
        """The line with its newline, at its place in the journal."""
        between = b"," if self._body != b"}" else b""
        return _sealed(b"%b%d%b%b" % (self._head, seq, between, self._body))


def encoded(value: Any) -> str:
    """JSON as lines have it."""
    return _json(value).decode()


def _json(value: Any) -> bytes:
    """By orjson where it is loaded; importing it takes 20 ms."""
    orjson = sys.modules.get("orjson")
    if orjson is None:
        return _dumped(value)
    try:
        found: bytes = orjson.dumps(value)
    except orjson.JSONEncodeError:  # half a surrogate pair, 65 bits
        return _dumped(value)
    return found


def _dumped(fields: Any) -> bytes:
    import json

    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return body.encode("utf-8", "replace")  # half a surrogate pair is no reason to fail


def _sealed(body: bytes) -> bytes:
    head = body[:-1]
    if len(head) + TAIL_BYTES > LONGEST:
        raise ValueError(f"a journal line of {len(head)} bytes (at most {LONGEST})")
    return head + _CRC_KEY + b"%08x" % zlib.crc32(head) + _CRC_END


def decode(raw: bytes) -> dict[str, Any] | None:
    """The fields without the CRC; None when it is not a line of ours (torn, damaged).

    A wrong CRC on a line that parses is a hand edit: it counts.
    """
    try:
        fields = _parsed(raw.removeprefix(_BYTE_ORDER_MARK))
    except ValueError:
        return None
    if not isinstance(fields, dict) or not isinstance(fields.get("type"), str):
        return None
    fields.pop("crc", None)
    return fields


def _parsed(raw: bytes) -> Any:
    """By orjson where it is loaded; what it does not take, half a surrogate pair, is replaced."""
    orjson = sys.modules.get("orjson")
    if orjson is not None:
        try:
            return orjson.loads(raw)
        except ValueError:
            pass
    found = parse(raw.decode())
    return _encodable(found) if b"\\ud" in raw or b"\\uD" in raw else found


def _encodable(value: Any) -> Any:
    """With U+FFFD for halves of surrogate pairs, which an edit may leave."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, list) else value


def intact(raw: bytes) -> bool:
    """Whether the CRC of a line (newline optional) is there and right."""
    line = raw if raw.endswith(b"\n") else raw + b"\n"
    head, member = line[:-TAIL_BYTES], line[-TAIL_BYTES:]
    return _has_crc(member) and member[8:16] == b"%08x" % zlib.crc32(head)


def tail(last: bytes) -> str:
    """The mark of a line, from its last `TAIL_BYTES` bytes (newline included): its CRC.

    A line without one (edited, sealed after a crash) is marked by the CRC of those bytes.
    """
    last = last[-TAIL_BYTES:]
    if _has_crc(last):
        return last[8:16].decode("ascii", "replace")
    return f"{zlib.crc32(last):08x}"


def _has_crc(member: bytes) -> bool:
    return len(member) == TAIL_BYTES and member.startswith(_CRC_KEY) and member.endswith(_CRC_END)
