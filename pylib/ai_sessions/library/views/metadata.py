"""What a program says of a session beside what is said in it."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, Self

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library.views.moments import now

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations


class Place(Protocol):
    """The session that it belongs to."""

    @property
    def id(self) -> str: ...

    @property
    def core(self) -> Conversations: ...

    def record_properties(self, properties: dict[str, Any]) -> None:
        """Put properties on record."""


@dataclass
class Metadata:
    """Times and properties of a session, whichever way its verbs are called."""

    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    properties: dict[str, Any] = field(default_factory=dict)
    place: Place | None = field(default=None, repr=False, compare=False)
    """None: it is of no session."""


class SessionMetadata(Metadata):
    """Times and properties of a session. A property of a session is on record when it is set."""

    @classmethod
    def create(cls, properties: dict[str, Any] | None = None) -> Self:
        """Of no session yet: give it to `Session.create`."""
        return cls(properties=dict(properties or {}))

    def set_property(self: Metadata, key: str, value: Any) -> None:
        if self.place is not None:
            self.place.record_properties({key: value})
        self.properties[key] = value
        self.updated_at = now()

    def get_property(self: Metadata, key: str) -> Any:
        """None: it has none of that name."""
        return self.properties.get(key)

    def update_timestamp(self: Metadata) -> None:
        """Of this object; a session's is that of its last write."""
        self.updated_at = now()
