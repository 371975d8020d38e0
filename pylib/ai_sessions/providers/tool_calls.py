"""The tool calls of an answer, put together from the pieces in which they come."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field
from typing import Any

from ai_sessions import ids
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.providers.contract import CallPiece, Event, Watch
from ai_sessions.records import ToolCall

#: Characters of an id or a name that a record can have.
_LONGEST = 512


@dataclass(slots=True)
class _Call:
    """`is_told`: its name is known, so that whoever reads along has heard of it."""

    index: int
    id: str = ""
    name: str = ""
    signature: str = ""
    pieces: list[str] = field(default_factory=list)
    is_told: bool = False

    @property
    def arguments(self) -> str:
        return "".join(self.pieces)


class ToolCalls:
    """Those of one answer. `watch` hears each piece, the id and the name with a call's first."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._calls: list[_Call] = []
        self._by_place: dict[Any, _Call] = {}

    def add(
        self, place: Any, id_: str = "", name: str = "", arguments: Any = "", signature: str = ""
    ) -> None:
        """A piece of the call at `place`. Some servers give all calls of an answer the same place,
        or none: then a new id begins another one.
        """
        call = self._by_place.get(place)
        if call is None or (id_ and call.id and id_ != call.id):
            call = self._by_place[place] = _Call(len(self._calls))
            self._calls.append(call)
        call.id = call.id or id_[:_LONGEST]
        call.name = call.name or name[:_LONGEST]
        call.signature = call.signature or signature
        self._said(call, arguments if isinstance(arguments, str) else _text(arguments))

    def end(self) -> tuple[ToolCall, ...]:
        """All of them, once no further piece comes. A call without arguments has an empty object; a
        call that was never named is none.
        """
        named = [one for one in self._calls if one.name]
        for one in named:
            if not one.arguments.strip():
                self._said(one, "{}")
        return tuple(
            ToolCall(one.id, one.name, _value(one.arguments), one.signature) for one in named
        )

    def _said(self, call: _Call, piece: str) -> None:
        call.pieces.append(piece)
        if not call.name:
            return
        if call.is_told:
            if piece:
                self._watch(Event("call", call=CallPiece(call.index, piece)))
            return
        call.is_told, call.id = True, call.id or f"call_{ids.new()}"
        begun = CallPiece(call.index, call.arguments, call.id, call.name, call.signature)
        self._watch(Event("call", call=begun))


def _text(arguments: Any) -> str:
    """Some servers tell an object in place of its text."""
    return json.dumps(arguments, ensure_ascii=False) if isinstance(arguments, Mapping) else ""


def _value(arguments: str) -> Any:
    """The JSON value; the text itself where it is none, as when the answer was cut."""
    with suppress(ValueError, RecursionError):
        return json.loads(arguments)
    return arguments
