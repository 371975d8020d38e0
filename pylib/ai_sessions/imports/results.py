"""What an import of an agent's logs came to."""

from __future__ import annotations

from ai_sessions.lazy_dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came in from the logs of one agent."""

    source: str
    files: int
    calls: int = 0
    sessions: tuple[str, ...] = ()
    cost_nusd: int = 0
    unknown_costs: int = 0
    ours: int = 0
    """Calls that are on record because we made them."""
    unreadable: int = 0
    """Lines that look like calls and cannot be read."""
    unreadable_files: int = 0
    packed_files: int = 0
    """Logs that nothing here can unpack."""
    waiting_files: int = 0
    """Logs that may be of a call of ours that is under way; the next import reads them."""
